from collections.abc import Callable

import pytest

from mirror.config.ecr import RegistrySettings, ReplicationRule, Scanning
from mirror.config.model import MirrorConfig
from mirror.errors import Problem

OTHER = "111122223333"


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("{}", RegistrySettings()),
        ("{scanning: on_push}", RegistrySettings()),
        ("{scanning: off}", RegistrySettings(scan_on_push=False)),
        ("{scanning: false}", RegistrySettings(scan_on_push=False)),
        (
            "{scanning: {basic: {on_push: ['*']}}}",
            RegistrySettings(scan_on_push=False, scanning=Scanning(on_push=("*",))),
        ),
        (
            "{scanning: {enhanced: {on_push: ['*'], continuous: ['prod/*']}}}",
            RegistrySettings(
                scan_on_push=False, scanning=Scanning(enhanced=True, on_push=("*",), continuous=("prod/*",))
            ),
        ),
        ("{replication: [{to: [eu-west-1]}]}", RegistrySettings(replication=(ReplicationRule((("eu-west-1", ""),)),))),
        (
            f"{{prefix: hub, replication: [{{to: [eu-west-1, {{region: us-east-1, account: '{OTHER}'}}]}}]}}",
            RegistrySettings(replication=(ReplicationRule((("eu-west-1", ""), ("us-east-1", OTHER)), ("hub/",)),)),
        ),
        (
            "{prefix: hub, replication: [{to: [eu-west-1], repositories: [prod]}]}",
            RegistrySettings(replication=(ReplicationRule((("eu-west-1", ""),), ("prod",)),)),
        ),
        (f"{{accept_replication_from: ['{OTHER}']}}", RegistrySettings(accept_replication_from=(OTHER,))),
    ],
)
def test_what_is_the_registrys(read: Callable[[str], MirrorConfig], written: str, settings: RegistrySettings) -> None:
    config = read(f"private: {written}")

    assert config.private is not None
    assert config.private.registry == settings


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("scanning: true", "scanning", "expected on_push, off, {basic: {on_push: ['*']}} or"),
        ("scanning: {basic: {}}", "scanning.basic", "names no repositories: {on_push: ['*']} scans all of them"),
        ("scanning: {basic: {continuous: ['*']}}", "scanning.basic.continuous", "unknown key 'continuous'"),
        ("scanning: {enhanced: {continuous: []}}", "scanning.enhanced.continuous", "'*' is all of them"),
        (
            "scanning: {enhanced: {on_push: [A]}}",
            "scanning.enhanced.on_push[0]",
            "not a pattern over repositories: 'A'",
        ),
        ("scanning: {basic: {on_push: [a]}, enhanced: {on_push: [a]}}", "scanning", "expected one of on_push, off"),
        ("replication: {to: [eu-west-1]}", "replication", "expected a list of replication rules"),
        ("replication: [eu-west-1]", "replication[0]", "expected a rule such as {to: [eu-west-1]}"),
        ("replication: [{}]", "replication[0]", "'to' is missing"),
        ("replication: [{to: [ireland]}]", "replication[0].to[0]", "not a region: 'ireland'"),
        ("replication: [{to: [eu-west-1, {region: eu-west-1}]}]", "replication[0].to[1]", "twice"),
        ("replication: [{to: [{account: '1'}]}]", "replication[0].to[0]", "'region' is missing"),
        (
            "replication: [{to: [{region: eu-west-1, account: '1'}]}]",
            "replication[0].to[0].account",
            "not an account number of 12 digits: '1'",
        ),
        ("replication: [{to: [eu-west-1], repositories: [A]}]", "replication[0].repositories[0]", "not a prefix"),
        (
            f"replication: [{', '.join('{to: [eu-west-1]}' for _ in range(11))}]",
            "replication",
            "ECR takes 10 rules, got 11",
        ),
        (
            f"replication: [{{to: [{', '.join(f'eu-west-{n}' for n in range(1, 27))}]}}]",
            "replication",
            "25 registries, got 26",
        ),
        ("accept_replication_from: ['x']", "accept_replication_from[0]", "not an account number of 12 digits: 'x'"),
    ],
)
def test_what_is_not(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    problems = refuse(f"private: {{{written}}}")

    assert problems[0].path == f"private.{path}"
    assert message in problems[0].message


def test_public_registries_have_none_of_it(refuse: Callable[[str], list[Problem]]) -> None:
    (problem,) = refuse("public: {scanning: off}")

    assert "unknown key 'scanning'" in problem.message
