"""The page as a browser shows it."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from mirror.report import earlier, json_report
from mirror.report.cost import estimate, observed
from mirror.report.model import RunReport
from mirror.report.page import render
from mirror.report.recall import recall
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
    assert len(names(page)) == min(len(report.images), 100)


def test_failures_come_with_advice_before_anything_else(open_page: Open) -> None:
    page = open_page(reports.failing())
    first = page.locator("main section").first
    expect(first.get_by_role("heading")).to_have_text("What needs somebody")
    told = first.locator(".trouble > li")
    assert told.nth(0).locator("p").all_inner_texts() == [
        "failed node:22 in public",
        "denied: no permission for PutImage",
        "Deploy the stacks again.",
    ]
    actions = [tag.inner_text() for tag in told.locator(".tag").all()]
    assert actions == ["failed", "failed", "failed", "gone upstream", "deferred"]


def test_a_page_that_nobody_wrote_anew_says_so(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "status.html"
    file.write_text(render(reports.small()))
    for hours, words in ((2, None), (30, "This is the state of 30 h ago, and runs came about every 6 h")):
        tab = open_tab(browser, file.as_uri(), now=reports.START + timedelta(hours=hours))
        late = tab.page.get_by_role("note")
        expect(late).to_be_hidden() if words is None else expect(late).to_contain_text(words)
        expect(tab.page.locator(".when")).to_contain_text(f"2026-11-24 03:00 UTC ({hours} h ago)")
        tab.page.context.close()


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


def test_a_filter_that_finds_nothing_says_so_and_is_easily_cleared(open_page: Open) -> None:
    page = open_page(reports.small())
    filter_ = page.get_by_label("Filter")
    filter_.fill("no such image")
    expect(page.locator("#count")).to_have_text("0 of 3 references")
    expect(page.get_by_role("cell", name="No reference matches.")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    expect(filter_).to_have_value("")
    expect(filter_).to_be_focused()
    assert len(names(page)) == 3


def test_without_images_the_table_says_so(open_page: Open) -> None:
    page = open_page(reports.report())
    expect(page.get_by_role("cell", name="There are no references.")).to_be_visible()


def test_a_row_says_where_how_large_how_fresh_and_what_somebody_changed(open_page: Open) -> None:
    page = open_page(reports.failing())
    row = page.get_by_role("row", name="alpine:3.22")
    for text in ("public.ecr.aws/a1b2c3d4/alpine:3.22", "linux/amd64", "60.0 MiB", "2026-11-21", "2026-11-20", "drift"):
        expect(row).to_contain_text(text)
    row.get_by_text("30.0 MiB shared").click()
    expect(row.get_by_role("list", name="Shared layers")).to_contain_text("30.0 MiB, in 7 images")
    expect(row.get_by_role("list", name="Shared with")).to_contain_text("30.0 MiB with maven:3.6.3-jdk-11")


def test_a_plan_says_what_is_to_be_done(open_page: Open) -> None:
    page = open_page(reports.report(*reports.small().images, dry_run=True))
    expect(page.get_by_role("row", name="maven:3.6.3-jdk-11")).to_contain_text("to copy")
    page.get_by_role("combobox", name="State").select_option("to tag only")
    assert names(page) == ["eclipse-temurin:21-jre"]
    page.get_by_role("combobox", name="State").select_option("all")
    page.get_by_label("Filter").fill("to copy")
    assert names(page) == ["maven:3.6.3-jdk-11"]


def test_what_is_not_in_a_registry_has_nothing_to_copy(open_page: Open) -> None:
    page = open_page(reports.failing())
    row = page.get_by_role("row", name=re.compile("^node:22"))
    public, private = row.locator(".place").all()
    expect(public).to_contain_text("not there")
    expect(public.get_by_role("button")).to_have_count(0)
    expect(private).to_contain_text("copied")
    expect(private.get_by_role("button")).to_have_count(2)


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
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # what goes away by itself stays until it is looked at
    reference = "public.ecr.aws/a1b2c3d4/maven:3.6.3-jdk-11"
    for name, text in (("the pull reference", reference), ("FROM line of", f"FROM {reference}")):
        button = page.get_by_role("button", name=f"Copy {name} {reference}")
        before = button.bounding_box()
        button.press("Enter")
        expect(button).to_have_class("done")
        assert page.evaluate("navigator.clipboard.readText()") == text
        assert button.bounding_box() == before, "nothing moves"
        expect(button).to_be_focused()
        page.clock.run_for(100)
        expect(page.locator("#said")).to_have_text(f"Copied: {text}")
        page.clock.run_for(2000)
        expect(button).not_to_have_class("done")


def test_a_browser_without_a_clipboard_copies_too(open_page: Open) -> None:
    page = open_page(reports.small())
    page.evaluate("() => { Object.defineProperty(navigator, 'clipboard', {value: undefined}) }")
    page.evaluate("() => document.addEventListener('copy', () => { copied = document.activeElement.value })")
    page.get_by_role("button", name=re.compile("Copy FROM line of .*maven")).click()
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
    """What a keystroke costs is bounded, however many tags there are: it draws what a screen can show, once."""
    page = open_page(reports.large())
    page.evaluate(
        """() => {
          made = touched = 0;
          const create = document.createElement.bind(document);
          document.createElement = (name) => (made++, create(name));
          new MutationObserver((records) => { for (const each of records) touched += each.addedNodes.length; })
            .observe(document.querySelector("#table tbody"), { childList: true });
        }"""
    )
    filter_ = page.get_by_label("Filter")
    seen = []
    for text in ("t", "te", "team-01", "", "arm64", "t"):
        page.evaluate("made = touched = 0")
        filter_.fill(text)
        expect(page.locator("#count")).to_contain_text("references")
        made, touched = page.evaluate("new Promise(done => requestAnimationFrame(() => done([made, touched])))")
        assert touched <= 100
        assert made <= 100 * 40
        seen.append(made)
    assert seen[1] == seen[3] == seen[5] == 0, "rows that were drawn before are shown again, not made anew"
    assert seen[2] > 0
    page.evaluate("made = touched = 0")
    page.get_by_role("button", name="Size").click()
    assert page.evaluate("new Promise(done => requestAnimationFrame(() => done(touched)))") == 100
    filter_.fill("")
    page.get_by_role("button", name="Show 100 more").click()
    assert len(names(page)) == 200
    page.get_by_role("button", name="Show all 2000").click()
    assert len(names(page)) == 2000
    expect(page.locator("#more")).to_be_hidden()


def test_paper_shows_every_tag_and_no_controls(open_page: Open) -> None:
    page = open_page(reports.large(500), color_scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(names(page)) == 500
    expect(page.get_by_label("Filter")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("report", [reports.hostile(), reports.failing()], ids=["everywhere", "failing"])
def test_text_from_registries_stays_text(report: RunReport, open_page: Open) -> None:
    """Names, digests, reasons, advice, drift, platforms, notes, and what an earlier report says of other runs."""
    page = open_page(report)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert "owned" not in page.title().replace(reports.HOSTILE, "")
    counts = "document.querySelectorAll('img, iframe, object, embed, base, link, form [onclick], [onerror]').length"
    assert page.evaluate(counts) == 0
    assert page.evaluate("document.scripts.length") == 2
    assert page.evaluate("[...document.links].filter(each => !/^(https:|file:)/.test(each.href)).length") == 0
    assert any(reports.HOSTILE in name for name in names(page))
    assert reports.HOSTILE in page.locator(".trouble").first.inner_text()


def test_an_earlier_report_that_somebody_wrote_is_as_harmless(open_page: Open) -> None:
    document = json_report.document(reports.hostile())
    for run in document["history"]:
        run.update(seconds=1e17, references=reports.HOSTILE, failed=[reports.HOSTILE], pulls={}, remaining="</script>")
    document["images"][0].update(
        sourceDigest=reports.HOSTILE, movedAt=reports.HOSTILE, size=reports.HOSTILE, blobs=["x"]
    )
    document["images"][1]["destinations"][0].update(digest=reports.HOSTILE, mirroredAt=reports.HOSTILE, action="<b>")
    document["blobs"].append({"digest": reports.HOSTILE, "size": reports.HOSTILE})
    loaded = earlier.load(json.dumps(document))
    assert loaded is not None
    page = open_page(recall(reports.small(), earlier.read(loaded), partial=True))
    assert len(names(page)) == 5
    assert page.title() == "hub-mirror: All is well: 3 references up to date"
    assert page.evaluate("document.images.length") == 0
    expect(page.get_by_role("heading", name=re.compile("The last .* runs"))).to_be_visible()


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
@pytest.mark.parametrize(
    "report",
    [reports.small(), reports.failing(), reports.large(), reports.report(), reports.tall()],
    ids=["small", "failing", "large", "empty", "tall"],
)
def test_axe_finds_nothing(report: RunReport, width: int, scheme: str, open_page: Open) -> None:
    page = open_page(report, width=width, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('main > section > details, .trouble details').forEach(e => e.open = true)")
    page.locator(".shared").evaluate_all("all => all.slice(0, 3).forEach(each => each.open = true)")
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate(
        "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 5).join(' | ')))"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"


def test_without_scripts_it_still_says_how_things_are(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "status.html"
    file.write_bytes(render(reports.failing()).encode("utf-8", "replace"))
    tab = open_tab(browser, file.as_uri(), java_script_enabled=False)
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("3 of 8 references failed")
    expect(tab.page.get_by_text("Deploy the stacks again.").first).to_be_visible()
    expect(tab.page.get_by_text("The table needs JavaScript.")).to_be_visible()
    tab.page.context.close()
    assert tab.complaints == []
