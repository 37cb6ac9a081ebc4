"""Whole runs from Docker Hub into Amazon ECR and ECR Public."""

import pytest

from mirror.credentials import registries as opening
from mirror.errors import CredentialsError
from mirror.report.model import Action
from sandbox.registries.docker_hub import Account
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.seeds import CORPUS_BLOBS, CORPUS_MANIFESTS, CORPUS_TAGS, seed_corpus
from sandbox.registries.server import Registries
from sandbox.registries.store import Repository
from sandbox.registries.throttle import Throttle
from tests.conftest import REGION
from tests.stage import Stage, actions, both, is_whole, rows
from tests.support import SharedClock

WIDE = ("linux/amd64", "linux/arm64")

BLOBS_BY_REPOSITORY = 180
# Of the corpus: those that several repositories share counted in each, because ECR mounts nothing by itself.


@pytest.fixture
def amazon(stage: Stage, aws_environment: None) -> Stage:
    """A stage whose destinations are Amazon's."""
    stage.urls = {"private": None, "public": None}
    return stage


def declare(registries: Registries, *names: str) -> None:
    for name in names:
        registries.private[REGION].create_repository(name)
        registries.public.create_repository(name)


def copies(registries: Registries, name: str) -> tuple[Repository, Repository]:
    return registries.private[REGION].store.create(name), registries.public.store.create(name)


def without_mounts(found: dict[str, int]) -> dict[str, int]:
    """Without the few mounts that were tried before the answer to the first one was known."""
    tried = found.pop("DELETE upload", 0)
    assert 1 <= tried <= 16
    return {**found, "POST upload": found["POST upload"] - tried}


def test_a_first_run_and_one_with_nothing_new(amazon: Stage) -> None:
    registries = amazon.registries
    references = seed_corpus(registries.hub, layer_size=512)
    declare(registries, *{reference.partition(":")[0] for reference in references})
    report = amazon.run(both(references))
    assert set(actions(report).values()) == {"copied"}
    for reference in references:
        name, _, tag = reference.partition(":")
        digest = registries.hub.create(name).tags[tag]
        assert all(copy.tags[tag] == digest and is_whole(copy, digest) for copy in copies(registries, name))
    log = registries.log
    assert log.summary("hub") == {
        "HEAD manifest": CORPUS_TAGS + 1,
        "GET token": 10,
        "GET manifest": CORPUS_MANIFESTS,
        "GET blob": CORPUS_BLOBS,
    }
    private, public = without_mounts(log.summary("private")), without_mounts(log.summary("public"))
    # What Docker Hub has given once is taken from ECR for the other repositories that want it. Those that ask at the
    # same moment share one reading, so how often depends on the threads; Docker Hub's figures above do not.
    assert 0 < private.pop("GET blob", 0) + public.pop("GET blob", 0) <= BLOBS_BY_REPOSITORY - CORPUS_BLOBS
    # A token; the tags of each repository; roots and children by digest; layers once for each image.
    api = 1 + 10 + CORPUS_TAGS + 60 + CORPUS_TAGS
    written = {"PUT upload": BLOBS_BY_REPOSITORY, "PUT manifest": CORPUS_MANIFESTS}
    assert private == {"POST api": api, "POST upload": BLOBS_BY_REPOSITORY, **written}
    # The public registry's alias is asked for, and its token exchanged once, after a first refusal.
    assert public == {"POST api": api + 1, "GET token": 1, "POST upload": BLOBS_BY_REPOSITORY + 1, **written}
    report = amazon.run(both(references))
    assert set(actions(report).values()) == {"unchanged"}
    assert log.summary("hub") == {"HEAD manifest": CORPUS_TAGS + 1, "GET token": 10}
    assert log.summary("private") == {"POST api": 1 + 10} == log.summary("public")


def test_a_platform_filter_costs_an_unchanged_run_one_call_for_a_hundred_tags(amazon: Stage) -> None:
    registries = amazon.registries
    tags = [f"1.{number}" for number in range(120)]
    for tag in tags:
        ImageBuilder(registries.hub, "library/maven").small([tag, f"{tag}-alias"], name=tag, platforms=WIDE)
    registries.hub_state.anonymous.limit = None
    declare(registries, "maven")
    references = [f"maven:{tag}{alias}" for tag in tags for alias in ("", "-alias")]
    config = both(references).replace("tags: [", "platforms: [linux/amd64], tags: [")
    assert set(actions(amazon.run(config)).values()) == {"copied", "re-tagged"}
    report = amazon.run(config)
    assert set(actions(report).values()) == {"unchanged"}
    assert report.pulls == 0
    log = registries.log
    assert log.summary("hub") == {"HEAD manifest": len(references) + 1, "GET token": 1}
    # A token, one page of tags, and two calls for the indexes; the public registry has the same ones.
    assert log.summary("private") == {"POST api": 1 + 1 + 2}
    assert {entry.reference for entry in log.matching(registry="private")} >= {"DescribeImages", "BatchGetImage"}
    assert log.summary("public") == {"POST api": 2}


def test_a_platform_filter_on_the_public_registry_alone(amazon: Stage) -> None:
    registries = amazon.registries
    for tag in ("1", "2"):
        ImageBuilder(registries.hub, "library/maven").small([tag, f"{tag}-alias"], name=tag, platforms=WIDE)
    declare(registries, "maven")
    config = both(["maven:1", "maven:1-alias", "maven:2"]).replace("tags: [", "platforms: [linux/amd64], tags: [")
    config = config.replace("to: [private, public]", "to: [public]")
    amazon.run(config)
    report = amazon.run(config)
    assert set(actions(report).values()) == {"unchanged"}
    assert registries.log.summary("hub") == {"HEAD manifest": 4, "GET token": 1}
    # There is no call for many: each index once, though three tags are of two.
    assert registries.log.count(registry="public", method="GET", action="manifest", status=200) == 2
    assert registries.log.count(registry="public", method="PUT") == 0


def test_references_are_those_of_a_from_line(amazon: Stage) -> None:
    registries = amazon.registries
    ImageBuilder(registries.hub, "library/maven").small(["3"])
    registries.private[REGION].create_repository("team/maven")
    registries.public.create_repository("maven")
    report = amazon.run(both(["maven:3"]).replace("private: {}", "private: {prefix: team}"))
    assert [row.reference for row in report.images[0].destinations] == [
        f"{registries.ecr_url.partition('://')[2]}/team/maven:3",
        f"{registries.public_url}/maven:3",
    ]
    assert amazon.listener.begun is not None
    assert amazon.listener.begun.destinations["public"] == registries.public_url


def test_a_repository_that_was_not_deployed_fails_alone(amazon: Stage) -> None:
    registries = amazon.registries
    for name in ("maven", "redis"):
        ImageBuilder(registries.hub, f"library/{name}").small(["1"])
    declare(registries, "maven")
    registries.public.create_repository("redis")
    report = amazon.run(both(["maven:1", "redis:1"]))
    assert rows(report, "maven:1") == {"private": Action.COPIED, "public": Action.COPIED}
    assert rows(report, "redis:1") == {"private": Action.FAILED, "public": Action.COPIED}
    row = report.images[1].destinations[0]
    assert row.advice == "The repository redis must exist in private: deploy the stacks."


class Paced:
    """A run into both of Amazon's registries, under their quotas, in which only waiting takes time.

    With one thread of each kind, so that a request arrives when it was let go.
    """

    def __init__(self, registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opening, "LOOKUPS", 1)
        self.registries = registries
        self.clock = SharedClock()
        self.stage = Stage(registries, self.clock)
        self.stage.urls = {"private": None, "public": None}
        registries.hub_state.anonymous = Account(limit=None)
        self.references = seed_corpus(registries.hub, layer_size=64)
        declare(registries, *{reference.partition(":")[0] for reference in self.references})
        for service, uploads in ((registries.private[REGION], 100), (registries.public, 10)):
            service.put_image = Throttle(10, self.clock.monotonic)
            actions = ("InitiateLayerUpload", "CompleteLayerUpload")
            service.uploads = {action: Throttle(uploads, self.clock.monotonic) for action in actions}

    def run(self, to: str = "private, public") -> float:
        """Seconds."""
        before = self.clock.now
        report = self.stage.run(both(self.references).replace("private, public", to), jobs=1)
        assert set(actions(report).values()) == {"copied"}
        return self.clock.now - before


def test_the_rates_stay_below_amazons_quotas(
    registries: Registries, aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced = Paced(registries, monkeypatch)
    seconds = paced.run()
    log = registries.log
    assert log.count(status=429) == 0
    # Eight a second after a burst of eight; what takes longest is the uploads into ECR Public.
    uploads = log.count(registry="public", method="POST", action="upload")
    assert uploads >= BLOBS_BY_REPOSITORY
    assert seconds >= max(uploads - 8, log.count(registry="private", method="PUT", action="manifest") - 8) / 8


@pytest.mark.parametrize(("to", "refused"), [("private", ("PUT", "manifest")), ("public", ("POST", "upload"))])
def test_without_them_amazon_would_say_no(
    registries: Registries,
    aws_environment: None,
    monkeypatch: pytest.MonkeyPatch,
    to: str,
    refused: tuple[str, str],
) -> None:
    monkeypatch.setattr(opening, "PRIVATE_RATES", {})
    monkeypatch.setattr(opening, "PUBLIC_RATES", {})
    Paced(registries, monkeypatch).run(to)
    method, action = refused
    assert registries.log.count(registry=to, method=method, action=action, status=429) > 0


def test_a_token_that_ends_during_the_run(amazon: Stage) -> None:
    """Met by an upload, which has to be fed anew: by the destination that has the layer by then."""
    registries = amazon.registries
    ImageBuilder(registries.hub, "library/maven").small(["1"])
    declare(registries, "maven")

    def hours_later(event: str) -> None:
        if event == "planned":
            amazon.clock.now += 3600
            body = b'{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate."}]}'
            registries.faults.add(Fault(registry="private", method="PUT", action="upload", status=403, body=body))

    amazon.hook = hours_later
    report = amazon.run(both(["maven:1"]))
    assert rows(report, "maven:1") == {"private": Action.COPIED, "public": Action.COPIED}
    assert registries.log.count(registry="private", reference="GetAuthorizationToken") == 2
    read = [entry.reference for entry in registries.log.matching(registry="cdn")]
    assert len(read) == len(set(read)) == 3  # a config and two layers, once each


def test_a_public_registry_that_does_not_exist_yet_fails_alone(amazon: Stage) -> None:
    registries = amazon.registries
    ImageBuilder(registries.hub, "library/maven").small(["1"])
    registries.private[REGION].create_repository("maven")
    report = amazon.run(both(["maven:1"]))
    assert rows(report, "maven:1") == {"private": Action.COPIED, "public": Action.FAILED}
    row = report.images[0].destinations[1]
    assert row.reference == "maven:1"
    assert row.reason == "this account has no public registry yet"
    assert row.advice.endswith("deploy the HubMirrorPublic stack.")


def test_without_aws_credentials_nothing_is_begun(amazon: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ImageBuilder(amazon.registries.hub, "library/maven").small(["1"])
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CredentialsError, match="authorization token of ECR: Unable to locate credentials"):
        amazon.run(both(["maven:1"]))
    assert amazon.registries.log.summary("hub") == {}


def test_another_registry_takes_the_place_of_one_of_amazons(amazon: Stage) -> None:
    """Naming one destination means that one only."""
    ImageBuilder(amazon.registries.hub, "library/maven").small(["1"])
    url = amazon.registries.plain("mine", amazon.one)
    report = amazon.run(both(["maven:1"]), private=url)
    assert rows(report, "maven:1") == {"private": Action.COPIED}
    assert is_whole(amazon.one.create("maven"), amazon.one.create("maven").tags["1"])
    assert amazon.registries.log.summary("public") == {}
