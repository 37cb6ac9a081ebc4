import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.secrets import Secret
from tests.sandbox.aws.cloudformation.conftest import Plane


def template(plane: Plane, **properties: Any) -> dict[str, Any]:
    wanted = {"Name": f"hub-{plane.unique}", **properties}
    return {
        "Resources": {"It": {"Type": Secret.TYPE, "Properties": wanted}},
        "Outputs": {"Arn": {"Value": {"Ref": "It"}}},
    }


def test_a_secret_is_empty_until_somebody_fills_it_and_an_update_keeps_what_is_in_it(plane: Plane) -> None:
    secrets, name = plane.client("secretsmanager"), f"hub-{plane.unique}"
    stack = plane.deploy("one", template(plane))
    arn = secrets.describe_secret(SecretId=name)["ARN"]
    assert [output["OutputValue"] for output in stack["Outputs"]] == [arn]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=name)
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"username": "a"}))
    plane.deploy("one", template(plane, Description="Docker Hub"))
    assert secrets.describe_secret(SecretId=name)["Description"] == "Docker Hub"
    assert json.loads(secrets.get_secret_value(SecretId=name)["SecretString"]) == {"username": "a"}
    plane.destroy("one")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.describe_secret(SecretId=name)


def test_a_name_that_is_taken_fails_the_stack(plane: Plane) -> None:
    plane.client("secretsmanager").create_secret(Name=f"hub-{plane.unique}", SecretString="mine")
    with pytest.raises(ClientError, match="already exists"):
        plane.deploy("one", template(plane))
