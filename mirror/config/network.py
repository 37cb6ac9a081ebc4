"""The section `network`: for builds that may not simply go out to the internet."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from mirror.config.fields import Field, unique
from mirror.config.operation import Compute, ComputeType, Network, Vpc

KEYS = ("vpc", "subnets", "security_groups", "proxy", "no_proxy", "ca_bundle")

VPC_PATTERN = re.compile(r"vpc-[0-9a-f]{8,17}")
SUBNET_PATTERN = re.compile(r"subnet-[0-9a-f]{8,17}")
SECURITY_GROUP_PATTERN = re.compile(r"sg-[0-9a-f]{8,17}")
HOST_PATTERN = re.compile(r"\.?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?")
MAX_SUBNETS = 16
MAX_SECURITY_GROUPS = 5
# CodeBuild's limits.

_BEGIN = "-----BEGIN CERTIFICATE-----"
_PRIVATE = "PRIVATE KEY-----"


def read_network(field: Field | None, compute: Compute) -> Network:
    """How builds get out. A file that it names is read here, beside the file that names it."""
    keys = field.mapping("a mapping such as {vpc: vpc-…, subnets: […]}", optional=KEYS) if field is not None else None
    if not keys or field is None:
        return Network()
    no_proxy = _read_list(keys["no_proxy"], "hosts", HOST_PATTERN, "host") if "no_proxy" in keys else ()
    if "no_proxy" in keys and "proxy" not in keys:
        keys["no_proxy"].problem("'no_proxy' belongs to 'proxy': without one everything is reached directly")
    return Network(
        vpc=_read_vpc(field, keys, compute),
        proxy=(_read_proxy(keys["proxy"]) if "proxy" in keys else None) or "",
        no_proxy=no_proxy,
        ca_bundle=(_read_certificates(keys["ca_bundle"]) if "ca_bundle" in keys else None) or "",
    )


def _read_vpc(field: Field, keys: dict[str, Field], compute: Compute) -> Vpc | None:
    parts = [name for name in ("vpc", "subnets", "security_groups") if name in keys]
    if not parts:
        return None
    if compute.type is ComputeType.LAMBDA:
        field.problem(
            f"a build on Lambda runs in no VPC: take {', '.join(map(repr, parts))} out, or another 'compute.type'"
        )
    vpc = keys["vpc"].text("a VPC's id such as vpc-0a1b2c3d4e5f67890") if "vpc" in keys else None
    if vpc is not None and VPC_PATTERN.fullmatch(vpc) is None:
        keys["vpc"].problem(f"not a VPC's id: {vpc!r} (vpc-0a1b2c3d4e5f67890)")
    for name in ("vpc", "subnets"):
        if name not in keys:
            field.problem(f"{name!r} is missing: builds run in subnets of a VPC, named by their ids")
    subnets = _read_list(keys["subnets"], "subnets", SUBNET_PATTERN, "subnet's id") if "subnets" in keys else ()
    groups: tuple[str, ...] = ()
    if "security_groups" in keys:
        groups = _read_list(keys["security_groups"], "security groups", SECURITY_GROUP_PATTERN, "security group's id")
    for name, found, limit in (("subnets", subnets, MAX_SUBNETS), ("security_groups", groups, MAX_SECURITY_GROUPS)):
        if len(found) > limit:
            keys[name].problem(f"CodeBuild takes at most {limit}, got {len(found)}")
    return Vpc(id=vpc or "", subnets=subnets, security_groups=groups)


def _read_list(field: Field, many: str, pattern: re.Pattern[str], one: str) -> tuple[str, ...]:
    found: list[tuple[Field, str]] = []
    for item in field.items(many, empty=f"name at least one, or leave {field.path.rpartition('.')[2]!r} out") or ():
        text = item.text(f"a {one}")
        if text is not None and pattern.fullmatch(text) is None:
            item.problem(f"not a {one}: {text!r}")
        elif text is not None:
            found.append((item, text))
    unique(found, f"the {one}")
    return tuple(text for _, text in found)


def _read_proxy(field: Field) -> str | None:
    text = field.text("a URL such as http://proxy.example.com:3128")
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.username is not None or parts.password is not None:
        # The template and the console show it to everybody who may look at the project. Nor does this message.
        field.problem(
            "a user name or password in the URL would be in the template: let the proxy know the build's subnets"
        )
        return None
    if parts.scheme != "http" or not parts.hostname or port is None or parts.path.strip("/") or parts.query:
        field.problem(f"not a proxy: {text!r} (http, a host and a port: http://proxy.example.com:3128)")
        return None
    return text.rstrip("/")


def _read_certificates(field: Field) -> str | None:
    name = field.text("the path of a PEM file, from this file's directory")
    if name is None:
        return None
    path = Path(field.problems.source).parent / name
    try:
        text = path.read_text(encoding="ascii")
    except OSError as err:
        field.problem(f"{str(path)!r} cannot be read: {err.strerror or err}")
    except ValueError:
        field.problem(f"{str(path)!r} is not PEM: it is not plain text")
    else:
        if _PRIVATE in text:
            field.problem(f"{str(path)!r} holds a private key: a build needs certificates only")
        elif _BEGIN not in text:
            field.problem(f"{str(path)!r} is not PEM: there is no line {_BEGIN}")
        else:
            return text
    return None
