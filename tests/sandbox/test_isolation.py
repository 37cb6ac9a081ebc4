import os
import subprocess
import sys
from pathlib import Path

from sandbox.isolation import forget_personal_settings, impersonal

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
PERSONAL = {
    "AWS_PROFILE": "nobody",
    "AWS_CONFIG_FILE": "/home/somebody/.aws/config",
    "AWS_ENDPOINT_URL_STS": "https://sts.example",
    "CDK_DEFAULT_ACCOUNT": "210987654321",
    "MIRROR_SOURCE": "https://registry.example",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "http_proxy": "http://proxy.example:3128",
}


def test_personal_settings_are_left_out_and_the_rest_stays() -> None:
    assert impersonal({"PATH": "/bin", "PROXY": "mine", **PERSONAL}) == {"PATH": "/bin", "PROXY": "mine", **FILES}


def test_they_are_forgotten_in_place() -> None:
    environ = {"HOME": "/home/somebody", **PERSONAL}
    forget_personal_settings(environ)
    assert environ == {"HOME": "/home/somebody", **FILES}


def test_the_command_starts_with_a_profile_that_does_not_exist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"],
        cwd=CHECKOUT,
        env={**os.environ, **PERSONAL},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "demo" in done.stdout
