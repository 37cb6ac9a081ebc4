"""How builds get out: through a VPC, a proxy, or with certificates of one's own."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from aws_cdk import Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from mirror.config.operation import Network, Vpc
from stacks import nag
from stacks.mirror_asset import CA_FILE

HTTPS_PORT = 443
ALWAYS_DIRECT = ("localhost", "127.0.0.1", "169.254.169.254", "169.254.170.2")
"""The last two are where a build gets its credentials from."""


class BuildNetwork(Construct):
    """The VPC settings of the project, and what its role needs for them. The VPC itself is there already."""

    def __init__(self, scope: Construct, id: str, *, network: Network, vpc: Vpc) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        self._vpc = vpc
        groups = list(vpc.security_groups) or [self._security_group(network, vpc).attr_group_id]
        self._groups = groups

    @property
    def settings(self) -> codebuild.CfnProject.VpcConfigProperty:
        """For the project."""
        return codebuild.CfnProject.VpcConfigProperty(
            vpc_id=self._vpc.id, subnets=list(self._vpc.subnets), security_group_ids=self._groups
        )

    def allow(self, role: iam.Role) -> None:
        """What CodeBuild does with the role to put a build into the subnets, and nothing in others."""
        stack = Stack.of(self)
        arn = f"arn:{stack.partition}:ec2:{stack.region}:{stack.account}"
        subnets = [f"{arn}:subnet/{subnet}" for subnet in self._vpc.subnets]
        interfaces = f"{arn}:network-interface/*"
        for statement in (
            iam.PolicyStatement(
                sid="SeeNetwork",
                actions=[
                    "ec2:DescribeDhcpOptions",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                sid="MakeNetworkInterfaces",
                actions=["ec2:CreateNetworkInterface"],
                resources=[interfaces, *subnets, *(f"{arn}:security-group/{group}" for group in self._groups)],
            ),
            iam.PolicyStatement(
                sid="RemoveNetworkInterfaces",
                actions=["ec2:DeleteNetworkInterface"],
                resources=[interfaces],
                conditions={"ArnEquals": {"ec2:Subnet": subnets}},
            ),
            iam.PolicyStatement(
                sid="LendNetworkInterfaces",
                actions=["ec2:CreateNetworkInterfacePermission"],
                resources=[interfaces],
                conditions={
                    "ArnEquals": {"ec2:Subnet": subnets},
                    "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"},
                },
            ),
        ):
            role.add_to_principal_policy(statement)
        nag.acknowledge(role, nag.network_interfaces(self, interfaces))

    def _security_group(self, network: Network, vpc: Vpc) -> ec2.CfnSecurityGroup:
        ports = {HTTPS_PORT: "Registries and AWS"}
        proxy = urlsplit(network.proxy).port if network.proxy else None
        if proxy is not None:
            ports.setdefault(proxy, "The proxy")
        return ec2.CfnSecurityGroup(
            self,
            "SecurityGroup",
            group_description="Builds of hub-mirror: out to registries and AWS, nothing in",
            vpc_id=vpc.id,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp", from_port=port, to_port=port, description=description, **addresses
                )
                for port, description in ports.items()
                for addresses in ({"cidr_ip": "0.0.0.0/0"}, {"cidr_ipv6": "::/0"})
            ],
        )


def variables(network: Network) -> Mapping[str, str]:
    """Environment variables that the engine and boto3 heed."""
    found: dict[str, str] = {}
    if network.proxy:
        found |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), network.proxy)
        found["NO_PROXY"] = ",".join(dict.fromkeys((*network.no_proxy, *ALWAYS_DIRECT)))
    if network.ca_bundle:
        # From the source's directory, where every command of the build runs.
        found["AWS_CA_BUNDLE"] = CA_FILE
    return found
