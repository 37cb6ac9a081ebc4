from typing import Any

import aws_cdk as cdk

from mirror.config.ecr import PullAccess
from stacks.pull_access import PULL_ACTIONS, pull_statements

UNIT = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111"


def statements(access: PullAccess) -> list[dict[str, Any]]:
    stack = cdk.Stack(cdk.App(), "S")
    return [stack.resolve(statement.to_statement_json()) for statement in pull_statements(access)]


def test_nobody_by_default() -> None:
    assert statements(PullAccess()) == []


def test_accounts_are_named_as_principals() -> None:
    (statement,) = statements(PullAccess(accounts=("111122223333", "444455556666")))
    assert statement["Action"] == list(PULL_ACTIONS)
    assert "Condition" not in statement
    assert [account in str(statement["Principal"]["AWS"]) for account in ("111122223333", "444455556666")] == [True] * 2
    assert "*" not in str(statement["Principal"])


def test_everybody_is_narrowed_to_the_organization() -> None:
    (statement,) = statements(PullAccess(organization="o-a1b2c3d4e5"))
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


def test_everybody_is_narrowed_to_the_unit_and_what_is_below() -> None:
    (statement,) = statements(PullAccess(organizational_units=(UNIT,)))
    assert statement["Condition"] == {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [f"{UNIT}/*"]}}


def test_nothing_but_pulling_is_allowed_and_nobody_without_a_condition() -> None:
    found = statements(PullAccess(("111122223333",), "o-a1b2c3d4e5", (UNIT,)))
    assert len(found) == 3
    for statement in found:
        assert set(statement["Action"]) == {
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        }
        assert ("Condition" in statement) is ("*" in str(statement["Principal"]))
