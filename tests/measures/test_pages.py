"""The pages: the client answers in one go, the therapist sees how it stands, the owner supplies words."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from clinic.core import clock, zones
from clinic.core.ids import new_id
from clinic.measures import service
from clinic.measures.loading import shipped
from tests.browser import Browser
from tests.conftest import NOW, Acting
from tests.factories import ZONE, Practice
from tests.measures.conftest import Asked, Taken, sent, words_for

pytestmark = pytest.mark.usefixtures("installed")
Open = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
HELP = "nobody watches this page around the clock"


def today() -> datetime:
    """The running clock, never before the moment at which tests stand still."""
    return max(clock.now(), NOW)


def count(owner: Owner, table: str) -> int:
    row = owner.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(str(row[0]))


def course_of(owner: Owner, practice: Practice, measure: str) -> str:
    """Where the therapist reads of Alice and one measure."""
    row = owner.execute("SELECT id FROM questionnaire_definition WHERE key = %s", [measure]).fetchone()
    assert row is not None
    return f"/clients/{practice.alice_client}/measures/{row[0]}"


def test_due_measure_is_on_today_and_on_how_i_am_doing(browser: Open, practice: Practice, asked: Asked) -> None:
    line = asked("gad7", at=today() - timedelta(days=1))
    alice = browser(practice.alice)
    for path in ("/today", "/progress"):
        assert f"/measures/{line}" in alice.get(path).text
        assert "GAD-7" not in browser(practice.bob).get(path).text
    assert "GAD-7" not in alice.get("/record").text


def test_page_asks_once_more_and_then_keeps_it(browser: Open, practice: Practice, asked: Asked, owner: Owner) -> None:
    line = asked("gad7", at=today() - timedelta(days=1))
    alice, path = browser(practice.alice), f"/measures/{line}"
    page = alice.get(path)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "No permission required to reproduce" in page.text
    assert "Dana reads this. Clinic never shows it to your partner." in page.text
    assert "data-autosave" not in page.text
    assert len(re.findall(r'type="radio"', page.text)) == 7 * 4 + 4
    look = alice.submit(path, **sent([1] * 6 + [None], go="look"))
    assert look.status_code == 200
    assert "One question has no answer." in look.text
    assert "cannot be changed or taken back" in look.text
    assert look.text.count('checked=""') == 6
    assert count(owner, "measure_administration") == count(owner, "response") == 0
    done = alice.submit(path, follow_redirects=True, **sent([1] * 6 + [None]))
    assert "Dana reads your answers." in done.text
    assert count(owner, "measure_administration") == 1


def test_what_was_sent_never_shows_again(browser: Open, practice: Practice, asked: Asked) -> None:
    line = asked("gad7", at=today() - timedelta(days=1))
    alice, path = browser(practice.alice), f"/measures/{line}"
    thanks = alice.submit(path, **sent([3] * 7)).location
    pages = [alice.get(path, follow_redirects=True).text, alice.get(thanks).text, alice.get("/progress").text]
    for page in (*pages, alice.get("/today").text):
        assert "checked" not in page
        assert "Nearly every day" not in page
        assert "21" not in re.sub(r"\d{4}|href=\S+|/static\S+|[0-9a-f-]{36}", "", page.partition("<main")[2])
    assert "nothing to answer here just now" in pages[0]


def test_answer_that_comes_twice_after_a_lost_connection_is_one(
    browser: Open, practice: Practice, asked: Asked, owner: Owner, alerts: Callable[[], list[tuple[object, ...]]]
) -> None:
    """The same form once more gives the same answer; a form filled in afresh finds nothing to answer."""
    line = asked("phq9", at=today() - timedelta(days=1))
    alice, path = browser(practice.alice), f"/measures/{line}"
    key = "0190a2b4-7c00-7000-8000-000000000001"
    first = alice.submit(path, idempotency_key=key, **sent([0] * 8 + [2]))
    again = alice.submit(path, idempotency_key=key, **sent([0] * 8 + [2]))
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert alice.submit(path, **sent([0] * 8 + [2])).location == "/progress"
    assert (count(owner, "measure_administration"), len(alerts())) == (1, 1)


def test_item_nine_shows_where_to_turn_and_is_forgotten_after_an_hour(
    browser: Open, practice: Practice, asked: Asked
) -> None:
    line = asked("phq9", at=today() - timedelta(days=1))
    alice = browser(practice.alice)
    thanks = alice.submit(f"/measures/{line}", **sent([0] * 8 + [1])).location
    assert HELP in alice.get(thanks).text
    assert browser(practice.bob).get(thanks).status_code == 404
    clock.move(timedelta(minutes=61))
    assert HELP not in alice.get(thanks).text


def test_friday_evening_names_monday_once_and_for_all(
    browser: Open, practice: Practice, asked: Asked, owner: Owner, alerts: Callable[[], list[tuple[object, ...]]]
) -> None:
    """Item 9 is 2 on a Friday at eight, the connection drops after the press, the form is sent again."""
    wall = zones.wall(clock.now(), ZONE)
    friday = wall.date() + timedelta(days=(4 - wall.weekday()) % 7 + 7)
    clock.move(zones.moment(friday, time(20), ZONE) - clock.now())
    line = asked("phq9", at=clock.now() - timedelta(days=1))
    alice, key = browser(practice.alice), str(new_id())
    for _press in range(2):
        thanks = alice.submit(f"/measures/{line}", idempotency_key=key, **sent([1] * 8 + [2]))
    page = alice.get(thanks.location).text
    assert "Monday" in page
    assert "tel:988" in page
    assert [grade for *_what, grade in alerts()] == ["urgent"]
    assert count(owner, "response") == 1
    assert owner.execute("SELECT state FROM response").fetchall() == [("submitted",)]


def test_no_help_where_item_nine_asks_for_none(browser: Open, practice: Practice, asked: Asked) -> None:
    line = asked("phq9", at=today() - timedelta(days=1))
    alice = browser(practice.alice)
    thanks = alice.submit(f"/measures/{line}", **sent([3] * 8 + [0])).location
    assert HELP not in alice.get(thanks).text


def test_what_does_not_fit_is_said_and_nothing_lost(browser: Open, practice: Practice, asked: Asked) -> None:
    line = asked("gad7", at=today() - timedelta(days=1))
    alice, path = browser(practice.alice), f"/measures/{line}"
    wrong = alice.submit(path, **sent([2] * 6, a_item_7="n9"))
    assert wrong.status_code == 422
    assert "Choose one of the answers offered." in wrong.text
    assert wrong.text.count('checked=""') == 6
    empty = alice.submit(path, **sent([None] * 7))
    assert empty.status_code == 422
    assert "Nothing is answered yet." in empty.text
    stale = alice.submit(path, **sent([2] * 7, version="2"))
    assert stale.status_code == 409
    assert stale.text.count('checked=""') == 7


def test_therapist_asks_sees_and_stops(browser: Open, practice: Practice, owner: Owner) -> None:
    dana, path = browser(practice.dana), f"/clients/{practice.alice_client}/measures"
    often = dana.submit(path, measure="phq4", every_days="13", starts_on="2026-01-05")
    assert often.status_code == 422
    assert "From 14 days" in often.text
    assert 'value="13"' in often.text
    asked = dana.submit(path, follow_redirects=True, measure="phq4", every_days="28", starts_on="2026-01-05")
    assert "every 4 weeks" in asked.text
    twice = dana.submit(path, measure="phq4", every_days="14", starts_on="2026-01-05")
    assert twice.status_code == 409
    assert "on the list already" in twice.text
    found = re.search(rf"{path}/([0-9a-f-]{{36}})/stop", asked.text)
    assert found is not None
    assert "Nothing so far." in dana.submit(found[0], follow_redirects=True).text
    assert count(owner, "measure_schedule") == 1


def test_therapist_reads_score_band_change_and_the_item_that_was_left_open(
    browser: Open, practice: Practice, asked: Asked, taken: Taken, owner: Owner
) -> None:
    line = asked("phq9")
    for days, values in ((0, [2] * 8 + [0]), (14, [1] * 8 + [0])):
        taken(line, values, days=days)
    pair = asked("phq4")
    taken(pair, [0, 0, 2, 2])
    dana = browser(practice.dana)
    page = dana.get(f"/clients/{practice.alice_client}").text
    assert "8 / 27" in page
    assert "recovered" in page
    assert "Down 8 since Nov 24, 2026, more than chance." in page or "Down 8 since" in page
    assert "the whole scale would tell more" in page
    course = dana.get(course_of(owner, practice, "phq9"))
    assert course.status_code == 200
    for part in ("chart-level", "chart-bracket", "moderately severe", "cut-off 10", "Show the numbers"):
        assert part in course.text
    assert "Little interest or pleasure in doing things" in course.text
    assert "Bob" not in course.text.partition("<main")[2].replace("with Bob Hart", "")


def test_item_nine_left_open_is_flagged(
    browser: Open, practice: Practice, asked: Asked, taken: Taken, owner: Owner
) -> None:
    taken(asked("phq9"), [1] * 8 + [None])
    page = browser(practice.dana).get(course_of(owner, practice, "phq9")).text
    assert "Item 9 was left open" in page
    assert "stand in for it" not in page
    assert "/ 27" not in page


def test_score_that_is_made_up_for_in_part_says_so(
    browser: Open, practice: Practice, asked: Asked, taken: Taken, owner: Owner
) -> None:
    taken(asked("gad7"), [2] * 6 + [None])
    page = browser(practice.dana).get(course_of(owner, practice, "gad7")).text
    assert "14 / 21" in page
    assert "The other answers stand in for it, by convention." in page


def test_partners_line_is_the_therapists_alone(
    browser: Open, practice: Practice, asked: Asked, taken: Taken, acting: Acting, owner: Owner
) -> None:
    mine, theirs = asked("gad7"), asked("gad7", client_id=practice.bob_client)
    taken(mine, [1] * 7)
    taken(theirs, [3] * 7, by=practice.bob)
    course = browser(practice.dana).get(course_of(owner, practice, "gad7")).text
    assert "Only you see the two together." in course
    assert "Bob 21" in course
    for path in ("/today", "/progress", "/record", "/homework", "/sessions"):
        page = browser(practice.alice).get(path).text
        assert "GAD-7" not in page
        assert "Generalized" not in page
    assert browser(practice.erik).get(course_of(owner, practice, "gad7")).status_code == 404


def test_partners_page_is_the_same_bytes_whether_the_other_answers_or_not(
    browser: Open, practice: Practice, asked: Asked, taken: Taken
) -> None:
    bob = browser(practice.bob)
    paths = ("/today", "/progress", "/record", "/homework", "/sessions", "/account")

    def pages() -> list[str]:
        return [_steady(bob.get(path).text) for path in paths]

    before = pages()
    line = asked("phq9", at=today() - timedelta(days=1))
    assert pages() == before
    browser(practice.alice).submit(f"/measures/{line}", **sent([3] * 9))
    assert pages() == before


def _steady(page: str) -> str:
    """Without the tokens that each page carries."""
    return re.sub(r'value="[^"]{30,}"|content="[^"]{30,}"', "", page)


def test_front_desk_and_owner_read_of_no_measure(
    browser: Open, practice: Practice, asked: Asked, taken: Taken, owner: Owner
) -> None:
    taken(asked("phq9"), [3] * 8 + [1])
    dana = browser(practice.dana)
    for path in (f"/clients/{practice.alice_client}/measures", course_of(owner, practice, "phq9")):
        assert dana.get(path).status_code == 200  # which leaves its trace in the audit trail
    for person, paths in (
        (practice.desk, ("/today", "/people", f"/people/{practice.alice_client}", "/changes", "/undelivered")),
        (practice.owner, ("/today", "/practice", "/audit-trail")),
    ):
        for path in paths:
            page = browser(person).get(path)
            assert page.status_code == 200
            assert "phq" not in page.text.lower()


def test_owner_supplies_words_after_the_licence_note(browser: Open, practice: Practice, owner: Owner) -> None:
    olga, path = browser(practice.owner), "/practice/measures/csi4"
    page = olga.get(path).text
    assert "The authors allow research and clinical use" in page
    fields: dict[str, Any] = {
        "seen": "0",
        "title": "Couples",
        "stem": "A stem",
        "answers_1": "\n".join("abcdefg"),
        "answers_2": "a\nb",
    }
    fields |= {f"item_{at}": f"Question {at}" for at in range(1, 5)}
    unread = olga.submit(path, **fields)
    assert unread.status_code == 422
    assert "Please read the note on the licence" in unread.text
    short = olga.submit(path, has_read="y", **fields)
    assert short.status_code == 422
    assert "This question has 6 answers, from 0 to 5, one on each line." in short.text
    assert "Question 4" in short.text
    fields["answers_2"] = "\n".join("abcdef")
    assert olga.submit(path, has_read="y", **fields).status_code == 303
    stale = olga.submit(path, has_read="y", **fields)
    assert stale.status_code == 409
    assert olga.submit(path, has_read="y", **(fields | {"seen": "1", "stem": "Another"})).status_code == 303
    assert "Version 2" in olga.get(path).text
    rows = owner.execute(
        "SELECT version, body -> 'sections' -> 0 ->> 'title' FROM questionnaire_definition"
        " WHERE key = 'csi4' ORDER BY 1"
    )
    assert rows.fetchall() == [(1, "A stem"), (2, "Another")]


def test_words_that_ship_are_not_changed(browser: Open, practice: Practice) -> None:
    olga = browser(practice.owner)
    assert "Little interest or pleasure in doing things" in olga.get("/practice/measures/phq9").text
    assert olga.submit("/practice/measures/phq9", has_read="y", title="Mine").status_code == 404
    assert olga.get("/practice/measures/pulse").status_code == 404


def test_measures_are_not_in_the_list_of_homework(browser: Open, practice: Practice) -> None:
    page = browser(practice.dana).get(f"/clients/{practice.alice_client}/homework/new").text
    assert "PHQ" not in page
    assert "GAD" not in page


def test_two_subscales_have_a_chart_each(
    browser: Open, practice: Practice, asked: Asked, taken: Taken, acting: Acting, owner: Owner
) -> None:
    with acting():
        service.word(shipped()["ecr_rs"], words_for("ecr_rs"), 0, has_read_licence=True, now=NOW)
    line = asked("ecr_rs")
    taken(line, [7, 7, 7, 7, 1, 1, 2, 2, 2])
    page = browser(practice.dana).get(course_of(owner, practice, "ecr_rs")).text
    assert page.count('<figure class="chart">') == 2
    assert "Avoidance" in page


def test_pages_of_a_client_ask_as_often_with_many_measures_as_with_one(
    browser: Open, practice: Practice, asked: Asked, taken: Taken, statements: list[str]
) -> None:
    dana, path = browser(practice.dana), f"/clients/{practice.alice_client}/measures"
    line = asked("gad7")
    taken(line, [1] * 7)
    dana.get(path)
    statements.clear()
    dana.get(path)
    few = len(statements)
    for days in range(14, 14 * 12, 14):
        taken(line, [1] * 7, days=days)
    other = asked("phq4")
    taken(other, [1] * 4)
    dana.get(path)
    statements.clear()
    dana.get(path)
    assert len(statements) == few


def test_caseload_shows_the_latest_score_with_its_category(
    browser: Open, practice: Practice, asked: Asked, taken: Taken
) -> None:
    line = asked("gad7")
    for days, value in ((0, 2), (14, 1)):
        taken(line, [value] * 7, days=days)
    page = browser(practice.dana).get("/caseload").text
    assert "GAD-7 7 / 21" in page
    assert "recovered" in page
    assert "GAD-7" not in browser(practice.erik).get("/caseload").text
