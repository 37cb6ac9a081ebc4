"""`AWS::EC2::SecurityGroup`, in moto's EC2. moto's own forgets the rules about what may go out."""

import uuid
from typing import Any, Self

from moto.ec2.models import EC2Backend, ec2_backends

from sandbox.aws.cloudformation.resource import Resource, register


@register
class SecurityGroup(Resource):
    """A group in a VPC that is there already."""

    TYPE = "AWS::EC2::SecurityGroup"
    REPLACED_BY = ("GroupDescription", "VpcId")

    @property
    def _backend(self) -> EC2Backend:
        return ec2_backends[self.account][self.region]

    def attributes(self) -> dict[str, str]:
        """GroupId, which is `Ref` too, and VpcId."""
        return {"GroupId": self.name, "VpcId": str(self.properties["VpcId"])}

    def create(self) -> None:
        """Its id becomes its name here; the one that people see is made up, as CloudFormation does."""
        made = self._backend.create_security_group(
            name=f"{self.name}-{uuid.uuid4().hex[:12]}",
            description=self.properties["GroupDescription"],
            vpc_id=self.properties["VpcId"],
        )
        self.name = made.id
        self._set_rules()

    def update(self, old: Self) -> None:  # noqa: ARG002 - the rules are set anew
        """Set the rules anew."""
        self._set_rules()

    def remove(self) -> None:
        """Delete it."""
        self._backend.delete_security_group(group_id=self.name)

    def _set_rules(self) -> None:
        """A template that says what goes out replaces what is said of everything otherwise."""
        group = self._backend.get_security_group_by_name_or_id(self.name, self.properties["VpcId"])
        wanted: list[dict[str, Any]] = self.properties.get("SecurityGroupEgress", [])
        if wanted:
            group.egress_rules.clear()
        for rule in wanted:
            ranges = [{key: rule[key]} for key in ("CidrIp", "CidrIpv6") if key in rule]
            self._backend.authorize_security_group_egress(
                self.name, rule["IpProtocol"], str(rule["FromPort"]), str(rule["ToPort"]), ranges
            )
