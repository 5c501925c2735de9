"""Charts are arithmetic: numbers in, attributes out."""

from datetime import date, timedelta

from identity.console import charts

FIRST = date(2026, 11, 9)


def week(*pairs: tuple[int, int]) -> list[tuple[date, int, int]]:
    return [(FIRST + timedelta(days=number), *pair) for number, pair in enumerate(pairs)]


def test_nothing_to_draw_draws_nothing() -> None:
    """Design: never an empty chart; the page says what is not there."""
    assert charts.days(week((0, 0), (0, 0))) is None
    assert charts.days(week((4, 1))) is None
    assert charts.bars([]) is None
    assert charts.spark([]) == charts.spark([0, 0]) == charts.spark([3]) == ""


def test_the_highest_day_touches_the_top_of_a_round_scale() -> None:
    """Lines stand for round numbers, and no value leaves the picture."""
    chart = charts.days(week((4000, 10), (2000, 400)))
    assert chart is not None
    assert [line.label for line in chart.grid] == ["0", "1k", "2k", "3k", "4k"]
    assert chart.line == "36,10 632,124"
    assert chart.days[1].bar_height == 22.8
    assert chart.worst is not None
    assert chart.worst.on == FIRST + timedelta(days=1)


def test_every_point_lies_inside_whatever_the_numbers() -> None:
    """Geometry in attributes: a value out of range would be drawn over its neighbours."""
    for top in (1, 3, 7, 11, 99, 1_234, 9_999, 123_456, 98_765_432):
        chart = charts.days(week((top, top), (0, top // 2), (1, 0)))
        assert chart is not None
        for point in chart.line.split():
            x, y = (float(each) for each in point.split(","))
            assert 36 <= x <= 632
            assert 10 <= y <= 238
        assert all(10 <= day.bar_y <= 238 for day in chart.days)


def test_bars_are_as_long_as_their_share_of_the_longest() -> None:
    """The longest fills the width; a small one is still seen."""
    chart = charts.bars([("a", 400), ("b", 100), ("c", 1)])
    assert chart is not None
    assert [bar.width for bar in chart.bars] == [280, 70, 2]
    assert chart.height == 116
