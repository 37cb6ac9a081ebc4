import json

import pytest

from mirror.config.located import Entries, Items, Kind, Scalar, from_json, from_yaml
from mirror.errors import ConfigError, Problem


def refused(text: str) -> Problem:
    with pytest.raises(ConfigError) as caught:
        from_yaml(text, source="f.yaml")
    (problem,) = caught.value.problems
    return problem


def test_every_value_has_line_and_column() -> None:
    value = from_yaml("a: 1\nb:\n  - x\n  - {c: y}\n", source="f.yaml")

    assert value == Entries(
        (
            (Scalar(Kind.TEXT, "a", 1, 1), Scalar(Kind.WHOLE_NUMBER, "1", 1, 4)),
            (
                Scalar(Kind.TEXT, "b", 2, 1),
                Items(
                    (
                        Scalar(Kind.TEXT, "x", 3, 5),
                        Entries(((Scalar(Kind.TEXT, "c", 4, 6), Scalar(Kind.TEXT, "y", 4, 9)),), 4, 5),
                    ),
                    3,
                    3,
                ),
            ),
        ),
        1,
        1,
    )


@pytest.mark.parametrize(
    ("written", "kind", "described"),
    [
        ("maven", Kind.TEXT, "'maven'"),
        ("'3.10'", Kind.TEXT, "'3.10'"),
        ("!!str 3.10", Kind.TEXT, "'3.10'"),
        ("none", Kind.TEXT, "'none'"),
        ("21-jre", Kind.TEXT, "'21-jre'"),
        ("=", Kind.TEXT, "'='"),
        ("x" * 61, Kind.TEXT, "'" + "x" * 60 + "…'"),
        ("21", Kind.WHOLE_NUMBER, "the number 21"),
        ("-3", Kind.WHOLE_NUMBER, "the number -3"),
        ("3.10", Kind.NUMBER, "the number 3.10"),
        ("1_000", Kind.NUMBER, "the number 1_000"),
        ("0x1f", Kind.NUMBER, "the number 0x1f"),
        ("12:30", Kind.NUMBER, "the number 12:30"),
        ("9" * 30, Kind.NUMBER, "the number " + "9" * 30),
        ("true", Kind.BOOLEAN, "true"),
        ("off", Kind.BOOLEAN, "off, which means false in YAML"),
        ("~", Kind.NOTHING, "nothing"),
        ("2026-11-24", Kind.DATE, "the date 2026-11-24"),
    ],
)
def test_scalars_are_what_yaml_makes_of_them(written: str, kind: Kind, described: str) -> None:
    value = from_yaml(f"- {written}", source="f.yaml")

    assert isinstance(value, Items)
    (scalar,) = value.values
    assert isinstance(scalar, Scalar)
    assert (scalar.kind, scalar.describe()) == (kind, described)


@pytest.mark.parametrize("empty", ["", "\n\n", "# only a comment\n", "---\n...\n"])
def test_nothing_is_none(empty: str) -> None:
    value = from_yaml(empty, source="f.yaml")

    assert value is None or (isinstance(value, Scalar) and value.kind is Kind.NOTHING)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a:\n\t- b", 2, 1, "a tab: YAML is indented by spaces only"),
        ("a: [1,\nb: 2", 2, 5, "it began in line 1"),
        ("a: 1\n b: 2", 2, 3, "mapping values are not allowed here"),
        ("a: 1\n---\nb: 2", 2, 1, "a second document begins here"),
        ("a: *nowhere", 1, 4, "undefined alias"),
        ("a: @b", 1, 4, "'@'"),
        ("a: 'open\n", 2, 1, "quoted scalar"),
        ("a: b\nc: \x01", 2, 4, "the character U+0001 may not stand in YAML"),
        ("a: !!python/name:os.system x", 1, 4, "the type 'tag:yaml.org,2002:python/name:os.system' is not used"),
        ("a: !secret x", 1, 4, "the type '!secret' is not used"),
        ("a: !!set {x}", 1, 4, "is not used"),
        ("a: !!int [1]", 1, 4, "is not used"),
        ("a: &loop [*loop]", 1, 4, "contains itself"),
        ("[1, 2]: x", 1, 1, "expected a key, got a list"),
        ("{a: 1}: x", 1, 1, "expected a key, got a mapping"),
    ],
)
def test_what_is_not_usable_yaml_has_its_place(text: str, line: int, column: int, message: str) -> None:
    problem = refused(text)

    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message


def test_depth_without_end_is_a_problem_and_not_a_crash() -> None:
    assert "nested too deeply" in refused("[" * 5000).message
    with pytest.raises(ConfigError, match="nested too deeply"):
        from_json("[" * 200_000, source="f.json")


def test_an_alias_is_the_value_it_names() -> None:
    value = from_yaml("a: &x [1]\nb: *x", source="f.yaml")

    assert isinstance(value, Entries)
    assert value.pairs[0][1] is value.pairs[1][1]


def test_aliases_of_aliases_are_converted_once_each() -> None:
    # 40 levels of two aliases each would be a million million values.
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]

    value = from_yaml("\n".join(lines), source="f.yaml")

    assert isinstance(value, Entries)
    assert len(value.pairs) == 40


def test_json_has_the_same_kinds_without_places() -> None:
    text = json.dumps({"a": [1, 1.5, True, False, None, "x"], "b": {}})

    assert from_json(text, source="f.json") == Entries(
        (
            (
                Scalar(Kind.TEXT, "a"),
                Items(
                    (
                        Scalar(Kind.WHOLE_NUMBER, "1"),
                        Scalar(Kind.NUMBER, "1.5"),
                        Scalar(Kind.BOOLEAN, "true"),
                        Scalar(Kind.BOOLEAN, "false"),
                        Scalar(Kind.NOTHING, "null"),
                        Scalar(Kind.TEXT, "x"),
                    )
                ),
            ),
            (Scalar(Kind.TEXT, "b"), Entries(())),
        )
    )


def test_json_keeps_a_key_that_is_there_twice() -> None:
    value = from_json('{"a": 1, "a": 2}', source="f.json")

    assert isinstance(value, Entries)
    assert [key.text for key, _ in value.pairs] == ["a", "a"]


@pytest.mark.parametrize(
    ("text", "line", "column"), [("", 1, 1), ('{"a": 1,\n}', 2, 1), ("{'a': 1}", 1, 2), ("9" * 5000, 0, 0)]
)
def test_what_is_not_json_has_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(ConfigError) as caught:
        from_json(text, source="f.json")

    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (line, column)
    assert "JSON" in problem.message
