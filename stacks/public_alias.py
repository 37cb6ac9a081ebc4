"""ECR Public's name of the account's registry, which no resource of CloudFormation tells."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import nag, names
from stacks.sdk_call import SdkCall


class PublicAlias(Construct):
    """Asks for it while the stack is deployed. There is none before the first public repository."""

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        field = "registries.0.registryUri"
        call = SdkCall(
            self,
            "Ask",
            service="ECRPUBLIC",
            action="describeRegistries",
            parameters={},
            output_paths=[field],
            statement=iam.PolicyStatement(actions=["ecr-public:DescribeRegistries"], resources=["*"]),
            region=names.PUBLIC_REGION,
        )
        nag.acknowledge(call, nag.ALIAS_HAS_NO_RESOURCE)
        self.registry = call.get_response_field(field)
        """What stands before the names of public images: ``public.ecr.aws/a1b2c3d4``."""
