"""The page as a browser shows it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from mirror.report.cost import estimate, observed
from mirror.report.model import RunReport
from mirror.report.page import render
from tests import reports
from tests.browser import Tab, chromium, open_tab

AXE = Path(__file__).resolve().parents[4] / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = pytest.mark.slow

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report's page from disk; whatever the test does, there is no complaint and no request."""
    opened: list[Tab] = []
    file = tmp_path / "status.html"

    def open_page(report: RunReport, **options: Any) -> Page:
        text = render(report, cost=estimate(report, observed(report.past)))
        file.write_bytes(text.encode("utf-8", "replace"))
        opened.append(open_tab(browser, file.as_uri(), **options))
        return opened[-1].page

    yield open_page
    for tab in opened:
        tab.page.context.close()
        assert tab.complaints == []
        assert tab.requests == [file.as_uri()]


def names(page: Page) -> list[str]:
    return page.locator("#table tbody th > span:first-child").all_inner_texts()


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (reports.small(), "All is well: 3 references up to date"),
        (reports.failing(), "3 of 8 references failed"),
        (reports.large(), "All is well: 2000 references up to date"),
        (reports.report(), "Nothing was asked for"),
    ],
    ids=["small", "failing", "large", "empty"],
)
def test_it_tells_at_one_look_whether_all_is_well(report: RunReport, verdict: str, open_page: Open) -> None:
    page = open_page(report)
    expect(page.locator(".verdict")).to_contain_text(verdict)
    expect(page).to_have_title(f"hub-mirror: {verdict}")
    assert len(names(page)) == min(len(report.images), 200)


def test_failures_come_with_advice_before_anything_else(open_page: Open) -> None:
    page = open_page(reports.failing())
    first = page.locator("main section").first.inner_text()
    assert first.startswith("What needs somebody\nnode:22 failed\ndenied: no permission for PutImage (public)\n")
    assert "Deploy the stacks again." in first
    assert "redis:7 deferred" in first


def test_the_filter_takes_words_and_a_state(open_page: Open) -> None:
    page = open_page(reports.failing())
    page.keyboard.press("/")
    page.keyboard.type("NODE public")
    assert names(page) == ["node:22"]
    expect(page.get_by_role("status").and_(page.locator("#count"))).to_have_text("1 of 8 references")
    page.keyboard.press("Escape")
    assert len(names(page)) == 8
    page.get_by_role("combobox", name="State").select_option("deferred")
    assert names(page) == ["redis:7"]


def test_columns_sort_both_ways(open_page: Open) -> None:
    page = open_page(reports.small())
    page.get_by_role("button", name="Image").click()
    assert names(page) == ["bitnami/redis:7.4", "eclipse-temurin:21-jre", "maven:3.6.3-jdk-11"]
    page.get_by_role("button", name="Image").click()
    assert names(page)[0] == "maven:3.6.3-jdk-11"
    page.get_by_role("button", name="Size").click()
    assert names(page) == ["eclipse-temurin:21-jre", "maven:3.6.3-jdk-11", "bitnami/redis:7.4"]
    sorted_by = page.locator("th[aria-sort]")
    expect(sorted_by).to_have_attribute("aria-sort", "descending")
    expect(sorted_by).to_contain_text("Size")


def test_pull_references_and_from_lines_are_copied(open_page: Open) -> None:
    page = open_page(reports.small(), permissions=["clipboard-read", "clipboard-write"])
    reference = "public.ecr.aws/a1b2c3d4/maven:3.6.3-jdk-11"
    for name, text in (("pull reference", reference), ("FROM line of", f"FROM {reference}")):
        page.get_by_role("button", name=f"Copy the {name} {reference}").click()
        expect(page.locator("#said")).to_have_text(f"Copied: {text}")
        assert page.evaluate("navigator.clipboard.readText()") == text


def test_a_browser_without_a_clipboard_copies_too(open_page: Open) -> None:
    page = open_page(reports.small())
    page.evaluate("() => { Object.defineProperty(navigator, 'clipboard', {value: undefined}) }")
    page.evaluate("() => document.addEventListener('copy', () => { copied = document.activeElement.value })")
    page.get_by_role("button", name=re.compile("FROM line of .*maven")).click()
    expect(page.locator("#said")).to_contain_text("Copied")
    assert page.evaluate("copied") == "FROM public.ecr.aws/a1b2c3d4/maven:3.6.3-jdk-11"


def test_it_works_by_keyboard(open_page: Open) -> None:
    page = open_page(reports.small())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the images")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Images")).to_be_focused()
    image = page.get_by_role("button", name="Image")
    for _ in range(12):
        page.keyboard.press("Tab")
        if image.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    assert names(page)[0] == "bitnami/redis:7.4"


def test_two_thousand_tags_stay_fluid(open_page: Open) -> None:
    page = open_page(reports.large())
    # The best of a few, because a busy machine is not what is judged.
    times = page.evaluate(
        """['team-0', 'service', '', 'team-1', 'arm64', 'team-0'].map((text) => {
          const start = performance.now();
          words.value = text;
          words.dispatchEvent(new Event('input'));
          document.body.getBoundingClientRect();  // layout, too
          return (performance.now() - start) / 1000;
        })"""
    )
    assert 0 < min(times) < 0.5, times
    assert len(names(page)) == 200
    page.get_by_label("Filter").fill("")
    page.get_by_role("button", name="Show 200 more").click()
    assert len(names(page)) == 400
    page.get_by_role("button", name="Show all 2000").click()
    assert len(names(page)) == 2000
    expect(page.locator("#more")).to_be_hidden()


def test_text_from_registries_stays_text(open_page: Open) -> None:
    page = open_page(reports.failing())
    assert "owned" not in page.title().replace(reports.HOSTILE, "")
    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("document.scripts.length") == 2
    assert any(reports.HOSTILE in name for name in names(page))
    assert reports.HOSTILE in page.locator(".trouble").first.inner_text()


def test_the_policy_refuses_what_gets_in_all_the_same(browser: Browser, tmp_path: Path) -> None:
    text = render(reports.small())
    smuggled = "<img src='https://example.invalid/x'><script>document.title = 'owned'</script><style>*{}</style>"
    file = tmp_path / "status.html"
    file.write_text(text.replace("<footer>", f"<footer onclick='document.title=1'>{smuggled}"))
    tab = open_tab(browser, file.as_uri())
    tab.page.locator("footer").click()
    expect(tab.page).to_have_title("hub-mirror: All is well: 3 references up to date")
    with pytest.raises(Error, match="TrustedHTML"):
        tab.page.evaluate("document.body.innerHTML = '<b>x</b>'")
    tab.page.context.close()
    refused = ("inline event handler", "the image", "inline script", "inline style", "'TrustedHTML' assignment")
    for what, complaint in zip(refused, tab.complaints, strict=True):
        assert what in complaint
        assert complaint.endswith("The action has been blocked.")
    assert tab.refused == ["https://example.invalid/x: csp"]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
@pytest.mark.parametrize("report", [reports.small(), reports.failing()], ids=["small", "failing"])
def test_axe_finds_nothing(report: RunReport, width: int, scheme: str, open_page: Open) -> None:
    page = open_page(report, width=width, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate(
        "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | ')))"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
