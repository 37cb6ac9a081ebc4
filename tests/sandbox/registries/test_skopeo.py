"""A client that is not ours finds the sandbox's registries to be registries."""

import subprocess
from base64 import b64decode

import pytest

from bench.registries import find_program
from mirror.oci import media_types
from sandbox.registries.seeds import seed_hub
from sandbox.registries.server import Registries
from tests.interop.tools import environment
from tests.sandbox.registries.ecr import KEY, REGION

pytestmark = pytest.mark.slow

SOURCE = "library/eclipse-temurin:21-jre"


@pytest.fixture
def skopeo() -> str:
    binary = find_program("skopeo")
    if binary is None:
        pytest.skip("skopeo is not installed: `make setup-interop` gets it where Debian packages are to be had")
    return binary


def copy(skopeo: str, source: str, destination: str, *options: str) -> None:
    insecure = ("--src-tls-verify=false", "--dest-tls-verify=false")
    arguments = (
        "copy",
        "--all",
        "--preserve-digests",
        *insecure,
        *options,
        f"docker://{source}",
        f"docker://{destination}",
    )
    done = subprocess.run(
        [skopeo, "--insecure-policy", *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def password(token: str) -> str:
    return b64decode(token).decode()


def test_from_docker_hub_through_ecr_into_a_plain_registry(skopeo: str, registries: Registries) -> None:
    seed_hub(registries.hub)
    expected = registries.hub.create("library/eclipse-temurin").tags["21-jre"]
    service = registries.private[REGION]
    service.create_repository("app")
    credentials = password(service.issue_token(KEY)[0])
    hub, private = (url.partition("://")[2] for url in (registries.hub_url, registries.ecr_url))
    plain = registries.plain("mine").partition("://")[2]

    copy(skopeo, f"{hub}/{SOURCE}", f"{private}/app:21", f"--dest-creds={credentials}")
    copy(skopeo, f"{private}/app:21", f"{plain}/app:21", f"--src-creds={credentials}")

    assert service.repository("app").tags == {"21": expected}
    # An index, three platforms and their attestations: all of them pulls.
    assert registries.hub_state.pulls == 7
    assert registries.log.count(registry="mine", method="PUT", action="manifest", status=201) == 7
    assert not [entry for entry in registries.log.entries if entry.status >= 500]


def test_into_ecr_public_and_from_there_without_credentials(skopeo: str, registries: Registries) -> None:
    seed_hub(registries.hub)
    registries.public.create_repository("app")
    credentials = password(registries.public.issue_token(KEY)[0])
    hub = registries.hub_url.partition("://")[2]
    plain = registries.plain("mine").partition("://")[2]

    copy(skopeo, f"{hub}/{SOURCE}", f"{registries.public_url}/app:21", f"--dest-creds={credentials}")
    copy(skopeo, f"{registries.public_url}/app:21", f"{plain}/app:21")

    index = registries.public.repository("app").find("21")
    assert index is not None
    assert index.manifest.media_type == media_types.OCI_INDEX
    assert index.manifest.digest == registries.hub.create("library/eclipse-temurin").tags["21-jre"]
    assert registries.log.count(registry="public", method="GET", action="manifest", user="") == 7
