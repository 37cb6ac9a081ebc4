"""Files that are made of a report.

Each module of this package that has a `VIEW` makes one: adding a view is adding its module, and nothing else.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mirror import report as package
from mirror.report.cost import Usage
from mirror.report.model import RunReport

Render = Callable[[RunReport, Usage], Sequence[str]]
"""From the report, and from what is taken for granted of its use, to the texts of one or more files."""


@dataclass(frozen=True, slots=True)
class View:
    """What a module's files are called, and where they go."""

    stem: str
    """``report`` in ``report.md``. A dry run's are called ``plan``: they must not hide what is true."""
    suffix: str
    media_type: str
    render: Render
    is_numbered: bool = False
    """``junit-1.xml``, ``junit-2.xml``: there may be several."""
    is_of_plans: bool = True
    """Also made of dry runs."""
    is_kept: bool = True
    """Also put into the bucket, under its name."""
    is_dated: bool = True
    """There also under the time of the run, which no later run overwrites."""

    def files(self, report: RunReport, usage: Usage) -> dict[str, bytes]:
        """By name."""
        if report.dry_run and not self.is_of_plans:
            return {}
        stem = "plan" if report.dry_run else self.stem
        texts = self.render(report, usage)
        numbers = [f"-{number}" for number in range(1, len(texts) + 1)] if self.is_numbered else [""]
        # Text from a registry can hold halves of surrogate pairs, which no encoding has.
        return {
            f"{stem}{number}.{self.suffix}": text.encode("utf-8", "replace")
            for number, text in zip(numbers, texts, strict=True)
        }


def views() -> tuple[View, ...]:
    """All of them, by their modules' names. Importing them takes 20 ms: not before they are wanted."""
    modules = (importlib.import_module(f"{package.__name__}.{each.name}") for each in _modules())
    return tuple(found for module in modules if isinstance(found := getattr(module, "VIEW", None), View))


def _modules() -> list[pkgutil.ModuleInfo]:
    return sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name)
