"""The status page: one HTML file that needs nothing else, for a person who opens it from a bucket or a disk."""

from mirror.report.page.render import render

__all__ = ["render"]
