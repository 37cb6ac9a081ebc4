from mirror.report.model import Action
from mirror.report.page.troubles import LISTED, NAMED, SHOWN, drift, troubles
from tests import reports


def test_all_is_well_without_a_section() -> None:
    assert troubles(reports.small()) == ""
    assert drift(reports.small().images) == ""


def test_what_many_references_share_is_told_once() -> None:
    many = [reports.image(f"app:{n}", reports.place(f"app:{n}", Action.FAILED, reason="denied")) for n in range(300)]
    text = troubles(reports.report(*many))
    assert text.count("<li") == 1
    assert text.count(">denied<") == 1
    assert f"<summary>and {300 - NAMED} more</summary>" in text
    assert text.count("<strong>") == NAMED + LISTED
    assert text.endswith(f'and {300 - NAMED - LISTED} more</details><p class="text">denied</p></li></ul>\n</section>')


def test_the_most_severe_comes_first_and_names_where() -> None:
    text = troubles(
        reports.report(
            reports.image("late:1", reports.place("late:1", Action.DEFERRED, reason="limit")),
            reports.image(
                "app:1",
                reports.place("app:1", Action.FAILED, reason="denied", advice="Deploy."),
                reports.place("app:1", Action.FAILED, registry=reports.PRIVATE, reason="denied", advice="Deploy."),
            ),
        )
    )
    assert text.index("app:1") < text.index("late:1")
    assert "in public and private" in text
    assert text.count("Deploy.") == 1


def test_what_is_well_in_one_destination_is_no_trouble() -> None:
    image = reports.image(
        "app:1",
        reports.place("app:1", Action.FAILED, reason="denied"),
        reports.place("app:1", Action.KEPT, registry=reports.PRIVATE, reason="immutable"),
    )
    assert "immutable" not in troubles(reports.report(image))


def test_a_failure_without_a_reason_is_one() -> None:
    assert "<strong>app:1</strong>" in troubles(reports.report(reports.image("app:1")))


def test_there_is_an_end_to_it() -> None:
    kinds = [
        reports.image(f"app:{n}", reports.place(f"app:{n}", Action.FAILED, reason=f"no {n}", drift="changed"))
        for n in range(SHOWN + 3)
    ]
    assert "and 3 more kinds of trouble" in troubles(reports.report(*kinds))
    assert "and 3 more: filter the table for drift" in drift(kinds)
