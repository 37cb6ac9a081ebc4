from typing import Any, ClassVar, Self

import pytest
from moto.cloudformation.parsing import get_model_map

from sandbox.aws.cloudformation.order import last_first
from sandbox.aws.cloudformation.resource import Resource, register
from tests.sandbox.aws.cloudformation.conftest import Plane


@register
class Step(Resource):
    """A resource that writes down what becomes of it."""

    TYPE = "Test::Order::Step"
    log: ClassVar[list[str]] = []

    @property
    def label(self) -> str:
        return str(self.properties["Label"])

    @property
    def physical_resource_id(self) -> str:
        return self.label

    def create(self) -> None:
        self.log.append(f"+{self.label}")

    def update(self, old: Self) -> None:
        self.log.append(f"{old.label}>{self.label}")

    def remove(self) -> None:
        self.log.append(f"-{self.label}")


@pytest.fixture(autouse=True)
def _an_empty_log() -> None:
    # moto lists its models once, before this file is imported by those who run other tests first.
    get_model_map()[Step.TYPE] = Step
    Step.log.clear()


def template(**steps: dict[str, Any]) -> dict[str, Any]:
    resources = {}
    for name, step in steps.items():
        needs = step.pop("DependsOn", None)
        resources[name] = {"Type": Step.TYPE, "Properties": {"Label": name, **step}}
        resources[name] |= {"DependsOn": needs} if needs else {}
    return {"Resources": resources}


@pytest.mark.parametrize(
    "needing",
    [
        {"Properties": {"X": {"Ref": "A"}}},
        {"Properties": {"X": [{"Fn::GetAtt": ["A", "Arn"]}]}},
        {"Properties": {"X": {"Fn::GetAtt": "A.Arn"}}},
        {"Properties": {"X": {"Fn::Join": ["", ["x", {"Ref": "A"}]]}}},
        {"Properties": {"X": {"Fn::Sub": "arn:${A}:x"}}},
        {"Properties": {"X": {"Fn::Sub": ["${A.Arn}:${B}", {"B": 1}]}}},
        {"DependsOn": "A"},
        {"DependsOn": ["A"]},
    ],
)
def test_what_depends_on_it_comes_before_it(needing: dict[str, Any]) -> None:
    other = {"Properties": {"X": {"Ref": "AWS::Region"}, "Y": {"Ref": "Parameter"}}}
    for resources in ({"A": other, "B": needing}, {"B": needing, "A": other}):
        assert last_first(resources) == ["B", "A"]


def test_a_stack_is_deleted_from_its_ends(plane: Plane) -> None:
    plane.deploy("one", template(C={"X": {"Ref": "B"}}, A={}, B={"DependsOn": ["A"]}))
    assert Step.log == ["+A", "+B", "+C"]
    Step.log.clear()
    plane.destroy("one")
    assert Step.log == ["-C", "-B", "-A"]


def test_what_is_no_longer_there_goes_last(plane: Plane) -> None:
    plane.deploy("one", template(A={}, B={"DependsOn": "A"}, C={}))
    Step.log.clear()
    plane.deploy("one", template(C={"Changed": True}, D={}))
    assert Step.log == ["+D", "C>C", "-B", "-A"]


def test_changing_nothing_does_nothing(plane: Plane) -> None:
    plane.deploy("one", template(A={}))
    Step.log.clear()
    plane.deploy("one", template(A={}))
    assert Step.log == []
