"""`mirror doctor` as a whole: a healthy patient, and one sickness at a time."""

import json
from pathlib import Path

import pytest

from mirror import cli, settings
from mirror.doctor.command import Health
from sandbox.registries.docker_hub import Account
from sandbox.registries.store import Store
from tests.conftest import REGION
from tests.mirror.doctor.conftest import ARN, BOTH, Patient
from tests.support import Answer, ScriptedServer


def test_all_is_well(patient: Patient) -> None:
    registries = patient.registries
    ecr, public = registries.ecr_url.partition("://")[2], registries.public_url
    hub, public_host = registries.hub_url.partition("://")[2], public.partition("/")[0]
    assert patient.examine() is Health.WELL
    assert patient.said == [
        f"ok       AWS identity: {ARN} in {REGION}",
        "ok       Docker Hub login: user name and token are accepted (maven, by HEAD)",
        "ok       pull budget: 200 of 200 pulls in 6 h are left",
        "ok       pull budget's owner: the account",
        f"ok       ECR: {ecr}, API in {REGION}",
        "ok       repositories in private: all 1 are there",
        f"ok       permissions in private: 6 calls tried on {ecr}/hub/maven, all allowed",
        f"ok       ECR Public: {public_host}, API in us-east-1",
        f"ok       public alias: a1b2c3d4: FROM {public}/…",
        "ok       repositories in public: all 1 are there",
        f"ok       permissions in public: 5 calls tried on {public}/maven, all allowed",
        f"ok       way to {hub}: it answers (HTTP 401)",
        f"ok       way to {ecr}: it answers (HTTP 401)",
        f"ok       way to {public_host}: it answers (HTTP 401)",
        f"ok       clock: agrees with {hub}",
        "15 checks: 15 ok, 0 warning, 0 bad",
    ]


def test_nothing_is_changed_and_nothing_is_pulled(patient: Patient) -> None:
    registries = patient.registries
    patient.examine()
    assert registries.hub_state.pulls == 0
    for store in (registries.hub, registries.private[REGION].store, registries.public.store):
        for repository in store.repositories.values():
            if repository.name != "library/maven":
                assert (repository.tags, repository.manifests, repository.blobs) == ({}, {}, set())
    assert registries.log.count(action="upload", method="PUT", status=201) == 0


def test_a_permission_that_is_missing_is_named_with_what_to_do(patient: Patient) -> None:
    service = patient.registries.private[REGION]
    denied = {"ecr:PutImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer"}
    service.authorize = lambda _key, action, _resource: action not in denied
    assert patient.examine() is Health.ILL
    repository = f"{patient.registries.ecr_url.partition('://')[2]}/hub/maven"
    for action in denied:
        line = patient.line(f"{action} in private")
        assert line.startswith("bad ")
        assert f"→ Allow {action} on {repository}. The build's role" in line
    assert patient.said[-1].endswith("0 warning, 3 bad")


@pytest.mark.parametrize(
    "action",
    [
        "ecr:DescribeImages",
        "ecr:BatchCheckLayerAvailability",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
        "ecr:PutImage",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ],
)
def test_each_permission_is_missed(patient: Patient, action: str) -> None:
    patient.registries.private[REGION].authorize = lambda _key, asked, _resource: asked != action
    patient.text = BOTH.replace("[private, public]", "[private]")
    assert patient.examine() is Health.ILL
    assert f"Allow {action} on " in patient.line(f"{action} in private")
    assert patient.said[-1].endswith("0 warning, 1 bad")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sts:GetServiceBearerToken", "*"),
        ("ecr-public:GetAuthorizationToken", "*"),
        ("ecr-public:DescribeImageTags", "maven"),
        ("ecr-public:PutImage", "maven"),
    ],
)
def test_each_public_permission_is_missed(patient: Patient, action: str, resource: str) -> None:
    patient.registries.public.authorize = lambda _key, asked, _resource: asked != action
    assert patient.examine() is Health.ILL
    line = patient.line(f"{action} in public")
    assert f"Allow {action} on " in line
    assert f"{resource}. The build's role" in line
    assert patient.said[-1].endswith("0 warning, 1 bad")


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ("ecr:GetAuthorizationToken", "ECR"),
        ("ecr:DescribeRepositories", "repositories in private"),
    ],
)
def test_without_the_first_calls_the_others_are_not_tried(patient: Patient, action: str, what: str) -> None:
    patient.registries.private[REGION].authorize = lambda _key, asked, _resource: asked != action
    assert patient.examine() is Health.ILL
    assert f"→ Allow {action} on " in patient.line(what)
    assert not any("permissions in private" in line for line in patient.said)
    assert "all allowed" in patient.line("permissions in public")


def test_repositories_that_are_not_deployed_are_named(patient: Patient) -> None:
    patient.text = BOTH.replace("[maven:3.6]", "[redis:8, maven:3.6]")
    assert patient.examine() is Health.ILL
    assert patient.line("repositories in private") == (
        "bad      repositories in private: 1 of 2 do not exist: hub/redis "
        "→ Deploy the stacks: make deploy. An adopted one has to be made by whoever owns it."
    )
    assert "/hub/maven, all allowed" in patient.line("permissions in private")


def test_a_public_registry_that_is_not_there_yet(patient: Patient) -> None:
    patient.registries.public.delete_repository("maven")
    assert patient.examine() is Health.ILL
    assert "this account has no public registry yet → It comes with" in patient.line("ECR Public")


def test_another_alias_than_the_file_says(patient: Patient) -> None:
    patient.text = BOTH.replace("public: {}", "public: {alias: acme}")
    assert patient.examine() is Health.WELL
    line = patient.line("public alias")
    assert line.startswith("warning  public alias: a1b2c3d4, but mirror.yaml says acme → Write public.alias: a1b2c3d4")


def test_a_login_that_is_not_accepted(patient: Patient) -> None:
    patient.environ[settings.HUB_TOKEN] = "wrong"
    assert patient.examine() is Health.NO_CREDENTIALS
    line = patient.line("Docker Hub login")
    assert "refuses the user name and token" in line
    assert "→ Check the user name and the access token" in line
    assert "wrong" not in "\n".join(patient.said)


def test_half_of_a_login(patient: Patient) -> None:
    del patient.environ[settings.HUB_USERNAME]
    assert patient.examine() is Health.NO_CREDENTIALS
    assert "go together" in patient.line("Docker Hub credentials")
    assert "all allowed" in patient.line("permissions in private")


def test_an_image_that_does_not_exist(patient: Patient) -> None:
    patient.text = BOTH.replace("maven:3.6", "nobody/nothing:1")
    assert patient.examine() is Health.ILL
    assert "→ Check that nobody/nothing exists there" in patient.line("Docker Hub login")


def test_anonymous_on_an_address_that_others_use(patient: Patient) -> None:
    patient.environ.clear()
    patient.registries.hub_state.anonymous = Account(100, used=37)
    assert patient.examine() is Health.WELL
    assert patient.line("pull budget") == "ok       pull budget: 63 of 100 pulls in 6 h are left"
    assert patient.line("pull budget's owner") == (
        "warning  pull budget's owner: the address 127.0.0.1: 37 used already, by this machine or others behind it "
        "→ Name a secret with a read-only access token in docker_hub.credentials_secret, and deploy."
    )
    patient.environ["CODEBUILD_BUILD_ID"] = "hub-mirror:1"
    patient.examine()
    assert "which CodeBuild gives to other customers too" in patient.line("pull budget's owner")


def test_a_spent_budget_is_no_failure(patient: Patient) -> None:
    patient.registries.hub_state.accounts["me"] = Account(200, used=190)
    patient.text = BOTH + "docker_hub: {keep_pulls: 20}\n"
    assert patient.examine() is Health.WELL
    assert patient.line("pull budget").startswith(
        "warning  pull budget: 10 of 200 pulls in 6 h are left, and 20 are kept for others (keep_pulls) → New images"
    )


@pytest.mark.parametrize(("days", "level", "health"), [(0.0005, "warning", Health.WELL), (-0.5, "bad", Health.ILL)])
def test_a_clock_that_is_wrong(patient: Patient, days: float, level: str, health: Health) -> None:
    patient.clock.days = days
    assert patient.examine() is health
    line = patient.line("clock")
    assert line.startswith(level)
    assert ("ahead of" if days > 0 else "behind") in line
    assert "→ Set the clock" in line


def test_no_aws_credentials(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert patient.examine() is Health.NO_CREDENTIALS
    for what in ("AWS identity", "ECR", "ECR Public"):
        assert "Unable to locate credentials → Log in to AWS" in patient.line(what)
    assert "accepted" in patient.line("Docker Hub login")


def test_registries_of_ones_own_need_no_aws(patient: Patient, sts: ScriptedServer) -> None:
    url = patient.registries.plain("mine", Store())
    assert patient.examine(private=url) is Health.WELL
    assert sts.asked == []
    assert patient.registries.log.summary("private") == {}
    assert patient.line("permissions in private").endswith("/hub/maven, all allowed")
    guarded = patient.registries.plain("guarded", Store(), user="me", password="secret")
    assert patient.examine(private=guarded) is Health.ILL
    assert patient.line("push in private").startswith("bad ")


def test_the_exit_codes(patient: Patient, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mirror.yaml"
    file.write_text("version: 1\n" + BOTH)
    arguments = ["doctor", "--config", str(file)]
    environ = {**patient.environ, settings.SOURCE: patient.registries.hub_url}
    assert cli.main(arguments, environ) == 0
    assert capsys.readouterr().out.endswith("15 checks: 15 ok, 0 warning, 0 bad\n")
    assert cli.main(arguments, {**environ, settings.HUB_TOKEN: "wrong"}) == 3
    patient.registries.private[REGION].delete_repository("hub/maven")
    assert cli.main(arguments, environ) == 1


def test_other_programs_get_the_findings_as_json(
    patient: Patient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mirror.yaml"
    file.write_text("version: 1\n" + BOTH)
    environ = {**patient.environ, settings.SOURCE: patient.registries.hub_url}
    patient.registries.private[REGION].delete_repository("hub/maven")
    assert cli.main(["doctor", "--json", "--config", str(file)], environ) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["well"]) == (1, False)
    (bad,) = (finding for finding in document["findings"] if finding["level"] == "bad")
    assert bad["what"] == "repositories in private"
    assert bad["detail"] == "1 of 1 do not exist: hub/maven"
    assert bad["fix"].startswith("Deploy the stacks")
    assert all(set(finding) == {"level", "what", "detail", "fix"} for finding in document["findings"])


def test_a_secret_that_the_role_may_not_read(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    patient.environ.clear()
    patient.text = f"docker_hub: {{credentials_secret: hub-mirror/docker-hub}}\n{BOTH}"
    denied = b'{"__type": "AccessDeniedException", "message": "not authorized"}'
    with ScriptedServer(Answer(400, {"Content-Type": "application/x-amz-json-1.1"}, denied)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.url)
        assert patient.examine() is Health.ILL
    line = patient.line("Docker Hub credentials")
    assert line.startswith("bad      Docker Hub credentials: the Docker Hub secret hub-mirror/docker-hub: AccessDenied")
    assert line.endswith("→ Allow secretsmanager:GetSecretValue on it.")


def test_a_build_can_be_examined_before_it_mirrors(
    patient: Patient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mirror.yaml"
    file.write_text("version: 1\n" + BOTH)
    environ = {**patient.environ, settings.SOURCE: patient.registries.hub_url, settings.DOCTOR: "1"}
    patient.registries.private[REGION].create_repository("extra")
    assert cli.main(["sync", "--config", str(file), "--dry-run"], environ) == 0
    out = capsys.readouterr().out
    assert out.index("15 checks: 15 ok") < out.index("dry run: nothing is changed")
    assert cli.main(["sync", "--config", str(file)], {**environ, settings.HUB_TOKEN: "wrong"}) == 3
    assert "1 reference from" not in capsys.readouterr().out
