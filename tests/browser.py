"""Headless Chromium, the system's own, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
"""Beside Playwright's own: nothing that Chromium would do of itself reaches out of the machine."""

expect.set_options(timeout=60_000)  # of waiting for what must come; on a busy machine that may take a while


@dataclass(frozen=True, slots=True)
class Tab:
    """A page that was opened from disk, and all that it asked for or complained of since."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """URLs, also of requests that the page's policy refused before they left."""
    refused: list[str] = field(default_factory=list)
    """What failed, with Chromium's word for why: ``https://example.com/x: csp``."""
    complaints: list[str] = field(default_factory=list)
    """Exceptions, console messages, and what the browser logged, refusals by the policy included."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser. Without Chromium the test is skipped, except in CI, which must not do without by accident."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        message = "Chromium is not installed: none of " + ", ".join(PROGRAMS)
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS), chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()


def open_tab(
    browser: Browser, url: str, *, width: int = 1280, height: int = 900, now: datetime | None = None, **options: Any
) -> Tab:
    """The page, loaded, as in a browser of its own: no clipboard, storage or cache is shared. `options` are those of
    Playwright's `new_context`; with `now` the page's clock stands there.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=width < 600, **options)
    tab = Tab(context.new_page())
    tab.page.on("request", lambda request: tab.requests.append(request.url))
    tab.page.on("requestfailed", lambda request: tab.refused.append(f"{request.url}: {request.failure}"))
    tab.page.on("console", lambda message: tab.complaints.append(message.text))
    tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    if now is not None:
        tab.page.clock.set_fixed_time(now)
    tab.page.goto(url)
    return tab
