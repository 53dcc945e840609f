"""What each of them sees and can do: the client, the therapist, who it was passed to, the desk."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text

from clinic.accounts.models import Person
from clinic.core.ids import new_id
from clinic.risk import service
from clinic.risk.help import crisis_help
from clinic.risk.models import Alert
from tests.booking.test_three_worlds import Masking
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.risk.conftest import EVENING, MONDAY, OnCall, Owner, Run, at, be_away, client, therapist

Raised = Callable[..., UUID]
Open = Callable[..., Browser]
CANARY = "zzcanary-lighthouse"
TYPED: dict[str, Any] = {
    "who": "Dana",
    "contacted_at": "2026-11-30T09:10",
    **{
        name: f"{CANARY} {name}"
        for name in (
            "attempts",
            "ideation",
            "plan",
            "intent",
            "means",
            "history",
            "protective",
            "action",
            "safety_plan",
        )
    },
    "disposition": "sooner",
}


def test_on_friday_evening_the_page_names_monday_at_nine(practice: Practice, raised: Raised, browser: Open) -> None:
    page = browser(practice.alice).get(f"/help/{raised()}").text
    assert "Somebody looks next on Monday, November 30, 9:00\u202fAM." in page
    assert "You get a call by Monday, November 30, 11:00\u202fAM at the latest." in page
    assert "nobody watches this page around the clock" in page
    for link in ('href="tel:911"', 'href="tel:988"', 'href="sms:988"', 'href="https://988lifeline.org"'):
        assert link in page
    assert "Domestic Violence" not in page  # somebody may look over her shoulder


def test_lines_about_violence_are_there_where_safety_was_asked_about(
    practice: Practice, raised: Raised, browser: Open
) -> None:
    page = browser(practice.alice).get(f"/help/{raised(source='safety_form')}").text
    assert 'href="tel:18007997233"' in page
    assert 'href="sms:88788?body=START"' in page


def test_what_was_answered_in_private_shows_on_no_other_page(
    practice: Practice, raised: Raised, acting: Acting
) -> None:
    asked = raised(grade="same_day")
    raised(source="safety_form")
    with acting(client(practice.alice)):
        shown = crisis_help(practice.alice_client, EVENING)
    assert shown.alert_id == asked
    assert {line.topic for line in shown.lines} == {""}


def test_while_the_office_is_open_the_page_says_until_when(
    practice: Practice, raised: Raised, browser: Open, evening: time_machine.Traveller
) -> None:
    evening.move_to(at(MONDAY, 10))
    page = browser(practice.alice).get(f"/help/{raised(now=at(MONDAY, 10), grade='same_day')}").text
    assert "Somebody looks today, until 5:00\u202fPM." in page
    assert "You get a call by Monday, November 30, 5:00\u202fPM at the latest." in page


def test_a_promise_that_has_gone_by_is_not_made_again(
    practice: Practice, raised: Raised, browser: Open, evening: time_machine.Traveller
) -> None:
    alert_id = raised()
    evening.move_to(at(MONDAY, 11))
    assert "at the latest" not in browser(practice.alice).get(f"/help/{alert_id}").text


def test_staying_safe_for_now_lowers_nothing(
    practice: Practice, on_call: OnCall, raised: Raised, browser: Open, run: Run, owner: Owner
) -> None:
    alert_id, alice = raised(), browser(practice.alice)
    before = owner.execute("SELECT * FROM alert").fetchall()
    for _ in range(2):
        assert alice.submit(f"/help/{alert_id}/safe").location == f"/help/{alert_id}"
    assert owner.execute("SELECT * FROM alert").fetchall() == before
    assert owner.execute("SELECT kind FROM alert_word").fetchall() == [("safe",)]
    page = alice.get(f"/help/{alert_id}").text
    assert "Your therapist still looks at your answer." in page
    assert "at the latest" in page
    run(at(MONDAY, 10))
    assert owner.execute("SELECT count(*) FROM alert_pass").fetchone() == (2,)
    assert "It changes nothing about what is to be done." in browser(practice.dana).get(f"/alerts/{alert_id}").text


def test_asking_for_a_call_is_asked_once_and_reaches_who_has_it(
    practice: Practice,
    raised: Raised,
    browser: Open,
    acting: Acting,
    owner: Owner,
    evening: time_machine.Traveller,
) -> None:
    alert_id, alice = raised(), browser(practice.alice)
    with acting(therapist(practice.dana)) as session:
        service.acknowledge(session.get_one(Alert, alert_id), practice.dana, EVENING)
    for minutes in range(2):
        evening.move_to(EVENING + timedelta(minutes=minutes))
        assert alice.submit(f"/help/{alert_id}/call").status_code == 303
    assert "You asked for a call." in alice.get(f"/help/{alert_id}").text
    rows = owner.execute("SELECT recipient_id, state FROM outbox_message WHERE kind = 'urgent.call'").fetchall()
    assert rows == [(practice.dana, "queued")]
    assert "Asks for a call" in browser(practice.dana).get(f"/alerts/{alert_id}").text


def test_asking_while_it_is_passed_on_sends_no_further_message(
    practice: Practice, raised: Raised, browser: Open, owner: Owner
) -> None:
    assert browser(practice.alice).submit(f"/help/{raised()}/call").status_code == 303
    assert owner.execute("SELECT kind FROM outbox_message").fetchall() == [("urgent.item",)]


def test_asking_after_it_was_closed_is_a_new_alert(
    practice: Practice, raised: Raised, browser: Open, owner: Owner
) -> None:
    alert_id, alice, dana = raised(), browser(practice.alice), browser(practice.dana)
    dana.submit(f"/alerts/{alert_id}/take")
    dana.submit(f"/alerts/{alert_id}/close", **TYPED)
    places = {alice.submit(f"/help/{alert_id}/call").location for _ in range(2)}
    rows = owner.execute("SELECT id, source, grade, state FROM alert ORDER BY id").fetchall()
    assert [row[1:] for row in rows] == [("phq9_item9", "urgent", "closed"), ("call", "same_day", "open")]
    assert places == {f"/help/{rows[1][0]}"}


def test_crisis_lines_and_every_footer_follow_the_country(
    practice: Practice, raised: Raised, browser: Open, acting: Acting
) -> None:
    alert_id = raised()
    assert "In danger now? Call 911. Call or text 988, day and night." in browser().get("/").text
    with acting() as session:
        session.execute(text("UPDATE practice SET country = 'DE'"))
    assert "988" not in browser().get("/therapists").text
    assert "findahelpline.com names lines near you" in browser(practice.alice).get("/today").text
    page = browser(practice.alice).get(f"/help/{alert_id}").text
    assert ("988" in page.replace(str(alert_id), ""), 'href="https://findahelpline.com"' in page) == (False, True)


def test_opening_shows_what_is_needed_to_act_and_leaves_a_neutral_trace(
    practice: Practice, raised: Raised, browser: Open, acting: Acting, owner: Owner
) -> None:
    with acting() as session:
        session.get_one(Person, practice.alice).phone = "+12125550111"
    page = browser(practice.dana).get(f"/alerts/{raised()}").text
    for words in ("Alice Hart", "urgent", "An answer in a questionnaire", "tel:+12125550111", "nobody has it yet"):
        assert words in page
    rows = owner.execute("SELECT action, record_kind, client_id FROM audit_event").fetchall()
    assert rows == [("client.read", "client", practice.alice_client)]


def test_today_and_the_list_show_what_is_open_first_by_initials(
    practice: Practice, raised: Raised, browser: Open, evening: time_machine.Traveller
) -> None:
    dana = browser(practice.dana)
    first, second = raised(grade="same_day"), raised(now=EVENING + timedelta(minutes=1))
    third = raised(now=EVENING + timedelta(minutes=2))
    dana.submit(f"/alerts/{first}/take")
    dana.submit(f"/alerts/{first}/close", **TYPED)
    dana.submit(f"/alerts/{second}/take")
    fourth = raised(grade="same_day", now=EVENING - timedelta(minutes=5))
    page = dana.get("/alerts").text
    places = [page.index(f"/alerts/{each}") for each in (third, fourth, second, first)]
    assert places == sorted(places)
    today = dana.get("/today").text
    assert [str(each) in today for each in (first, second, third, fourth)] == [False, True, True, True]
    assert ("A. H." in today, "Alice" in today, "nobody has it yet" in today) == (True, False, True)


def test_the_clients_page_leads_to_their_alerts_also_once_they_are_closed(
    practice: Practice, raised: Raised, browser: Open
) -> None:
    alert_id, dana = raised(), browser(practice.dana)
    dana.submit(f"/alerts/{alert_id}/take")
    dana.submit(f"/alerts/{alert_id}/close", **TYPED)
    clients = {"alice": practice.alice_client, "bob": practice.bob_client}
    pages = {who: dana.get(f"/clients/{client_id}").text for who, client_id in clients.items()}
    assert {who: str(alert_id) in page for who, page in pages.items()} == {"alice": True, "bob": False}


def test_the_caseload_says_of_whom_something_is_open(practice: Practice, raised: Raised, browser: Open) -> None:
    dana = browser(practice.dana)
    assert ">alert</span>" not in dana.get("/caseload").text
    alert_id = raised()
    page = dana.get("/caseload").text
    assert page.count(">alert</span>") == 1
    alice, pill, bob = (page.index(words) for words in ("Alice Hart</a>", ">alert</span>", "Bob Hart</a>"))
    assert alice < pill < bob
    assert ">alert</span>" not in browser(practice.erik).get("/caseload").text
    dana.submit(f"/alerts/{alert_id}/take")
    dana.submit(f"/alerts/{alert_id}/close", **TYPED)
    assert ">alert</span>" not in dana.get("/caseload").text


def test_of_two_who_press_at_once_one_has_it(
    practice: Practice, on_call: OnCall, raised: Raised, browser: Open, run: Run, evening: time_machine.Traveller
) -> None:
    alert_id = raised()
    run(at(MONDAY, 10))
    evening.move_to(at(MONDAY, 10))
    erik, dana = browser(practice.erik), browser(practice.dana)
    assert erik.submit(f"/alerts/{alert_id}/take").location == f"/alerts/{alert_id}"
    assert erik.submit(f"/alerts/{alert_id}/take").location == f"/alerts/{alert_id}"
    assert (
        "Erik Lindqvist has taken this already." in dana.submit(f"/alerts/{alert_id}/take", follow_redirects=True).text
    )
    assert "Erik Lindqvist acknowledged it" in dana.get(f"/alerts/{alert_id}").text


def test_who_it_was_passed_to_acts_and_opens_nothing_else(
    practice: Practice,
    on_call: OnCall,
    raised: Raised,
    browser: Open,
    run: Run,
    evening: time_machine.Traveller,
    owner: Owner,
) -> None:
    alert_id = raised()
    evening.move_to(at(MONDAY, 10))
    erik = browser(practice.erik)
    assert erik.get(f"/alerts/{alert_id}").status_code == 404
    run(at(MONDAY, 10))
    assert "Alice Hart" in erik.get(f"/alerts/{alert_id}").text
    for path in ("", "/intake", "/homework", "/book"):
        assert erik.get(f"/clients/{practice.alice_client}{path}").status_code == 404
    assert "A. H." in erik.get("/today").text
    erik.submit(f"/alerts/{alert_id}/take")
    assert erik.submit(f"/alerts/{alert_id}/close", **TYPED).location == "/alerts"
    assert erik.get(f"/alerts/{alert_id}").status_code == 404
    assert CANARY in browser(practice.dana).get(f"/alerts/{alert_id}").text
    shared = owner.execute("SELECT job, record_id FROM audit_event WHERE action = 'client.share'").fetchall()
    assert shared == [("pass-on", practice.erik)]


@pytest.mark.parametrize("missing", TYPED)
def test_an_incomplete_closing_is_refused_and_nothing_typed_is_lost(
    practice: Practice, raised: Raised, browser: Open, owner: Owner, missing: str
) -> None:
    alert_id, dana = raised(), browser(practice.dana)
    dana.submit(f"/alerts/{alert_id}/take")
    answer = dana.submit(f"/alerts/{alert_id}/close", **TYPED | {missing: ""})
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    for name, typed in TYPED.items():
        assert name == missing or typed in answer.text
    assert owner.execute("SELECT state FROM alert").fetchall() == [("acknowledged",)]
    assert owner.execute("SELECT count(*) FROM alert_closing").fetchone() == (0,)


def test_what_nobody_has_taken_cannot_be_closed_and_nothing_typed_is_lost(
    practice: Practice, raised: Raised, browser: Open
) -> None:
    answer = browser(practice.dana).submit(f"/alerts/{raised()}/close", **TYPED)
    assert (answer.status_code, "Please acknowledge it first" in answer.text) == (409, True)
    assert f"{CANARY} safety_plan" in answer.text


def test_a_closing_is_read_by_who_cares_for_the_client(practice: Practice, raised: Raised, browser: Open) -> None:
    alert_id, dana = raised(), browser(practice.dana)
    dana.submit(f"/alerts/{alert_id}/take")
    assert dana.submit(f"/alerts/{alert_id}/close", **TYPED).location == "/alerts"
    page = dana.get(f"/alerts/{alert_id}").text
    assert [words in page for words in (CANARY, "Seen sooner, or more often", "Closed by")] == [True] * 3
    twice = dana.submit(f"/alerts/{alert_id}/close", **TYPED)
    assert (twice.status_code, "This is closed already." in twice.text) == (409, True)


def test_the_desk_is_asked_to_call_the_therapist_and_learns_no_more(
    practice: Practice, raised: Raised, browser: Open, acting: Acting, evening: time_machine.Traveller
) -> None:
    be_away(acting, practice, practice.erik, EVENING - timedelta(days=1), EVENING + timedelta(days=9))
    desk = browser(practice.desk)
    alert_id = raised()
    raised(now=EVENING + timedelta(minutes=1))
    evening.move_to(at(MONDAY, 9, 59))
    assert "Call Erik" not in browser(practice.desk).get("/today").text
    evening.move_to(at(MONDAY, 10, 1))
    desk = browser(practice.desk)
    page = desk.get("/today").text
    assert page.count("Call Erik Lindqvist") == 1
    assert (str(alert_id) in page, "Alice" in page, "A. H." in page) == (False, False, False)
    for path in ("/alerts", f"/alerts/{alert_id}", f"/help/{alert_id}"):
        assert desk.get(path).status_code == 404


def test_the_desks_call_ends_when_it_is_taken(
    practice: Practice, raised: Raised, browser: Open, evening: time_machine.Traveller
) -> None:
    alert_id = raised()
    evening.move_to(at(MONDAY, 12))
    assert "Call Dana Whitfield" in browser(practice.desk).get("/today").text
    browser(practice.dana).submit(f"/alerts/{alert_id}/take")
    assert "Call Dana Whitfield" not in browser(practice.desk).get("/today").text


PAGES = {
    "bob": ("/today", "/sessions", "/homework", "/progress", "/record", "/book", "/account"),
    "carol": ("/today", "/sessions", "/record"),
    "erik": ("/today", "/alerts", "/caseload", "/requests", "/review", "/reports", "/changes"),
    "desk": ("/today", "/day-sheet", "/people", "/undelivered", "/requests", "/changes"),
    "owner": ("/today", "/practice", "/practice/urgent", "/practice/staff", "/audit-trail"),
}


@pytest.mark.parametrize("who", PAGES)
def test_what_one_partner_answers_changes_no_byte_for_anybody_else(
    practice: Practice, on_call: OnCall, raised: Raised, browser: Open, acting: Acting, owner: Owner, who: str
) -> None:
    reader = browser(getattr(practice, who))

    def look() -> list[tuple[int, str]]:
        mask = Masking()
        answers = [reader.get(path) for path in PAGES[who]]
        return [(each.status_code, mask(each.text)) for each in answers]

    before = look()
    assert {status for status, _ in before} == {200}
    alert_id = raised(source="safety_form")
    _deliver(owner)
    assert look() == before
    for path in (f"/alerts/{alert_id}", f"/help/{alert_id}"):
        mask = Masking()
        refused, missing = reader.get(path), reader.get(f"{path.rpartition('/')[0]}/{new_id()}")
        assert (refused.status_code, mask(refused.text)) == (404, mask(missing.text))


def _deliver(owner: Owner) -> None:
    """As the worker does within seconds."""
    owner.execute(
        "UPDATE outbox_message SET state = 'sent', handed_over_at = queued_at, finished_at = queued_at"
        " WHERE state = 'queued'"
    )


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    practice: Practice, raised: Raised, browser: Open, statements: list[str]
) -> None:
    dana = browser(practice.dana)

    def count(path: str) -> int:
        statements.clear()
        assert dana.get(path).status_code == 200
        return len(statements)

    raised()
    dana.get("/alerts")
    one = [count(path) for path in ("/alerts", "/today")]
    for minutes in range(1, 25):
        raised(now=EVENING + timedelta(minutes=minutes))
    assert [count(path) for path in ("/alerts", "/today")] == one


def test_no_help_without_an_alert_has_a_button(practice: Practice, acting: Acting) -> None:
    with acting(client(practice.alice)):
        help_now = crisis_help(practice.alice_client, EVENING)
    assert (help_now.alert_id, help_now.call_by, help_now.country.emergency) == (None, "", "911")
