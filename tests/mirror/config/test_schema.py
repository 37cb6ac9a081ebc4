"""`mirror.schema.json` is for editors, the reader decides: what the one refuses, the other must refuse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mirror.config import catalog, reader, tags
from mirror.config.model import DestinationName
from mirror.errors import ConfigError

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "mirror.schema.json").read_text())
HEX = "0123456789abcdef" * 4

VALID = [
    "",
    "schedule: none",
    "schedule: {rate: 6 hours}",
    "schedule: {rate: 1 day}",
    "schedule: {cron: '0 3 * * ? *'}",
    "schedule: {cron: '0 3 * * ? *', timezone: Europe/Berlin}",
    "docker_hub: {}",
    "docker_hub: {credentials_secret: hub-mirror/docker-hub}",
    "docker_hub: {credentials_secret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:hub-AbCdEf'}",
    "public: {}",
    "public: true",
    "public: false",
    "public: {prefix: 1st/team}",
    "private: {prefix: team}",
    "private: false",
    "defaults: {}",
    "defaults: {to: [private], platforms: [linux/amd64, linux/arm/v7], exclude: ['*-rc*']}",
    "images: []",
    "images: ['maven:3.6.3-jdk-11']",
    "images: ['bitnami/redis:7']",
    "images: ['library/maven:3']",
    "images: ['docker.io/maven:3']",
    f"images: ['maven:3@sha256:{HEX}']",
    f"images: ['maven@sha256:{HEX}']",
    "images: [{name: maven, tags: [a]}]",
    "images: [{name: docker.io/library/maven, tags: [a]}]",
    "images: [{name: team/a.b_c-d1, tags: [a]}]",
    "images: [{name: maven, tags: ['3.10'], to: [public, private], platforms: [linux/amd64], exclude: []}]",
    f"images: [{{name: maven, tags: ['a@sha256:{HEX}', 'sha256:{HEX}']}}]",
    "images: [{name: maven, tags: [{glob: '7.*'}, {regex: '^8', required: true}, {latest: 2, order: pushed}]}]",
    "images: [{name: maven, tags: [{semver: '>=17 <22', prefix: v, suffix: -jre, prerelease: true, latest: 1}]}]",
    "images: [{name: maven, tags: [{semver: '*'}]}]",
    "images: [{name: maven, tags: [{latest: 2, suffix: -jre, prerelease: true}]}]",
    "images: [{name: maven, tags: [a], description: d, about: a, usage: u}]",
    "images: [{name: maven, tags: [a], architectures: [x86-64, ARM 64], operating_systems: [Linux]}]",
    f"images: [{{name: maven, tags: [a], description: {'x' * 1024}, about: {'x' * 10240}}}]",
    "repositories: [backend-app, {name: team/app}]",
]

INVALID = [
    "version: '1'",
    "version: 2",
    "version: true",
    "version: ~",
    "imagse: []",
    "schedule: ~",
    "schedule: daily",
    "schedule: {}",
    "schedule: {rate: 0 hours}",
    "schedule: {rate: 1 hours}",
    "schedule: {rate: 6 hour}",
    "schedule: {rate: 6}",
    "schedule: {rate: rate(6 hours)}",
    "schedule: {rate: 6 hours, cron: '0 3 * * ? *'}",
    "schedule: {rate: 6 hours, timezone: UTC}",
    "schedule: {cron: 0 3 * * *}",
    "schedule: {cron: 'cron(0 3 * * ? *)'}",
    "schedule: {timezone: UTC}",
    "docker_hub: x",
    "docker_hub: {credentials_secret: ''}",
    "docker_hub: {credentials_secret: a b}",
    "docker_hub: {credentials_secret: 'arn:aws:s3:::bucket'}",
    "docker_hub: {credentials_secret: dckr_pat_x}",
    "docker_hub: {username: x}",
    "public: ~",
    "public: yes please",
    "public: {prefix: ''}",
    "public: {prefix: /a}",
    "public: {prefix: a/}",
    "public: {prefix: A}",
    "public: {prefxi: a}",
    "private: {prefix: 1st}",
    "private: []",
    "defaults: {to: []}",
    "defaults: {tags: [a]}",
    "defaults: {platforms: []}",
    "images: ~",
    "images: {}",
    "images: [maven]",
    "images: [7]",
    "images: [quay.io/a/b:1]",
    "images: ['localhost:5000/a:1']",
    "images: [localhost/a:1]",
    "images: [Maven:3]",
    "images: ['maven:-x']",
    "images: ['maven@sha256:12']",
    "images: [{maven: 3.9}]",
    "images: [{name: maven}]",
    "images: [{tags: [a]}]",
    "images: [{name: 'maven:3', tags: [a]}]",
    "images: [{name: quay.io/a/b, tags: [a]}]",
    "images: [{name: maven, tags: []}]",
    "images: [{name: maven, tags: a}]",
    "images: [{name: maven, tags: [a, a]}]",
    "images: [{name: maven, tags: [3.10]}]",
    "images: [{name: maven, tags: [on]}]",
    "images: [{name: maven, tags: [2026-11-24]}]",
    "images: [{name: maven, tags: ['7.*']}]",
    "images: [{name: maven, tags: ['a@sha256:12']}]",
    f"images: [{{name: maven, tags: ['@sha256:{HEX}']}}]",
    f"images: [{{name: maven, tags: [{'t' * 129}]}}]",
    "images: [{name: maven, tags: [{}]}]",
    "images: [{name: maven, tags: [{required: true}]}]",
    "images: [{name: maven, tags: [{glob: '*', regex: x}]}]",
    "images: [{name: maven, tags: [{glob: '*', semver: '*', latest: 1}]}]",
    "images: [{name: maven, tags: [{glob: 'a b'}]}]",
    "images: [{name: maven, tags: [{glob: '*', suffix: -jre}]}]",
    "images: [{name: maven, tags: [{glob: '*', order: pushed}]}]",
    "images: [{name: maven, tags: [{latest: 1, order: age}]}]",
    "images: [{name: maven, tags: [{latest: 0}]}]",
    "images: [{name: maven, tags: [{latest: true}]}]",
    "images: [{name: maven, tags: [{glob: '*', latest: 1, prerelease: true}]}]",
    "images: [{name: maven, tags: [{prerelease: true}]}]",
    "images: [{name: maven, tags: [{semver: '*', suffix: 'a b'}]}]",
    "images: [{name: maven, tags: [{globs: '*'}]}]",
    "images: [{name: maven, tags: [{glob: '*', required: 1}]}]",
    "images: [{name: maven, tags: [a], to: [nowhere]}]",
    "images: [{name: maven, tags: [a], to: [public, public]}]",
    "images: [{name: maven, tags: [a], platforms: [linux]}]",
    "images: [{name: maven, tags: [a], platforms: [linux/amd64, linux/amd64]}]",
    "images: [{name: maven, tags: [a], exclude: ['']}]",
    "images: [{name: maven, tags: [a], architectures: [amd64]}]",
    "images: [{name: maven, tags: [a], operating_systems: [linux]}]",
    "images: [{name: maven, tags: [a], description: ''}]",
    f"images: [{{name: maven, tags: [a], description: {'x' * 1025}}}]",
    f"images: [{{name: maven, tags: [a], about: {'x' * 10241}}}]",
    "repositories: [A]",
    "repositories: [a]",
    "repositories: [1st]",
    "repositories: [a__b]",
    "repositories: ['a:1']",
    "repositories: [{}]",
    "repositories: [{name: app, tags: []}]",
]

BEYOND_A_SCHEMA = [
    "images: ['maven:3', 'library/maven:4']",
    "images: [{name: maven, tags: [{regex: '('}]}]",
    "images: [{name: maven, tags: [{semver: newest}]}]",
    "images: [{name: a--b, tags: [a]}]",
    f"images: [{{name: maven, tags: [a, 'a@sha256:{HEX}']}}]",
    "images: [{name: maven, tags: [a], platforms: [linux/arm64, linux/arm64/v8]}]",
    "public: false\nimages: ['maven:3']",
    "private: false\ndefaults: {to: [private]}",
    "private: false\nrepositories: [app]",
    "defaults: {to: [private]}\nimages: ['maven:3']\nrepositories: [maven]",
    "repositories: [app, {name: app}]",
    "schedule: {cron: '0 3 * * * *'}",
    "schedule: {cron: '0 3 * * ? *', timezone: Mars/Olympus}",
]


def document(body: str) -> str:
    return body if body.startswith("version:") else f"version: 1\n{body}"


def schema_accepts(text: str) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text)))


def reader_accepts(text: str) -> bool:
    try:
        reader.read_text(text, source="mirror.yaml")
    except ConfigError:
        return False
    return True


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside this one."""
    if isinstance(schema, dict):
        yield schema
        for member in schema.values():
            yield from parts(member)
    elif isinstance(schema, list):
        for member in schema:
            yield from parts(member)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_object_is_closed() -> None:
    objects = [part for part in parts(SCHEMA) if part.get("type") == "object"]

    assert len(objects) >= 8
    assert all(part.get("additionalProperties") is False for part in objects)


def test_every_key_is_described() -> None:
    keys = [
        (key, value)
        for part in parts(SCHEMA)
        if isinstance(part.get("properties"), dict)
        for key, value in part["properties"].items()
    ]

    def described(schema: dict[str, Any]) -> bool:
        if "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
        inner = [branch for word in ("allOf", "anyOf") for branch in schema.get(word, ())]
        return "description" in schema or any(described(branch) for branch in inner)

    assert [key for key, value in keys if not described(value)] == []


@pytest.mark.parametrize("body", VALID)
def test_both_accept(body: str) -> None:
    assert (schema_accepts(document(body)), reader_accepts(document(body))) == (True, True)


@pytest.mark.parametrize("body", INVALID)
def test_both_refuse(body: str) -> None:
    assert (schema_accepts(document(body)), reader_accepts(document(body))) == (False, False)


@pytest.mark.parametrize("body", BEYOND_A_SCHEMA)
def test_only_the_reader_can_know(body: str) -> None:
    assert (schema_accepts(document(body)), reader_accepts(document(body))) == (True, False)


def test_the_shipped_file_is_valid() -> None:
    assert schema_accepts((ROOT / "mirror.yaml").read_text())


def test_words_and_limits_are_the_readers() -> None:
    image = SCHEMA["$defs"]["image"]["anyOf"][1]["properties"]
    selector = SCHEMA["$defs"]["selector"]["anyOf"][1]["properties"]

    assert set(SCHEMA["$defs"]["to"]["items"]["enum"]) == set(DestinationName)
    assert tuple(image["architectures"]["items"]["enum"]) == catalog.ARCHITECTURES
    assert tuple(image["operating_systems"]["items"]["enum"]) == catalog.OPERATING_SYSTEMS
    assert image["description"]["maxLength"] == catalog.MAX_DESCRIPTION_CHARACTERS
    assert image["about"]["maxLength"] == image["usage"]["maxLength"] == catalog.MAX_TEXT_CHARACTERS
    assert tuple(selector["order"]["enum"]) == tags.ORDERS
    assert selector["glob"]["pattern"] == f"^{tags.GLOB_PATTERN.pattern}$"
