import xml.etree.ElementTree as ET

from bench.plot import FASTER, SLOWER, draw
from bench.rows import Ratio

SVG = "{http://www.w3.org/2000/svg}"


def bars(picture: str) -> list[dict[str, str]]:
    return [bar.attrib for bar in ET.fromstring(picture).iter(f"{SVG}rect")]  # noqa: S314 - our own


def test_better_goes_to_the_left_of_one_and_worse_to_the_right() -> None:
    picture = draw(
        [Ratio("a", "cold", "skopeo", 0.1, 1, 1), Ratio("a", "cold", "crane", 1.6, 1, 1)], title="t", note="n"
    )
    better, worse = bars(picture)

    assert (better["fill"], worse["fill"]) == (FASTER, SLOWER)
    middle = float(better["x"]) + float(better["width"])
    assert abs(middle - float(worse["x"])) < 0.2


def test_bars_are_as_long_as_their_logarithm() -> None:
    picture = draw([Ratio("a", "x", "p", wall, 1, 1) for wall in (0.1, 0.01)], title="t", note="n")
    first, second = (float(bar["width"]) for bar in bars(picture))

    assert abs(second / first - 2) < 0.01


def test_a_situation_is_named_once_and_everything_is_escaped() -> None:
    picture = draw([Ratio("a & b", "cold", "x<y", 0.5, 1, 1)] * 2, title="<t>", note="n & m")
    texts = ["".join(each.itertext()) for each in ET.fromstring(picture).iter(f"{SVG}text")]  # noqa: S314 - our own

    assert texts.count("a & b, cold") == 1
    assert texts.count("x<y") == 2
    assert {"<t>", "n & m", "1", "2"} <= set(texts)


def test_nothing_measured_is_an_empty_picture() -> None:
    assert bars(draw([], title="t", note="n")) == []
