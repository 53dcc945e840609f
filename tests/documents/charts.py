"""One chart of each kind, as a report would hold it."""

from datetime import date, timedelta

from clinic.documents.chart import (
    Area,
    Band,
    Bracket,
    Chart,
    Level,
    Pair,
    Point,
    Scale,
    Series,
    Week,
    Words,
    line_chart,
    pairs_chart,
    strip_chart,
    wheel_chart,
)

START = date(2026, 3, 2)
PULSE = ("Whole self", "Own circle", "Listening", "Getting real", "Taking breaks", "Horizon")


def spell(day: date) -> str:
    """A short date, as Babel would write it."""
    return f"{day.day} {day:%b}"


def pulse() -> Chart:
    """Six lines over five weeks."""
    series = [
        Series(
            name, tuple(Point(START + timedelta(weeks=week), (3 + tone + week * (tone % 3)) % 11) for week in range(5))
        )
        for tone, name in enumerate(PULSE)
    ]
    return line_chart(Words("pulse", "Weekly pulse", "Own circle is clearly higher."), series, spell, "Date")


def banded() -> Chart:
    """One line with bands behind it."""
    series = [Series("PHQ-9", tuple(Point(START + timedelta(weeks=2 * at), 18 - 3 * at) for at in range(5)))]
    bands = (Band(0, 5, "minimal"), Band(5, 10, "mild", is_shaded=False), Band(10, 15, "moderate"))
    marks = (Level(10, "cut-off 10"), Bracket(12, 30, "Within 6 can be chance"))
    words = Words("phq", "Mood", "Clearly lower since March.")
    return line_chart(words, series, spell, "Date", Scale(0, 27, 9), bands, marks)


def wheel() -> Chart:
    """Eight areas, one of them left out at first."""
    names = ("Work & learning", "Friends", "Family", "Body", "Meaning", "Play", "Home & money", "Inner life")
    areas = [Area(name, (at * 3 + 5) % 11, None if at == 3 else (at * 2 + 2) % 9) for at, name in enumerate(names)]
    return wheel_chart(Words("wheel", "Your wheel", "Friends is clearly higher."), areas, "Area", "Now", "At first")


def strip(weeks: int = 5) -> Chart:
    """Weeks with nothing, some and all done, one without work."""
    counts = [(2, 2), (1, 2), (0, 1), (0, 0), (3, 3)]
    given = [Week(spell(START + timedelta(weeks=at)), *counts[at % 5]) for at in range(weeks)]
    return strip_chart(Words("weeks", "Your weeks", "Six of eight."), given, "Week of", "Done", "Asked")


def pairs() -> Chart:
    """Ease before and after four meetings."""
    given = [Pair("3 Mar", 3, 7), Pair("9 Mar", 5, 5), Pair("20 Mar", 6, 4), Pair("28 Mar", 2, 9.5)]
    return pairs_chart(Words("ease", "Ease", "Mostly higher after."), given, "Meeting", "Before", "After")


def all_charts() -> list[Chart]:
    """Every kind."""
    return [pulse(), banded(), wheel(), strip(), strip(12), pairs()]
