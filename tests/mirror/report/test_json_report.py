import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mirror.report import json_report
from mirror.report.model import RunReport
from tests import reports

SCHEMA = Path(__file__).resolve().parents[3] / "mirror-report.schema.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize(
    "report",
    [reports.small(), reports.failing(), reports.large(50), reports.report()],
    ids=["small", "failing", "large", "empty"],
)
def test_reports_have_the_published_shape(report: RunReport, validator: jsonschema.Draft202012Validator) -> None:
    document = json.loads(json_report.render(report))
    assert [error.message for error in validator.iter_errors(document)] == []


def members(schema: dict[str, Any], document: Any, names: dict[str, Any]) -> list[str]:
    """Members of the document that the schema does not describe, anywhere."""
    if "$ref" in schema:
        schema = names[schema["$ref"].rpartition("/")[2]]
    for option in schema.get("oneOf", ()):
        if isinstance(document, dict) and option.get("type") == "object":
            schema = option
    if isinstance(document, list):
        return [found for each in document for found in members(schema.get("items", {}), each, names)]
    if not isinstance(document, dict) or "properties" not in schema:
        return []
    unknown = [name for name in document if name not in schema["properties"]]
    missing = [name for name in schema["properties"] if name not in document]
    below = [f for name, each in schema["properties"].items() for f in members(each, document.get(name), names)]
    return [*unknown, *missing, *below]


def test_the_schema_describes_every_member() -> None:
    schema = json.loads(SCHEMA.read_text())
    assert members(schema, json_report.document(reports.failing()), schema["$defs"]) == []


def test_the_schema_would_find_what_is_wrong(validator: jsonschema.Draft202012Validator) -> None:
    document = json_report.document(reports.small())
    document["images"][0]["action"] = "lost"
    document["started"] = "yesterday"
    assert len(list(validator.iter_errors(document))) >= 1
    assert not validator.is_valid({**document, "version": 2})


def test_a_layer_that_many_images_have_is_written_once() -> None:
    document = json_report.document(reports.large(300))
    digests = [blob["digest"] for blob in document["blobs"]]
    assert len(digests) == len(set(digests)) == 301
    first = document["images"][0]
    assert [document["blobs"][number]["size"] for number in first["blobs"]] == [30 * reports.MIB, reports.MIB]
