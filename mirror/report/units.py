"""Numbers for people."""

from mirror.registry.protocols import PullQuota

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def bytes_text(count: int) -> str:
    """``0 B``, ``812 KiB``, ``1.4 GiB``."""
    value = float(count)
    for unit in _UNITS:
        if round(value) < 1024 or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable: the last unit takes everything")


def seconds_text(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 20 s``, ``55 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def count_text(count: int, singular: str, plural: str = "") -> str:
    """``1 pull``, ``4 pulls``."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def quota_text(quota: PullQuota | None) -> str:
    """``, 186 of 200 in 6 h left``; empty when the source named no limit."""
    if quota is None:
        return ""
    hours = f" in {quota.window_seconds / 3600:g} h" if quota.window_seconds else ""
    return f", {quota.remaining} of {quota.limit}{hours} left"
