"""The order in which a deployment does things.

moto 5.2.5 removes what a new template no longer has before it makes and changes the rest, and deletes in no order at
all. CloudFormation removes last, and nothing before what depends on it. What runs on deletion sees the difference.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from moto.cloudformation import parsing

_SUBSTITUTED = re.compile(r"\$\{(\w+)[.}]")


def correct_order() -> None:
    """Put the corrections in place."""
    parsing.ResourceMap.update = _update
    parsing.ResourceMap.delete = _delete


def last_first(resources: Mapping[str, Any]) -> list[str]:
    """Logical ids, each before those that it depends on."""
    needs = {name: set(_named(resource)) & (resources.keys() - {name}) for name, resource in resources.items()}
    return list(TopologicalSorter(needs).static_order())[::-1]


def _named(value: Any) -> Iterator[str]:
    """What could be a logical id in there."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key in {"Ref", "Fn::GetAtt", "DependsOn"}:
                names = [member] if isinstance(member, str) else member if key == "DependsOn" else member[:1]
                yield from (name.partition(".")[0] for name in names)
            elif key == "Fn::Sub":
                yield from _SUBSTITUTED.findall(member if isinstance(member, str) else member[0])
                yield from _named(member)
            else:
                yield from _named(member)
    elif isinstance(value, list):
        for member in value:
            yield from _named(member)


def _update(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    changes = self.build_resource_diff(template, parameters)
    old = self._resource_json_map
    self._template = template
    if parameters:
        self.input_parameters = parameters
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    self._resource_json_map = template["Resources"]
    for name in changes["Add"]:
        _ = self[name]  # which makes it
    _until_done(changes["Modify"], lambda name: _modify(self, name))
    gone = [name for name in last_first(old) if name in set(changes["Remove"])]
    _until_done(gone, lambda name: _remove(self, name, old[name]))


def _delete(self: Any) -> None:
    resources = self._resource_json_map
    _until_done(last_first(resources), lambda name: _remove(self, name, resources[name]))


def _modify(self: Any, name: str) -> None:
    self._parsed_resources[name] = parsing.parse_and_update_resource(
        name,
        self._resource_json_map[name],
        self,
        account_id=self._account_id,
        region_name=self._region_name,
    )


def _remove(self: Any, name: str, resource_json: dict[str, Any]) -> None:
    parsed = self._parsed_resources.get(name)
    if parsed is not None and not isinstance(parsed, str):
        self._delete_resource(parsed, resource_json)
        self._parsed_resources.pop(name)


def _until_done(names: Iterable[str], do: Any) -> None:
    """Do it for each, again for those where it fails, as long as others succeed: moto finds out so what needs what."""
    waiting = list(names)
    while waiting:
        failed: list[str] = []
        errors: list[Exception] = []
        for name in waiting:
            try:
                do(name)
            except Exception as err:  # noqa: BLE001 - whatever moto's models raise
                failed.append(name)
                errors.append(err)
        if len(failed) == len(waiting):
            raise errors[-1]
        waiting = failed
