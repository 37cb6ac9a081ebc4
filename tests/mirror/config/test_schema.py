"""`mirror.schema.json` is for editors, the reader decides: what the one refuses, the other must refuse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mirror.config import catalog, ecr, reader, tags
from mirror.config.model import DestinationName
from mirror.errors import ConfigError
from tests.mirror.config.documents import BEYOND_A_SCHEMA, INVALID, VALID

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "mirror.schema.json").read_text())


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
    # Resource tags have keys of the person's own, so there it is a schema for their values.
    assert all(part.get("additionalProperties", True) is not True for part in objects)


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
    longest = {key: image[key]["anyOf"][0]["maxLength"] for key in ("description", "about", "usage")}
    assert longest["description"] == catalog.MAX_DESCRIPTION_CHARACTERS
    assert longest["about"] == longest["usage"] == catalog.MAX_TEXT_CHARACTERS
    assert tuple(SCHEMA["$defs"]["lifecycle"]["items"]["properties"])[2:] == tuple(ecr.LifecycleVerb)
    assert tuple(SCHEMA["$defs"]["removal"]["enum"]) == tuple(ecr.Removal)
    assert tuple(selector["order"]["enum"]) == tags.ORDERS
    assert selector["glob"]["pattern"] == f"^{tags.GLOB_PATTERN.pattern}$"
