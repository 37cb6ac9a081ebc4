"""Whether a registry answers at all, and whether this machine's clock agrees with it."""

from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from mirror.credentials.registries import Network
from mirror.doctor.finding import Finding, bad, failed, ok, warning
from mirror.errors import TransportError
from mirror.registry.remote import RemoteRegistry
from mirror.transport.client import Request

CLOCK = "clock"
"""What the findings on it are called."""

NOTICED_SECONDS = 30.0
"""Above what a slow answer explains."""
REFUSED_SECONDS = 300.0
"""AWS takes no request that is signed at another time than this."""

_FIX = "Set the clock: timedatectl set-ntp true, or restart the virtual machine."


def reachable(network: Network, registry: RemoteRegistry) -> list[Finding]:
    """Asks the registry's base, without credentials; any answer will do."""
    what = f"way to {registry.host}"
    try:
        response = network.client.send(Request("GET", f"{registry.session.base_url}/v2/"))
    except TransportError as err:
        return [failed(what, err)]
    findings = [ok(what, f"it answers (HTTP {response.status})")]
    seconds = skew(response.header("Date"), network.client.clock.wall())
    return [*findings, *([] if seconds is None else [judged(registry.host, seconds)])]


def skew(date: str | None, now: float) -> float | None:
    """Seconds that we are ahead; `None` where the answer has no readable date."""
    try:
        return now - parsedate_to_datetime(date or "").timestamp()
    except (ValueError, OverflowError):
        return None


def judged(host: str, seconds: float) -> Finding:
    """What so many seconds mean."""
    if abs(seconds) < NOTICED_SECONDS:
        return ok(CLOCK, f"agrees with {host}")
    detail = f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} {host}"
    return (bad if abs(seconds) >= REFUSED_SECONDS else warning)(CLOCK, detail, _FIX)


def worst(findings: Sequence[Finding]) -> Finding | None:
    """Of several, one is enough."""
    levels = ["ok", "warning", "bad"]
    return max(findings, key=lambda finding: levels.index(finding.level), default=None)
