"""Docker Hub, ECR and ECR Public of the sandbox, seen by a healthy configuration."""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mirror import settings
from mirror.config import reader
from mirror.doctor.command import Health, doctor
from mirror.run.options import RunOptions
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from tests.conftest import REGION
from tests.support import Answer, ScriptedServer, TodayPlus

ARN = "arn:aws:iam::123456789012:user/me"
IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>{ARN}</Arn><UserId>AIDATEST</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>""".encode()

BOTH = "private: {prefix: hub}\npublic: {}\ndefaults: {to: [private, public]}\nimages: [maven:3.6]\n"


@dataclass
class Patient:
    """What the doctor looks at."""

    registries: Registries
    environ: dict[str, str] = field(default_factory=dict)
    text: str = BOTH
    clock: TodayPlus = field(default_factory=lambda: TodayPlus(time.time()))
    said: list[str] = field(default_factory=list)

    def examine(self, **options: str | None) -> Health:
        self.said = []
        config = reader.read_text(f"version: 1\n{self.text}", source="mirror.yaml")
        chosen = {"source": self.registries.hub_url, "source_is_hub": True, **options}
        where = RunOptions(**chosen)  # type: ignore[arg-type]
        return doctor(config, where, environ=self.environ, say=self.said.append, clock=self.clock).health

    def line(self, what: str) -> str:
        """The one finding of that name, and its fix."""
        (number,) = (number for number, line in enumerate(self.said) if line[9:].startswith(f"{what}: "))
        following = self.said[number + 1] if number + 1 < len(self.said) else ""
        return self.said[number] + (f" {following.strip()}" if following.startswith(" ") else "")


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """The service that tells who one is; it knows it many times."""
    answer = Answer(headers={"Content-Type": "text/xml"}, body=IDENTITY)
    with ScriptedServer(*[answer] * 20) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        yield server


@pytest.fixture
def patient(registries: Registries, aws_environment: None, sts: ScriptedServer) -> Patient:
    """All is well with it."""
    ImageBuilder(registries.hub, "library/maven").small(["3.6"])
    registries.hub_state.users["me"] = "token"
    registries.private[REGION].create_repository("hub/maven")
    registries.public.create_repository("maven")
    return Patient(registries, {settings.HUB_USERNAME: "me", settings.HUB_TOKEN: "token"})


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The command line takes over how a process is stopped; the one that runs the tests keeps its own ways."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
