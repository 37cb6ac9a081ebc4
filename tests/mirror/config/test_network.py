from collections.abc import Callable
from pathlib import Path

import pytest

from mirror.config import reader
from mirror.config.model import MirrorConfig
from mirror.config.operation import Network, Vpc
from mirror.errors import ConfigError, Problem

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
VPC, SUBNET, GROUP = "vpc-0a1b2c3d4e5f67890", "subnet-0a1b2c3d4e5f67890", "sg-0a1b2c3d4e5f67890"


def test_without_the_section_builds_go_out_by_themselves(read: Callable[[str], MirrorConfig]) -> None:
    assert read("").network == Network()


def test_a_vpc(read: Callable[[str], MirrorConfig]) -> None:
    assert read(f"network: {{vpc: {VPC}, subnets: [{SUBNET}]}}").network.vpc == Vpc(VPC, (SUBNET,))
    with_groups = read(f"network: {{vpc: {VPC}, subnets: [{SUBNET}], security_groups: [{GROUP}]}}").network
    assert with_groups.vpc == Vpc(VPC, (SUBNET,), (GROUP,))


def test_a_proxy(read: Callable[[str], MirrorConfig]) -> None:
    network = read("network: {proxy: 'http://proxy.example.com:3128/', no_proxy: [.example.com]}").network
    assert (network.proxy, network.no_proxy) == ("http://proxy.example.com:3128", (".example.com",))


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        (f"{{vpc: {VPC}}}", "network", "'subnets' is missing"),
        (f"{{subnets: [{SUBNET}]}}", "network", "'vpc' is missing"),
        (f"{{vpc: mine, subnets: [{SUBNET}]}}", "network.vpc", "not a VPC's id: 'mine'"),
        (f"{{vpc: {VPC}, subnets: [{GROUP}]}}", "network.subnets[0]", "not a subnet's id"),
        (f"{{vpc: {VPC}, subnets: [{SUBNET}, {SUBNET}]}}", "network.subnets[1]", "twice (line 1)"),
        (f"{{vpc: {VPC}, subnets: []}}", "network.subnets", "leave 'subnets' out"),
        ("{no_proxy: [a]}", "network.no_proxy", "belongs to 'proxy'"),
        ("{proxy: 'http://proxy'}", "network.proxy", "http, a host and a port"),
        ("{proxy: 'http://proxy:port'}", "network.proxy", "http, a host and a port"),
        ("{proxy: 'socks5://proxy:1080'}", "network.proxy", "http, a host and a port"),
        ("{ca_bundle: missing.pem}", "network.ca_bundle", "'missing.pem' cannot be read"),
    ],
)
def test_what_is_no_network(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    (problem,) = refuse(f"network: {written}")
    assert (problem.path, problem.line) == (path, 1)
    assert message in problem.message


def test_a_password_in_the_proxys_url_is_refused_and_not_repeated(refuse: Callable[[str], list[Problem]]) -> None:
    (problem,) = refuse("network: {proxy: 'http://me:hunter2@proxy:3128'}")
    assert problem.path == "network.proxy"
    assert "hunter2" not in problem.message


def test_codebuilds_numbers(refuse: Callable[[str], list[Problem]]) -> None:
    subnets = ", ".join(f"subnet-{number:08x}" for number in range(17))
    groups = ", ".join(f"sg-{number:08x}" for number in range(6))
    problems = refuse(f"network: {{vpc: {VPC}, subnets: [{subnets}], security_groups: [{groups}]}}")
    assert [problem.message for problem in problems] == [
        "CodeBuild takes at most 16, got 17",
        "CodeBuild takes at most 5, got 6",
    ]


def test_lambda_runs_in_no_vpc(refuse: Callable[[str], list[Problem]]) -> None:
    (problem,) = refuse(f"compute: {{type: lambda}}\nnetwork: {{vpc: {VPC}, subnets: [{SUBNET}]}}")
    assert (problem.path, problem.line) == ("network", 2)
    assert "a build on Lambda runs in no VPC" in problem.message


def written(directory: Path, content: bytes) -> Path:
    (directory / "certificates").mkdir()
    (directory / "certificates" / "corporate.pem").write_bytes(content)
    config = directory / "mirror.yaml"
    config.write_text("version: 1\nnetwork: {ca_bundle: certificates/corporate.pem}\n")
    return config


def test_certificates_are_read_beside_the_file(tmp_path: Path) -> None:
    assert reader.read_file(written(tmp_path, CERTIFICATE.encode())).network.ca_bundle == CERTIFICATE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x30\x82\xff", "not plain text"),
        (b"hello", "there is no line -----BEGIN CERTIFICATE-----"),
        (f"{CERTIFICATE}-----BEGIN RSA PRIVATE KEY-----\n".encode(), "holds a private key"),
    ],
)
def test_what_is_no_bundle(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        reader.read_file(written(tmp_path, content))
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("network.ca_bundle", 2)
    assert message in problem.message
