"""Another CDK app that mirrors what its service is built from. No mirror.yaml: the configuration is objects.

From a checkout of hub-mirror: ``cdk synth --app 'python3 examples/other-app/app.py'``
"""

import os
import sys
from pathlib import Path
from typing import Any

# An app elsewhere names the checkout (a submodule, say) in PYTHONPATH, and leaves this out.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from mirror.config.model import (
    DestinationConfig,
    DestinationName,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    Schedule,
)
from mirror.config.operation import Watch
from stacks import names
from stacks.mirror_stack import MirrorStack
from stacks.private_repository import PrivateRepository

NGINX = ImageConfig(
    name="nginx",
    upstream="library/nginx",
    selectors=(ExplicitTag("1.29"),),
    to=(DestinationName.PRIVATE,),
)
CONFIG = MirrorConfig(
    name="shop",
    images=(NGINX,),
    public=None,
    private=DestinationConfig(prefix="shop/hub"),
    schedules=(Schedule(rate="12 hours"),),
    run_on_deploy=True,
    watch=Watch(email=("shop-team@example.com",)),
)


class ShopStack(cdk.Stack):
    """Its own repository of the mirrored image, and a task that runs it."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, **kwargs)
        repository = PrivateRepository(self, "Nginx", repository_name="shop/hub/nginx")
        task = ecs.FargateTaskDefinition(self, "Task")
        task.add_container(
            "web",
            image=ecs.ContainerImage.from_ecr_repository(repository, tag="1.29"),
            logging=ecs.LogDrivers.aws_logs(stream_prefix="web"),
        )


def build(app: cdk.App) -> cdk.App:
    """The shop, and the mirror that fills its repository."""
    home = cdk.Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT") or None, region=os.environ.get("CDK_DEFAULT_REGION") or None
    )
    shop = ShopStack(app, "Shop", env=home)
    mirror = MirrorStack(app, names.stack(CONFIG, names.MIRROR_STACK), config=CONFIG, env=home)
    # The first build must find its repository.
    mirror.add_stack_dependency(shop)
    return app


if __name__ == "__main__":
    build(cdk.App()).synth()
