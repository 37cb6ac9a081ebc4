"""Makes moto's CloudFormation take a second deployment.

moto 5.2.5 finds change sets by their name alone, across stacks, and the CDK CLI gives all of its change sets one name.
It also deletes what a template removes although its DeletionPolicy says Retain, answers a resource's failure with
status 500, forgets a stack that could not be deleted, and leaves a stack the outputs that it had before a change set
was executed. CloudFormation does none of that; these are the corrections.
"""

from typing import Any

from moto.cloudformation import parsing, responses
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.core.exceptions import ServiceException
from moto.logs.models import LogGroup
from moto.ssm.models import ssm_backends

from sandbox.aws.cloudformation import imports
from sandbox.aws.cloudformation.bucket import correct_buckets
from sandbox.aws.cloudformation.order import correct_order

_RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})
_applied: list[bool] = []


class ChangeSetNotFoundError(ServiceException):  # type: ignore[misc]  # moto ships no types
    """What the CDK CLI waits for after it has deleted a change set."""

    code = "ChangeSetNotFound"


def correct_moto() -> None:
    """Put the corrections in place; once a process."""
    if _applied:
        return
    _applied.append(True)
    correct_order()
    correct_buckets()
    parsing.ResourceMap.parse_ssm_parameter = _keeping_previous(parsing.ResourceMap.parse_ssm_parameter)
    parsing.resource_class_from_type = _ours_first(parsing.resource_class_from_type)
    parsing.ResourceMap.__getitem__ = _dependencies_first(parsing.ResourceMap.__getitem__)
    parsing.ResourceMap._delete_resource = _keeping(parsing.ResourceMap._delete_resource)  # noqa: SLF001
    responses.CloudFormationResponse.describe_change_set = _describe
    responses.CloudFormationResponse.execute_change_set = _execute
    responses.CloudFormationResponse.delete_change_set = _delete
    LogGroup.get_cfn_attribute = _with_streams(LogGroup.get_cfn_attribute)
    ChangeSet.apply = imports.finding(_failing_as_a_stack(ChangeSet.apply))
    CloudFormationBackend.create_change_set = imports.into_the_stack_that_is_there(
        CloudFormationBackend.create_change_set
    )
    CloudFormationBackend.delete_stack = _keeping_what_failed(CloudFormationBackend.delete_stack)


def find_change_set(backend: CloudFormationBackend, name: str, stack: str | None) -> ChangeSet:
    """The newest change set by ARN, or by its name in a stack given by name or id."""
    if name in backend.change_sets:
        return backend.change_sets[name]
    for change_set in reversed(list(backend.change_sets.values())):
        if change_set.change_set_name == name and stack in {None, change_set.stack_name, change_set.stack_id}:
            return change_set
    raise ChangeSetNotFoundError(f"ChangeSet [{name}] does not exist")


def _keeping_previous(parse_ssm_parameter: Any) -> Any:
    """`UsePreviousValue` hands in the value that was looked up last time, which is no parameter's name."""

    def parsing_ssm(self: Any, value: str, value_type: str) -> Any:
        backend = ssm_backends[self._account_id][self._region_name]
        return value if backend.get_parameter(value) is None else parse_ssm_parameter(self, value, value_type)

    return parsing_ssm


def _ours_first(resource_class_from_type: Any) -> Any:
    """Moto takes every custom resource for one whose function it is to run in Docker."""

    def finding(resource_type: str) -> Any:
        return parsing.get_model_map().get(resource_type) or resource_class_from_type(resource_type)

    return finding


def _dependencies_first(getitem: Any) -> Any:
    """Moto makes a resource as soon as another refers to it, which may be before what it says it depends on."""

    def getting(self: Any, key: str) -> Any:
        if key not in self._parsed_resources and key in self._resource_json_map:
            needed = self._resource_json_map[key].get("DependsOn", ())
            for name in [needed] if isinstance(needed, str) else needed:
                getting(self, name)
        return getitem(self, key)

    return getting


def _keeping(delete: Any) -> Any:
    def keeping(self: Any, parsed_resource: Any, resource_json: dict[str, Any]) -> None:
        if resource_json.get("DeletionPolicy") not in _RETAINED:
            delete(self, parsed_resource, resource_json)

    return keeping


def _with_streams(get_cfn_attribute: Any) -> Any:
    """A log group's Arn attribute ends in `:*`, so that a policy for it covers the group's streams."""

    def getting(self: Any, attribute_name: str) -> str:
        found = str(get_cfn_attribute(self, attribute_name))
        return f"{found}:*" if attribute_name == "Arn" and not found.endswith(":*") else found

    return getting


def _failing_as_a_stack(apply: Any) -> Any:
    def applying(self: Any) -> None:
        try:
            apply(self)
        except Exception as err:
            self.stack.status = f"{self.change_set_type}_FAILED"
            self.stack._add_stack_event(self.stack.status, resource_status_reason=str(err))  # noqa: SLF001
            raise ValidationError(self.stack_name, f"{self.stack_name}: {err}") from err
        self.stack.template = self.template
        self.stack.template_dict = self.template_dict
        self.stack.output_map = self.stack._create_output_map()  # noqa: SLF001

    return applying


def _keeping_what_failed(delete_stack: Any) -> Any:
    """DeleteStack is accepted whatever comes of it; the stack's status tells."""

    def deleting(self: Any, name: str) -> None:
        stack = next((each for each in self.stacks.values() if name in {each.name, each.stack_id}), None)
        try:
            delete_stack(self, name)
        except Exception as err:
            if stack is None:
                raise
            stack.status = "DELETE_FAILED"
            stack._add_stack_event(stack.status, resource_status_reason=str(err))  # noqa: SLF001
            self.stacks[stack.stack_id] = stack

    return deleting


def _describe(self: Any) -> Any:
    found = find_change_set(self.cloudformation_backend, self._get_param("ChangeSetName"), self._get_param("StackName"))
    return responses.ActionResult(found)


def _execute(self: Any) -> Any:
    backend = self.cloudformation_backend
    stack = self._get_param("StackName")
    found = find_change_set(backend, self._get_param("ChangeSetName"), stack)
    backend.execute_change_set(stack_name=stack, change_set_name=found.change_set_id)
    return responses.EmptyResult()


def _delete(self: Any) -> Any:
    """Deleting what does not exist is no error."""
    backend = self.cloudformation_backend
    name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
    for change_set in list(backend.change_sets.values()):
        if name in {change_set.change_set_name, change_set.change_set_id} and stack in {
            None,
            change_set.stack_name,
            change_set.stack_id,
        }:
            del backend.change_sets[change_set.change_set_id]
    return responses.EmptyResult()
