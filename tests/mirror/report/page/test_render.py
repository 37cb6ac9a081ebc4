import base64
import hashlib
import re
from dataclasses import replace

import pytest

from mirror.registry.protocols import PullQuota
from mirror.report.model import Action, Certainty
from mirror.report.page import render
from tests import reports


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<script")[0]).split())


def test_the_policy_allows_this_pages_style_and_script_and_nothing_else() -> None:
    html = render(reports.small())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    for name, text in (("style-src", style), ("script-src", script)):
        assert rules.pop(name) == f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
    assert rules == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert not re.search(r"<[^>]+\s(on\w+|style|src)=", html.partition("<script")[0])


def test_the_budget_says_who_used_what() -> None:
    text = text_of(render(reports.small()))
    assert "186 of 200 pulls in 6 h left 3 used by this run 11 used before or by others" in text
    assert "Read with an account. 192 were left before the run." in text


@pytest.mark.parametrize(
    ("remaining", "words"),
    [(0, "0 of 100 pulls left"), (-3, "-3 of 100 pulls left"), (300, "300 of 100 pulls left")],
)
def test_a_budget_that_does_not_add_up_is_drawn_all_the_same(remaining: int, words: str) -> None:
    html = render(replace(reports.small(), quota_after=PullQuota(100, remaining, 0), quota_before=None))
    assert words in text_of(html)
    widths = [float(each) for each in re.findall(r'class="k-(?:left|used)" x="[0-9.]+" width="([0-9.]+)"', html)]
    assert sum(widths) <= 100


def test_without_a_limit_there_is_no_bar() -> None:
    text = text_of(render(replace(reports.small(), quota_after=None)))
    assert "The source named no pull limit. This run used 3 pulls." in text


def test_a_plan_says_that_it_is_one() -> None:
    image = replace(reports.image("app:1", reports.place("app:1", Action.COPIED)), certainty=Certainty.AT_LEAST)
    plan = reports.report(image, dry_run=True)
    text = text_of(render(plan))
    assert "hub-mirror, dry run: nothing was changed" in text
    assert "1 of 1 reference would change" in text
    assert "What a run would do" in text
    assert "1 to copy" in text
    assert "at least 3 would be used" in text
    assert "Pulls needed at least 3 To read from the source, about 60.0 MiB" in text


@pytest.mark.parametrize("url", ["http://a/", "javascript:alert(1)", "", "//a"])
def test_only_secure_links_lead_anywhere(url: str) -> None:
    html = render(replace(reports.small(), build_url=url))
    assert "build hub-mirror:8f1c" in text_of(html)
    assert f'href="{url}"' not in html
