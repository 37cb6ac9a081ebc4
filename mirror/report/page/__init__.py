"""The status page: one HTML file that needs nothing else, for a person who opens it from a bucket or a disk."""

from mirror.report.cost import estimate
from mirror.report.page.render import render
from mirror.report.views import View

__all__ = ["VIEW", "render"]

VIEW = View(
    "status",
    "html",
    "text/html; charset=utf-8",
    lambda report, usage: [render(report, cost=estimate(report, usage))],
)
