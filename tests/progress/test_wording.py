"""Reports in plain words: no category, no streak, no guilt, nothing held back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_babel import Babel

from clinic.core.ids import new_id
from clinic.progress.agenda import Item
from clinic.progress.body import Body, composed, from_json, to_json
from clinic.progress.brief_wording import attendance_line, by_sheet, suggestion
from clinic.progress.material import Material, Pulse, Saying, Task, Upcoming, Wheel
from clinic.progress.paper import PaperOrder, printed
from clinic.progress.rules import Period
from clinic.progress.sealed_brief import Attendance
from clinic.progress.wording import Part, parts_of, period_of, title_of
from tests.documents.test_pdf import alternative_texts, text_of

ZONE = "America/New_York"
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
AREAS = ("work", "friends", "family", "body", "meaning", "play", "home", "inner")


@pytest.fixture(autouse=True)
def words() -> Iterator[None]:
    """A locale to speak in."""
    app = Flask("words")
    Babel(app)
    with app.app_context():
        yield


def material(**changes: object) -> Material:
    given: dict[str, object] = {
        "tasks": (
            Task("Own circle", "own_circle", date(2026, 11, 12), date(2026, 11, 11), entries=3),
            Task("Whole-self wheel", "whole_self_wheel", date(2026, 11, 26), None),
            Task("Fear trace", "fear_trace", date(2026, 11, 19), date(2026, 11, 18)),
        ),
        "sayings": (Saying("I called Mia and the evening was mine", "Own circle", date(2026, 11, 11)),),
        "pulses": (
            Pulse(date(2026, 11, 2), {"whole_self": 3, "own_circle": 2, "talking": 5, "pause": 8}),
            Pulse(date(2026, 11, 23), {"whole_self": 6, "own_circle": 5, "talking": 6, "pause": 5}),
        ),
        "wheels": (
            Wheel(date(2026, 10, 20), dict.fromkeys(AREAS, 4.0)),
            Wheel(date(2026, 11, 20), dict.fromkeys(AREAS, 4.0) | {"friends": 7.0}),
        ),
        "upcoming": (Upcoming("Whole-self wheel", date(2026, 12, 3)), Upcoming("Fear trace", None)),
        "sessions": 2,
        "next_session_at": datetime(2026, 12, 2, 1, 0, tzinfo=UTC),
    }
    return Material(**(given | changes))  # type: ignore[arg-type]  # the fields by name


def body(**changes: object) -> Body:
    return composed(material(**changes), NOVEMBER)


def everything(parts: list[Part]) -> str:
    told: list[str] = []
    for part in parts:
        told += [part.title, *part.paragraphs, *part.items, *(quote.said for quote in part.quotes)]
        told += [chart.words.title + chart.words.reading for chart in part.charts]
    return "\n".join(told)


def test_body_is_read_back_as_it_was_sealed() -> None:
    assert from_json(to_json(body())) == body()
    bare = composed(Material(), NOVEMBER)
    assert from_json(to_json(bare)) == bare


def test_report_tells_what_was_done_moved_said_and_is_next() -> None:
    did, moved, said, following = parts_of(body(), ZONE)
    assert did.paragraphs == ["You came to 2 sessions."]
    assert did.items == ["Own circle: 3 entries, done and sent", "Fear trace: done and sent"]
    assert did.charts[0].words.reading == "3 pieces of homework were due, and 2 are done."
    assert moved.items == [
        "Clearly higher since Oct 20: Friends",
        "About the same since Oct 20: Work & learning, Family, Body, Meaning, Play, Home & money, Inner life",
        "Clearly higher since Nov 2: Whole self, Own circle",
        "Clearly lower since Nov 2: Taking breaks",
        "About the same since Nov 2: Talking",
    ]
    assert [chart.words.name for chart in moved.charts] == ["wheel", "pulse"]
    assert [(quote.said, quote.source) for quote in said.quotes] == [
        ("I called Mia and the evening was mine", "Own circle, Nov 11")
    ]
    assert following.items == ["Whole-self wheel, by Dec 3", "Fear trace"]
    assert following.paragraphs == ["Your next session is on Tuesday, December 1, 2026."]


def test_title_and_period_name_the_month() -> None:
    assert title_of(body()) == "How November went"
    assert period_of(body()) == "November 1, 2026 to November 30, 2026"


def test_what_is_held_back_is_in_no_part() -> None:
    assert [part.key for part in parts_of(body(), ZONE, ["moved", "said-1"])] == ["did", "next"]
    assert "Mia" not in everything(parts_of(body(), ZONE, ["said"]))


def test_month_with_little_is_told_without_reproach() -> None:
    quiet = body(tasks=(Task("Wheel", "wheel", date(2026, 11, 5), None),), sayings=(), wheels=(), sessions=0)
    told = everything(parts_of(quiet, ZONE))
    assert "There was little room for homework this month." in told
    assert [word for word in ("streak", "missed", "failed", "only", "should", "!", "overdue") if word in told] == []


def test_report_never_names_a_category() -> None:
    told = everything(parts_of(body(), ZONE)).lower()
    categories = ("recovered", "improved", "unchanged", "deteriorated", "worse", "better", "severe", "score")
    assert [word for word in categories if word in told] == []


def test_first_month_says_where_one_starts_from() -> None:
    first = body(wheels=(Wheel(date(2026, 11, 20), dict.fromkeys(AREAS, 4.0)),), pulses=())
    (part,) = [one for one in parts_of(first, ZONE) if one.key == "moved"]
    assert part.paragraphs == ["This is where you start from. Next time there will be something to compare it with."]
    assert part.charts[0].words.reading == "The first wheel: there is nothing to compare it with yet."


def test_what_came_after_the_period_stays_out() -> None:
    later = Pulse(date(2026, 12, 1), {"whole_self": 10})
    assert body(pulses=(*material().pulses, later)).pulses == body().pulses


def order(**changes: object) -> PaperOrder:
    given: dict[str, object] = {
        "report_id": new_id(),
        "client_id": new_id(),
        "body": body(),
        "held_back": (),
        "note": "You kept the Thursdays.\n\n#panic() stays text.",
        "therapist": "Dana",
        "reader": "Alice Hart",
        "zone": ZONE,
        "locale": "en",
        "practice": "Elm Street Practice",
        "country": "US",
        "released_at": datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
    }
    return PaperOrder(**(given | changes))  # type: ignore[arg-type]  # the fields by name


def test_paper_holds_the_report_with_its_three_charts() -> None:
    content = printed(order())
    assert [text.partition(".")[0] for text in alternative_texts(content)] == [
        "Homework, week by week",
        "Your wheel",
        "Weekly pulse",
    ]
    text = text_of(content)
    for said in ("How November went", "A word from Dana", "#panic() stays text.", "I called Mia", "Clearly higher"):
        assert said in text


def test_paper_leaves_out_what_is_held_back() -> None:
    content = printed(order(held_back=("said", "moved"), note=""))
    assert "Mia" not in text_of(content)
    assert len(alternative_texts(content)) == 1
    assert printed(order(held_back=("said", "moved"), note="")) == content


def test_every_rule_of_an_agenda_has_words() -> None:
    rules = ("open", "shared", "next_date", "review", "in_the_way", "too_hard", "fell", "rose", "no_work")
    for rule in rules:
        said = suggestion(Item(rule, ("pause",), date(2026, 11, 2)))
        assert said.text
        assert said.rule


def test_one_sheet_of_a_brief_stands_together() -> None:
    def one(question: str, on: int = 20, source: str = "Fear trace") -> Saying:
        return Saying("I waited", source, date(2026, 11, on), question)

    first, then = one("What set it off?"), one("What did you need?")
    other, later = one("What set it off?", source="Own circle"), one("What did you need?", on=21)
    sayings = [first, then, first, other, then, later]
    assert by_sheet(sayings) == [[first, then], [first], [other], [then], [later]]
    assert by_sheet([one(""), one("")]) == [[one("")], [one("")]]


def test_attendance_is_counted_in_words() -> None:
    assert attendance_line(Attendance()) == ""
    assert attendance_line(Attendance(5, 1, 0)) == "came 5 times, late once, absent 0 times"
