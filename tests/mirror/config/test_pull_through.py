from collections.abc import Callable

import pytest

from mirror.config.ecr import LifecycleImages, LifecycleRule, LifecycleVerb, PullThroughCache, RepositorySettings
from mirror.config.model import MirrorConfig
from mirror.errors import Problem

SECRET = "docker_hub: {credentials_secret: ecr-pullthroughcache/docker-hub}"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"


@pytest.mark.parametrize(
    "secret", [SECRET, f"docker_hub: {{credentials_secret: '{ARN}ecr-pullthroughcache/docker-hub-a1B2c3'}}"]
)
def test_a_cache(read: Callable[[str], MirrorConfig], secret: str) -> None:
    config = read(
        f"{secret}\npull_through_cache: {{prefix: hub, lifecycle: [{{images: any, archive_after_days_unpulled: 30}}]}}"
    )

    rule = LifecycleRule(LifecycleVerb.ARCHIVE_AFTER_DAYS_UNPULLED, 30, images=LifecycleImages.ANY)
    assert config.pull_through_cache == PullThroughCache("hub", RepositorySettings(lifecycle=(rule,)))


def test_there_is_none_unless_it_is_asked_for(read: Callable[[str], MirrorConfig]) -> None:
    assert read(SECRET).pull_through_cache is None


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ("pull_through_cache: {prefix: hub}", "", "must begin with 'ecr-pullthroughcache/': there is none"),
        (
            "docker_hub: {credentials_secret: hub-mirror/docker-hub}\npull_through_cache: {prefix: hub}",
            "",
            "must begin with 'ecr-pullthroughcache/': got 'hub-mirror/docker-hub'",
        ),
        (
            f"docker_hub: {{credentials_secret: '{ARN}mine'}}\npull_through_cache: {{prefix: hub}}",
            "",
            "must begin with 'ecr-pullthroughcache/': got 'mine'",
        ),
        (f"{SECRET}\npull_through_cache: hub", "", "expected a mapping such as {prefix: hub}, got 'hub'"),
        (f"{SECRET}\npull_through_cache: {{}}", "", "'prefix' is missing"),
        (f"{SECRET}\npull_through_cache: {{prefix: Hub}}", ".prefix", "not a prefix: 'Hub'"),
        (f"{SECRET}\npull_through_cache: {{prefix: {'h' * 31}}}", ".prefix", "2 to 30"),
        (f"{SECRET}\npull_through_cache: {{prefix: hub, encryption: kms}}", ".encryption", "unknown key 'encryption'"),
        (
            f"{SECRET}\nprivate: {{prefix: hub}}\npull_through_cache: {{prefix: hub}}",
            ".prefix",
            "mirrored repositories lie below 'hub' too",
        ),
        (
            f"{SECRET}\nprivate: {{prefix: hub/mirror}}\npull_through_cache: {{prefix: hub}}",
            ".prefix",
            "mirrored repositories lie below 'hub/mirror' too",
        ),
    ],
)
def test_what_is_no_cache(refuse: Callable[[str], list[Problem]], document: str, path: str, message: str) -> None:
    (problem,) = refuse(document)

    assert problem.path == f"pull_through_cache{path}"
    assert message in problem.message


def test_neighbouring_prefixes_are_no_clash(read: Callable[[str], MirrorConfig]) -> None:
    assert read(f"{SECRET}\nprivate: {{prefix: hub-mirror}}\npull_through_cache: {{prefix: hub}}").pull_through_cache
