import re
from dataclasses import replace

from mirror.report.page.charts import charts
from tests import reports

FIGURES = ("Failed", "Changed", "Pulls used", "Pulls left", "Read", "Duration")


def test_one_run_is_no_history() -> None:
    assert charts(reports.past(1)) == ""
    assert charts(()) == ""


def test_each_figure_says_its_numbers_in_words_too() -> None:
    text = charts(reports.past())
    assert tuple(re.findall(r"<h3>(.*?)</h3>", text)) == FIGURES
    assert 'aria-label="Pulls used: last 8, at most 8 in 12 runs"' in text
    assert 'aria-label="Failed: last 0, at most 1 in 12 runs"' in text
    assert text.count('class="worst"') == 1
    assert text.count("<tr>") == 13


def test_what_is_not_known_is_not_drawn() -> None:
    past = tuple(replace(run, remaining=None) for run in reports.past())
    assert "Pulls left</h3>" not in charts(past)
    some = (*past[:-1], reports.past()[-1])
    assert 'aria-label="Pulls left: last 182, at most 182 in 12 runs"' in charts(some)


def test_nothing_at_all_has_no_height() -> None:
    past = tuple(replace(run, pulls=0) for run in reports.past())
    (figure,) = re.findall(r"<figure><h3>Pulls used</h3>.*?</figure>", charts(past))
    assert set(re.findall(r' height="([0-9.]+)"', figure)) == {"0.0"}
