"""The first build after a deployment that changed what builds do."""

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.mirror_asset import MirrorAsset
from stacks.sdk_call import SdkCall

BUSY = "AccountLimitExceededException"
"""What StartBuild says while the project builds already. That is no reason to roll a deployment back."""


class RunOnDeploy(Construct):
    """Starts a build when the source's content hash changes: the engine's or the plan's.

    The hash goes along as the request's idempotency token, so CloudFormation's own repetitions start nothing twice.
    The build starts after all that `role` may do is in place.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        asset: MirrorAsset,
        project: codebuild.IProject,
        role: iam.IRole,
        is_batch: bool = False,
    ) -> None:
        super().__init__(scope, id)
        start = SdkCall(
            self,
            "Start",
            service="CodeBuild",
            action="startBuildBatch" if is_batch else "startBuild",
            parameters={"projectName": project.project_name, "idempotencyToken": asset.asset_hash},
            output_paths=["buildBatch.id" if is_batch else "build.id"],
            statement=iam.PolicyStatement(
                actions=["codebuild:StartBuildBatch" if is_batch else "codebuild:StartBuild"],
                resources=[project.project_arn],
            ),
            ignored_errors=BUSY,
        )
        policy = role.node.try_find_child("DefaultPolicy")
        if policy is not None:
            start.node.add_dependency(policy)
