import pytest

from sandbox.codebuild.batchspec import Task, parse_batch
from sandbox.codebuild.buildspec import BuildspecError


def test_a_graph_is_read_in_its_order() -> None:
    batch = parse_batch(
        """
version: 0.2
batch:
  fast-fail: false
  build-graph:
    - identifier: first
      env: {variables: {STEP: one, NUMBER: 1}}
    - identifier: second
      depend-on: [first]
      ignore-failure: true
phases: {build: {commands: ["true"]}}
"""
    )
    assert batch.tasks == (
        Task("first", variables={"STEP": "one", "NUMBER": "1"}),
        Task("second", ("first",), ignore_failure=True),
    )
    assert not batch.fast_fail


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ("", "no batch in the buildspec"),
        ("batch: [a]", "no batch in the buildspec"),
        ("batch: {fail-fast: false, build-graph: []}", "batch: unknown fail-fast; allowed: fast-fail, build-graph"),
        ("batch: {fast-fail: true}", "got no builds, allowed here: build-graph"),
        ("batch: {build-list: []}", "got build-list, allowed here: build-graph"),
        ("batch: {build-graph: [a]}", r"build-graph\[0\]: expected a mapping, got str"),
        ("batch: {build-graph: [{env: {}}]}", r"build-graph\[0\]: an identifier is required"),
        ("batch: {build-graph: [{identifier: a, depends-on: [b]}]}", "unknown depends-on; allowed: .*depend-on"),
        ("batch: {build-graph: [{identifier: a, buildspec: b.yml}]}", "the batch's own only"),
        ("batch: {build-graph: [{identifier: a, env: {image: x}}]}", r"env, got image, allowed here: variables"),
        ("batch: {build-graph: [{identifier: a}, {identifier: a}]}", "a is there twice"),
        ("batch: {build-graph: [{identifier: a, depend-on: [z]}]}", "a can never start"),
        (
            "batch: {build-graph: [{identifier: a, depend-on: [b]}, {identifier: b, depend-on: [a]}]}",
            "a, b can never start",
        ),
        ("batch: {", "cannot be read"),
    ],
)
def test_what_is_no_graph_is_refused(batch: str, message: str) -> None:
    with pytest.raises(BuildspecError, match=message):
        parse_batch(f"version: 0.2\n{batch}\n")
