import pytest

from mirror.config.fields import Field, Problems, did_you_mean, unique
from mirror.config.located import from_yaml
from mirror.errors import ConfigError


def field(text: str) -> Field:
    value = from_yaml(text, source="f.yaml")
    assert value is not None
    return Field(value, "at", Problems("f.yaml"))


def messages(problems: Problems) -> list[str]:
    try:
        problems.raise_if_any()
    except ConfigError as err:
        return [f"{problem.line}:{problem.column} {problem.path}: {problem.message}" for problem in err.problems]
    return []


def test_a_mapping_gives_its_fields_by_key() -> None:
    root = field("a: 1\nb: x")

    keys = root.mapping("a mapping", required=("a",), optional=("b", "c"))

    assert keys is not None
    assert {key: (found.path, found.line) for key, found in keys.items()} == {"a": ("at.a", 1), "b": ("at.b", 2)}
    assert messages(root.problems) == []


def test_unknown_repeated_and_missing_keys_are_all_reported() -> None:
    root = field("nmae: x\ntags: []\nextra: 1\ntags: []")

    root.mapping("an image", required=("name",), optional=("tags",))

    assert messages(root.problems) == [
        "1:1 at: 'name' is missing",
        "1:1 at.nmae: unknown key 'nmae' (did you mean 'name'?); allowed: name, tags",
        "3:1 at.extra: unknown key 'extra'; allowed: name, tags",
        "4:1 at.tags: 'tags' is here a second time, after line 2: keep one",
    ]


def test_an_unknown_key_that_is_there_twice_is_unknown_once() -> None:
    root = field("x: 1\nx: 2")

    root.mapping("a mapping", optional=("a",))

    assert [message.split(":")[0] for message in messages(root.problems)] == ["1", "2"]


def test_a_key_that_only_looks_right_is_unknown() -> None:
    # Written without quotes this is a boolean for YAML, so an editor's schema would not find the key either.
    root = field("on: 1")

    assert root.mapping("a mapping", optional=("on",)) == {}
    assert messages(root.problems) == ["1:1 at.on: unknown key 'on' (did you mean 'on'?); allowed: on"]


def test_a_merge_key_is_refused() -> None:
    root = field("base: &base {}\nother: {<<: *base}")
    keys = root.mapping("a mapping", optional=("base", "other"))

    assert keys is not None
    keys["other"].mapping("a mapping", optional=("to",))
    assert messages(root.problems) == ["2:9 at.other.<<: unknown key '<<'; allowed: to"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[]", "expected a name, got a list"),
        ("{}", "expected a name, got a mapping"),
        ("~", "expected a name, got nothing"),
        ("''", "expected a name, got ''"),
        ("'  '", "expected a name, got '  '"),
        ("3.10", 'expected a name, got the number 3.10; if you mean the text, quote it: "3.10"'),
        ("yes", 'expected a name, got yes, which means true in YAML; if you mean the text, quote it: "yes"'),
    ],
)
def test_what_is_no_text(written: str, message: str) -> None:
    root = field(written)

    assert root.text("a name") is None
    assert messages(root.problems) == [f"1:1 at: {message}"]


def test_a_number_that_no_quotes_would_mend_gets_no_such_advice() -> None:
    root = field("6")

    assert root.text("a rate", quotable=False) is None
    assert messages(root.problems) == ["1:1 at: expected a rate, got the number 6"]


@pytest.mark.parametrize("written", ["0", "-1", "1.0", "'2'", "true", "[]", "1_0"])
def test_what_is_no_whole_number(written: str) -> None:
    root = field(written)

    assert root.whole_number(minimum=1) is None
    assert messages(root.problems)[0].startswith("1:1 at: expected a whole number, 1 or more, got ")


def test_a_whole_number() -> None:
    assert field("12").whole_number(minimum=12) == 12


@pytest.mark.parametrize(("written", "value"), [("true", True), ("Yes", True), ("off", False), ("FALSE", False)])
def test_true_and_false(written: str, value: bool) -> None:
    assert field(written).boolean() is value


@pytest.mark.parametrize("written", ["1", "'true'", "~"])
def test_what_is_neither_true_nor_false(written: str) -> None:
    root = field(written)

    assert root.boolean() is None
    assert len(messages(root.problems)) == 1


def test_a_choice_names_what_is_allowed() -> None:
    root = field("push")

    assert root.choice(("version", "pushed")) is None
    assert messages(root.problems) == ["1:1 at: expected version or pushed, got 'push' (did you mean 'pushed'?)"]


def test_a_list_gives_fields_with_their_index() -> None:
    items = field("- a\n- b").items("tags")

    assert items is not None
    assert [(item.path, item.where) for item in items] == [("at[0]", "line 1"), ("at[1]", "line 2")]


def test_an_empty_list_is_a_problem_only_where_one_is_needed() -> None:
    assert field("[]").items("globs") == ()
    root = field("[]")
    assert root.items("tags", empty="name one") is None
    assert messages(root.problems) == ["1:1 at: the list is empty: name one"]


def test_a_text_is_no_list() -> None:
    root = field("public")

    assert root.items("destinations") is None
    assert messages(root.problems) == ["1:1 at: expected a list of destinations, got 'public'"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{a: 1}", []),
        ("{}", ["1:1 at: expected one of {a: …} or {b: …}, got a mapping"]),
        ("{a: 1, b: 2}", ["1:1 at: expected one of {a: …} or {b: …}, got a mapping"]),
        ("{c: 1}", ["1:2 at.c: unknown key 'c'; allowed: a, b"]),
        ("x", ["1:1 at: expected {a: …} or {b: …}, got 'x'"]),
    ],
)
def test_a_mapping_of_one_key(text: str, found: list[str]) -> None:
    root = field(text)
    entry = root.single("{a: …} or {b: …}", ("a", "b"))

    assert messages(root.problems) == found
    assert (entry[0] if entry else None) == (None if found else "a")


def test_what_may_be_secret_is_not_repeated() -> None:
    root = field("hunter2")

    assert root.mapping("a mapping", secret=True) is None
    assert messages(root.problems) == ["1:1 at: expected a mapping, got a text"]


def test_a_repeated_text_names_where_it_was_first() -> None:
    root = field("- a\n- b\n- a\n- a")
    items = root.items("tags")
    assert items is not None

    unique(((item, item.text("a tag") or "") for item in items), "the tag")

    assert messages(root.problems) == [
        "3:3 at[2]: the tag 'a' is in this list twice (line 1)",
        "4:3 at[3]: the tag 'a' is in this list twice (line 1)",
    ]


def test_the_same_problem_is_reported_once() -> None:
    root = field("x")
    root.problem("wrong")
    root.problem("wrong")

    assert messages(root.problems) == ["1:1 at: wrong"]


@pytest.mark.parametrize(
    ("got", "hint"), [("Tags", " (did you mean 'tags'?)"), ("tgas", " (did you mean 'tags'?)"), ("zzz", "")]
)
def test_the_nearest_word(got: str, hint: str) -> None:
    assert did_you_mean(got, ("name", "tags")) == hint
