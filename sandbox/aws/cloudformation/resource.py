"""What our CloudFormation types have in common, in the shape that moto calls."""

from abc import abstractmethod
from typing import Any, ClassVar, Self

from moto.core.common_models import CloudFormationModel

from sandbox.aws.cloudformation import imports


class Resource(CloudFormationModel):  # type: ignore[misc]  # moto ships no types
    """One resource of a stack. Subclasses name their type and do the work; this does moto's part.

    Not itself a type: moto asks only direct subclasses of `CloudFormationModel`, so the types are declared by
    `register`.
    """

    TYPE: ClassVar[str] = "Sandbox::Abstract::Resource"
    """Moto lists this class too, for it is a direct subclass of its own."""
    NAME_PROPERTY: ClassVar[str] = ""
    REPLACED_BY: ClassVar[tuple[str, ...]] = ()
    """Properties whose change makes another resource (CloudFormation: *Update requires: Replacement*)."""

    def __init__(self, name: str, properties: dict[str, Any], account: str, region: str) -> None:
        self.name = name
        self.properties = properties
        self.account = account
        self.region = region

    @property
    def physical_resource_id(self) -> str:
        """What `Ref` gives."""
        return self.name

    def attributes(self) -> dict[str, str]:
        """What `Fn::GetAtt` gives."""
        return {}

    @abstractmethod
    def create(self) -> None:
        """Make it."""

    def adopt(self) -> None:
        """Take over what exists, for `cdk import`. Its properties stay as they are, until an update changes some."""
        raise ValueError(f"ResourceTypes [{self.TYPE}] are not supported for Import")

    @abstractmethod
    def update(self, old: Self) -> None:
        """Change what `old` made into this."""

    @abstractmethod
    def remove(self) -> None:
        """Delete it."""

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Moto's name for `attributes`."""
        found = self.attributes().get(attribute_name)
        if found is None:
            raise AttributeError(f"{self.TYPE} has no attribute {attribute_name}")
        return found

    def delete(self, account_id: str, region_name: str) -> None:  # noqa: ARG002 - moto's signature
        """Moto's name for `remove`."""
        self.remove()

    @classmethod
    def cloudformation_type(cls) -> str:
        """Moto asks."""
        return cls.TYPE

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Moto asks."""
        return cls.NAME_PROPERTY

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003 - moto's signature
        """Outputs are checked when they are read."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Self:
        """Moto creates."""
        made = cls(resource_name, cloudformation_json.get("Properties", {}), account_id, region_name)
        if imports.is_running():
            made.adopt()
        else:
            made.create()
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Moto updates. What CloudFormation would replace is made anew before the old one goes."""
        properties = cloudformation_json.get("Properties", {})
        made = cls(new_resource_name, properties, account_id, region_name)
        old = original_resource.properties
        if any(old.get(name) != properties.get(name) for name in (cls.NAME_PROPERTY, *cls.REPLACED_BY) if name):
            made.create()
            original_resource.remove()
        else:
            made.name = original_resource.name
            made.update(original_resource)
        return made

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        """Moto deletes what it knows by name only; never reached, because instances have `delete`."""
        cls(resource_name, cloudformation_json.get("Properties", {}), account_id, region_name).remove()


def register(resource: type[Resource]) -> type[Resource]:
    """Make the class a direct subclass of moto's, as moto's search for types wants it."""
    from moto.cloudformation import parsing  # noqa: PLC0415 - importing it loads every type of moto's own

    parsing.get_model_list().append(resource)
    parsing.get_model_map()[resource.TYPE] = resource
    parsing.get_name_type_map()[resource.TYPE] = resource.NAME_PROPERTY
    return resource
