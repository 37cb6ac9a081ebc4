from collections.abc import Callable

import pytest

from mirror.config.ecr import Encryption, EncryptionKind, Mutability, PullAccess, Removal, RepositorySettings
from mirror.config.model import DestinationName, MirrorConfig
from mirror.errors import Problem

PRIVATE, PUBLIC = DestinationName.PRIVATE, DestinationName.PUBLIC


def private(config: MirrorConfig) -> RepositorySettings:
    assert config.private is not None
    return config.private.settings


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("{}", RepositorySettings()),
        ("{mutability: mutable}", RepositorySettings()),
        ("{mutability: immutable}", RepositorySettings(mutability=Mutability(immutable=True))),
        (
            "{mutability: {immutable_except: [latest, '*-jre']}}",
            RepositorySettings(mutability=Mutability(immutable=True, exceptions=("latest", "*-jre"))),
        ),
        (
            "{mutability: {mutable_except: ['v*']}}",
            RepositorySettings(mutability=Mutability(immutable=False, exceptions=("v*",))),
        ),
        ("{encryption: aes256}", RepositorySettings()),
        ("{encryption: kms}", RepositorySettings(encryption=Encryption(EncryptionKind.KMS))),
        (
            "{encryption: {kms_dsse: alias/k}}",
            RepositorySettings(encryption=Encryption(EncryptionKind.KMS_DSSE, "alias/k")),
        ),
        (
            "{pull_access: {accounts: ['111122223333'], organization: o-a1b2c3d4e5}}",
            RepositorySettings(pull_access=PullAccess(("111122223333",), "o-a1b2c3d4e5")),
        ),
        (
            "{pull_access: {organizational_units: [o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/]}}",
            RepositorySettings(pull_access=PullAccess(organizational_units=("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111",))),
        ),
        (
            "{resource_tags: {team: platform, empty: '', Cost Centre: '42'}}",
            RepositorySettings(resource_tags=(("Cost Centre", "42"), ("empty", ""), ("team", "platform"))),
        ),
        ("{removal: destroy}", RepositorySettings(removal=Removal.DESTROY)),
    ],
)
def test_what_a_destination_says_of_its_repositories(
    read: Callable[[str], MirrorConfig], written: str, settings: RepositorySettings
) -> None:
    assert private(read(f"private: {written}")) == settings


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("mutability: frozen", "mutability", "expected mutable, immutable, {immutable_except: ['*-jre']} or"),
        ("mutability: {imutable_except: [a]}", "mutability.imutable_except", "did you mean 'immutable_except'?"),
        ("mutability: {immutable_except: []}", "mutability.immutable_except", "write mutable or immutable"),
        ("mutability: {immutable_except: ['a b']}", "mutability.immutable_except[0]", "not a pattern over tags: 'a b'"),
        ("mutability: {immutable_except: ['***']}", "mutability.immutable_except[0]", "at most 2 '*'"),
        ("mutability: {mutable_except: [a, a]}", "mutability.mutable_except[1]", "in this list twice"),
        (
            "mutability: {mutable_except: [a, b, c, d, e, f]}",
            "mutability.mutable_except",
            "5 patterns for a repository",
        ),
        ("encryption: des", "encryption", "expected aes256, kms, kms_dsse, {kms: <key>} or {kms_dsse: <key>}"),
        ("encryption: {kms: key}", "encryption.kms", "not a KMS key: 'key'"),
        ("pull_access: [x]", "pull_access", "expected a mapping such as {accounts:"),
        ("pull_access: {accounts: [111122223333]}", "pull_access.accounts[0]", 'quote it: "111122223333"'),
        ("pull_access: {accounts: ['12']}", "pull_access.accounts[0]", "not an account number of 12 digits: '12'"),
        ("pull_access: {accounts: ['111122223333', '111122223333']}", "pull_access.accounts[1]", "twice"),
        ("pull_access: {organization: mine}", "pull_access.organization", "not an organization's id: 'mine'"),
        (
            "pull_access: {organizational_units: [ou-ab12-11111111]}",
            "pull_access.organizational_units[0]",
            "unit ids alone are not unique",
        ),
        ("resource_tags: [a]", "resource_tags", "expected a mapping such as {team: platform}"),
        ("resource_tags: {aws:a: b}", "resource_tags.aws:a", "not the key of a resource tag: 'aws:a'"),
        ("resource_tags: {hub-mirror:removal: b}", "resource_tags.hub-mirror:removal", "not the key"),
        ("resource_tags: {a: 'b;c'}", "resource_tags.a", "not the value of a resource tag: 'b;c'"),
        ("resource_tags: {a: 7}", "resource_tags.a", 'quote it: "7"'),
        ("resource_tags: {a: b, a: c}", "resource_tags.a", "a second time"),
        (f"resource_tags: {{{', '.join(f'k{n}: v' for n in range(50))}}}", "resource_tags", "AWS takes 50 tags"),
        ("removal: delete", "removal", "expected retain or destroy, got 'delete'"),
    ],
)
def test_what_is_no_setting(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    problems = refuse(f"private: {{{written}}}")

    assert (problems[0].path, problems[0].line) == (f"private.{path}", 1)
    assert message in problems[0].message


def test_all_problems_are_found_at_once(refuse: Callable[[str], list[Problem]]) -> None:
    problems = refuse(
        "private:\n  mutability: frozen\n  encryption: des\n  lifecycle: [{}]\n  scanning: [x]\n  stacks: 0\n"
        "public:\n  alias: A\n  removal: x\n"
    )

    assert {problem.line for problem in problems} == {2, 3, 4, 5, 6, 8, 9}


@pytest.mark.parametrize(
    ("mutability", "immutable", "mutable"),
    [
        (Mutability(), [], ["latest", "1.0"]),
        (Mutability(immutable=True), ["latest", "1.0"], []),
        (Mutability(immutable=True, exceptions=("latest", "*-jre")), ["1.0", "jre", "21-jre.1"], ["latest", "21-jre"]),
        (Mutability(immutable=False, exceptions=("v*.*",)), ["v1.0"], ["v1", "1.0", "latest"]),
    ],
)
def test_which_tags_stay_as_they_are(mutability: Mutability, immutable: list[str], mutable: list[str]) -> None:
    assert [tag for tag in (*immutable, *mutable) if mutability.is_immutable(tag)] == immutable


def test_an_image_departs_from_its_destination(read: Callable[[str], MirrorConfig]) -> None:
    config = read(
        "private: {mutability: immutable, encryption: kms, resource_tags: {team: a, part: b}}\n"
        "public: {removal: destroy}\n"
        "defaults: {to: [public, private]}\n"
        "images:\n"
        "- maven:3\n"
        "- name: redis\n  tags: ['7']\n"
        "  private: {mutability: mutable, resource_tags: {team: c}}\n  public: {removal: retain}\n"
        "repositories: [plain, {name: app, encryption: aes256}]\n"
    )
    maven, redis = config.images

    assert config.settings_of(PRIVATE, maven) == private(config)
    assert config.settings_of(PRIVATE, redis) == RepositorySettings(
        encryption=Encryption(EncryptionKind.KMS), resource_tags=(("part", "b"), ("team", "c"))
    )
    assert config.settings_of(PUBLIC, maven).removal is Removal.DESTROY
    assert config.settings_of(PUBLIC, redis).removal is Removal.RETAIN
    assert config.repositories[0].settings is None
    assert config.repositories[1].settings == RepositorySettings(
        mutability=Mutability(immutable=True), resource_tags=(("part", "b"), ("team", "a"))
    )


def test_only_the_private_registry_refuses_to_move_tags(read: Callable[[str], MirrorConfig]) -> None:
    config = read(
        "private: {mutability: {immutable_except: [latest]}}\n"
        "images: [{name: maven, tags: [latest, '3'], to: [public, private]}]"
    )
    (image,) = config.images

    assert config.is_immutable(PRIVATE, image, "3")
    assert not config.is_immutable(PRIVATE, image, "latest")
    assert not config.is_immutable(PUBLIC, image, "3")
