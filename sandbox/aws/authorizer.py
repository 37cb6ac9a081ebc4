"""Who may do what: IAM's answer to one action on one resource, from the policies held by moto's IAM.

Of moto's own evaluation only the collection of a principal's policies is used: it takes `?` in a resource for a regular
expression's, knows no `NotResource`, and denies whatever carries a condition.
"""

import fnmatch
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.iam.access_control import AssumedRoleAccessKey, CreateAccessKeyFailure, IAMUserAccessKey
from moto.iam.models import Policy, iam_backends
from moto.sts.models import sts_backends

ACCOUNT_ID = "123456789012"
PARTITION = "aws"

_CONTEXT: Mapping[str, Mapping[str, str]] = {
    # The only service that asks for bearer tokens here.
    "sts:getservicebearertoken": {"sts:awsservicename": "ecr-public.amazonaws.com"},
}


@dataclass(frozen=True)
class Authorizer:
    """Callable as (access key id, action, resource ARN) -> permitted.

    `root_keys` may do everything, as an administrator's do. Any other key must belong to an assumed role or to an IAM
    user, whose identity policies then decide; an unknown key may do nothing.
    """

    root_keys: Collection[str] = field(default_factory=frozenset)
    account_id: str = ACCOUNT_ID
    tags_of: Callable[[str], Mapping[str, str]] = lambda _arn: {}
    """Resource tags by ARN, for conditions on them."""

    def __call__(self, access_key_id: str, action: str, resource_arn: str) -> bool:
        """Whether the key's owner may do `action` (as `ecr:PutImage`) to the resource; `*` where an action has none."""
        if access_key_id in self.root_keys:
            return True
        policies = self._policies(access_key_id)
        return policies is not None and is_permitted(policies, action, resource_arn, self.tags_of(resource_arn))

    def trusts(self, role_arn: str, service: str) -> bool:
        """Whether the role exists and lets this service principal assume it."""
        roles = iam_backends[self.account_id][PARTITION].roles.values()
        role = next((role for role in roles if role.arn == role_arn), None)
        if role is None:
            return False
        statements = _statements(role.assume_role_policy_document)
        trusted = [s for s in statements if service in _strings(_mapping(s.get("Principal")).get("Service"))]
        return any(s["Effect"] == "Allow" and _matches(s.get("Action"), "sts:AssumeRole") for s in trusted)

    def _policies(self, access_key_id: str) -> list[str] | None:
        for role in sts_backends[self.account_id][PARTITION].assumed_roles:
            if role.access_key_id == access_key_id:
                headers = {"X-Amz-Security-Token": role.session_token}
                key = AssumedRoleAccessKey(self.account_id, PARTITION, access_key_id, headers)
                return [_document(policy) for policy in key.collect_policies()]
        try:
            user = IAMUserAccessKey(self.account_id, PARTITION, access_key_id, {})
        except CreateAccessKeyFailure:
            return None
        return [_document(policy) for policy in user.collect_policies()]


def is_permitted(
    policies: Iterable[str],
    action: str,
    resource_arn: str,
    tags: Mapping[str, str] | None = None,
    *,
    context: Mapping[str, str] | None = None,
) -> bool:
    """IAM's rule over JSON policy documents: one Deny refuses, else one Allow is needed.

    `tags` are the resource's; `context` is what else the request carries, by the names of conditions' keys. A document
    may also be a resource's own: then it says who, and `principal` in the context is the service or the account.
    """
    context = {
        **_CONTEXT.get(action.lower(), {}),
        **{f"aws:resourcetag/{key.lower()}": value for key, value in (tags or {}).items()},
        **{key.lower(): value for key, value in (context or {}).items()},
    }
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _statements(policy)
        if _applies(statement, action, resource_arn, context)
    }
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Mapping[str, Any], action: str, resource_arn: str, context: Mapping[str, str]) -> bool:
    if "NotAction" in statement:
        concerned = not _matches(statement["NotAction"], action)
    else:
        concerned = _matches(statement.get("Action"), action)
    if not concerned or not _is_meant(statement, context):
        return False
    if "NotResource" in statement:
        concerned = not _matches(statement["NotResource"], resource_arn, case_sensitive=True)
    else:
        concerned = _matches(statement.get("Resource"), resource_arn, case_sensitive=True)
    return concerned and all(
        _condition_holds(operator, key, _strings(values), context)
        for operator, tests in _mapping(statement.get("Condition")).items()
        for key, values in tests.items()
    )


def _is_meant(statement: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Whether a resource's policy is about this principal. A role's policy names none."""
    if "Principal" not in statement:
        return True
    named = statement["Principal"]
    if named == "*":
        return True
    principals = [*_strings(_mapping(named).get("Service")), *_strings(_mapping(named).get("AWS"))]
    who = context.get("principal", "")
    return bool({"*", who, f"arn:{PARTITION}:iam::{who}:root"} & set(principals))


def _condition_holds(operator: str, key: str, values: list[str], context: Mapping[str, str]) -> bool:
    """A condition on a key that the request does not carry, or by an operator unknown here, does not hold."""
    actual = context.get(key.lower())
    if actual is None:
        return operator.endswith("IfExists") or operator.startswith("StringNot")
    match operator.removesuffix("IfExists"):
        case "StringEquals" | "ArnEquals" | "Bool":
            return actual in values
        case "StringLike" | "ArnLike" | "ForAnyValue:StringLike":
            # Of a key with several values a request has one here.
            return any(_wildcard(value, actual) for value in values)
        case "StringNotEquals":
            return actual not in values
        case _:
            return False


def _matches(patterns: Any, value: str, *, case_sensitive: bool = False) -> bool:
    if not case_sensitive:
        return any(_wildcard(pattern.lower(), value.lower()) for pattern in _strings(patterns))
    return any(_wildcard(pattern, value) for pattern in _strings(patterns))


def _wildcard(pattern: str, value: str) -> bool:
    # IAM knows `*` and `?` only; a bracket, which fnmatch would take for a set, stands for itself.
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), value) is not None


def _document(policy: Any) -> str:
    """The JSON text of a policy in any of the shapes in which moto hands them out."""
    if isinstance(policy, Policy):
        return str(next(version.document for version in policy.versions if version.is_default))
    return policy if isinstance(policy, str) else str(policy["policy_document"])


def _statements(document: Any) -> list[dict[str, Any]]:
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _strings(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
