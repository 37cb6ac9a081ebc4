"""Debian's docker-registry has no referrers API: there the list of what is attached is ours to keep, under a tag."""

import json

from mirror.config.model import DestinationName, ExplicitTag, ImageConfig, MirrorConfig
from mirror.credentials.registries import Network, open_plain
from mirror.oci import media_types
from mirror.run import RunOptions, run
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from tests.contract_listener import Quiet
from tests.interop.tools import RealRegistry
from tests.support import FakeClock


def test_attachments_are_listed_under_the_fallback_tag(
    registries: Registries, network: Network, clock: FakeClock, real: RealRegistry
) -> None:
    builder = ImageBuilder(registries.hub, "library/app")
    image = builder.small(["1"])
    digest = registries.hub.put_blob(builder.repository, b"{}")
    empty = {"mediaType": media_types.OCI_EMPTY, "digest": digest, "size": 2}
    attached = []
    for text in ("signature", "sbom"):
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "artifactType": f"application/vnd.example.{text}",
            "config": empty,
            "layers": [empty],
            "subject": {"mediaType": image.media_type, "digest": image.digest, "size": image.size},
        }
        raw = json.dumps(document).encode()
        attached.append(registries.hub.put_raw(builder.repository, raw, media_types.OCI_MANIFEST).digest)
    wish = ImageConfig("app", "library/app", (ExplicitTag("1"),), to=(DestinationName.PRIVATE,), referrers=True)
    options = RunOptions(source=registries.hub_url, private=real.url, jobs=2)
    for notes in (("2 attached artifacts mirrored",), ()):
        report = run(MirrorConfig((wish,)), options, environ={}, listener=Quiet(), clock=clock)
        assert report.images[0].notes == notes
        mirrored = open_plain(network, real.url, option="--private").repository("app")
        found = mirrored.referrers(image.digest)
        assert sorted(each.digest for each in found) == sorted(attached)
        assert {each.artifact_type for each in found} == {
            "application/vnd.example.signature",
            "application/vnd.example.sbom",
        }
