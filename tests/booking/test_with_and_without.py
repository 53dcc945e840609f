"""What Alice is answered when Bob has a life of his own, and when somebody else has it: the same, byte for byte.

Whatever Bob does alone stands in the first world; in the second Carol does it, so that the practice's own time is taken
alike. Every page that Alice can open without an id is compared, those that are added later among them; and whatever the
database is asked meanwhile, so that no answer has more to do.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.booking import attendance, feeds, holds, mails, queries, service
from clinic.booking.holds import Browser as Holder
from clinic.booking.models import Appointment
from clinic.booking.wishes import Wish
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.recurrence import Recurrence
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.fees import service as fees
from clinic.fees import waiving
from clinic.fees.service import Paid
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service
from clinic.series import service as series
from clinic.series.service import Plan
from faults import partners
from tests.booking.conftest import NOW, THURSDAY, at
from tests.booking.test_three_worlds import TIMES, Clock, Masking, Owner
from tests.browser import Browser
from tests.conftest import Acting, empty
from tests.factories import ZONE, Practice, make_practice

Seen = dict[str, Any]
OF_THE_MACHINE: Final = {"/healthz", "/readyz"}
SECRET: Final = re.compile(r"/feeds/[\w-]+")
LATER: Final = at(11) + timedelta(days=1)


def live_alone(practice: Practice, who: UUID) -> None:
    """All that one can do alone, by somebody whom Alice must not see in it."""
    person = db.session.get_one(Client, who).person_id
    past = _book(practice, practice.erik, NOW - timedelta(days=1), who)
    attendance.mark_attendance(past, who, "absent", now=NOW - timedelta(hours=23))
    _book(practice, practice.erik, at(10), who)
    _book(practice, practice.dana, at(15), who)
    late = db.session.get_one(Appointment, _book(practice, practice.erik, at(9), who))
    service.cancel(late, by=person, now=NOW)
    _pay(practice, past, who)
    _ask_alone(practice, who)
    rule = Recurrence.weekly(THURSDAY + timedelta(days=7), at(16).time(), ZONE, weeks=1, count=4)
    individual = db.session.get_one(Service, practice.individual)
    plan = Plan(individual, "video", practice.erik, [who], None, rule, "USD")
    series.begin(plan, dict(enumerate(rule.starts())), by=practice.erik, now=NOW)
    feeds.open_feed(person, NOW)
    db.session.get_one(Client, who).fee_cents = 9_000


def _book(practice: Practice, therapist: UUID, starts_at: datetime, who: UUID) -> UUID:
    individual = db.session.get_one(Service, practice.individual)
    wish = Wish(individual, therapist, starts_at, "video", ZONE, "USD")
    return service.book(wish, [who], by=therapist, now=min(NOW, starts_at - timedelta(days=1))).id


def _pay(practice: Practice, appointment_id: UUID, who: UUID) -> None:
    """What was paid has a receipt, and what was a slip is taken back."""
    appointment = db.session.get_one(Appointment, appointment_id)
    paid = Paid(who, "card", (NOW - timedelta(days=1)).date())
    for seen in (0, 2):
        fees.note_payment(appointment, paid, seen=seen, by=practice.desk, now=NOW)
        if not seen:
            fees.undo_payment(appointment, seen=1, by=practice.desk, now=NOW)


def _cancel_late(practice: Practice, who: UUID) -> UUID:
    """A fee may apply."""
    db.session.get_one(Service, practice.individual).late_fee_cents = 5_000
    late = db.session.get_one(Appointment, _book(practice, practice.erik, NOW + timedelta(hours=5), who))
    service.cancel(late, by=db.session.get_one(Client, who).person_id, now=NOW)
    assert late.late_fee_cents == 5_000
    return late.id


def _ask_alone(practice: Practice, who: UUID) -> None:
    individual = db.session.get_one(Service, practice.individual)
    individual.approval = "on_request"
    db.session.flush()
    wish = Wish(individual, practice.erik, LATER, "video", ZONE, "USD")
    held = holds.hold(wish, Holder(b"alone"), now=NOW, client_ids=[who])
    service.confirm(held, [who], by=None, now=NOW)
    individual.approval = "instant"


def see(app: Flask, alice: Browser, practice: Practice) -> Seen:
    """Every page without an id, as Alice opens it; and what she asks for where the other has something."""
    masking, found = Masking(), Seen()

    def mask(page: str) -> str:
        return masking(SECRET.sub("/feeds/[secret]", page))

    plain = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.rule not in OF_THE_MACHINE
    )
    day = at(10).date()
    asked = [TIMES, f"{TIMES}&day={day}", f"/book/individual-session/dana?day={day}", "/book/individual-session/anyone"]
    for page in [*plain, *asked]:
        answer = alice.get(page)
        found[page] = (answer.status_code, mask(answer.text))
    feed = alice.get("/account/calendar").text.partition("/feeds/")[2].partition('"')[0]
    found["feed"] = mask(alice.get(f"/feeds/{feed}").text)
    taken = alice.submit("/book/individual-session/dana?modality=video", slot=f"{at(15).isoformat()}~{practice.dana}")
    found["taken"] = (taken.status_code, mask(taken.text))
    review = str(alice.submit(TIMES, slot=f"{at(9).isoformat()}~{practice.dana}").location)
    done = str(alice.submit(review).location)
    assert done.startswith("/sessions/")
    for page in ("", "/move", "/cancel", "/appointment.ics"):
        answer = alice.get(done + page)
        found[f"request{page}"] = (answer.status_code, mask(answer.text))
    return found


def live(
    app: Flask,
    owner: Owner,
    acting: Acting,
    browser: Callable[..., Browser],
    standing: Clock,
    statements: list[str],
    *,
    is_partner: bool,
) -> Seen:
    """One of the two worlds, from its beginning."""
    empty(owner)
    standing.now = NOW - timedelta(days=2)
    with acting() as session:
        practice = make_practice(session, NOW - timedelta(days=30))
        _book(practice, practice.dana, at(11), practice.alice_client)
    standing.now = NOW
    who, carer = (practice.bob_client, practice.dana) if is_partner else (practice.carol_client, practice.erik)
    with acting():
        live_alone(practice, who)
        late = _cancel_late(practice, who)
    with acting(Actor(person_id=carer, roles=frozenset({"therapist", "public"}))):
        waiving.waive(queries.appointment_shown(late), "was ill", seen=0, by=carer, now=NOW)
    alice = browser(practice.alice)
    alice.submit("/account/calendar")
    del statements[:]
    seen = see(app, alice, practice)
    seen["statements"] = [*statements]
    with acting():
        query = select(OutboxMessage).where(OutboxMessage.recipient_id == practice.alice)
        letters = [mails.render(each, NOW) for each in db.session.scalars(query.order_by(OutboxMessage.id))]
        seen["letters"] = [(each.subject, Masking()(each.text)) for each in letters if each]
    return seen


@pytest.fixture
def two_worlds(
    app: Flask,
    owner: Owner,
    acting: Acting,
    browser: Callable[..., Browser],
    monkeypatch: pytest.MonkeyPatch,
    statements: list[str],
) -> Callable[[bool], Seen]:
    """`two_worlds(True)` is the one in which it is the partner who does it all."""
    standing = Clock()
    monkeypatch.setattr(clock, "now", lambda: standing.now)
    return lambda is_partner: live(app, owner, acting, browser, standing, statements, is_partner=is_partner)


def test_nothing_that_alice_can_open_tells_of_what_bob_does_alone(two_worlds: Callable[[bool], Seen]) -> None:
    without, with_it = two_worlds(False), two_worlds(True)
    assert sum(answer[0] == 200 for answer in without.values() if isinstance(answer, tuple)) > 15
    for page, seen in without.items():
        assert with_it[page] == seen, page


def test_a_clash_that_was_noted_would_be_found_out(
    two_worlds: Callable[[bool], Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice reads nothing of it; what the database is asked for is the time that she could measure."""
    monkeypatch.setattr(service, "_ask", partners.careless(service._ask))
    noted, other = two_worlds(True), two_worlds(False)
    assert [page for page, seen in other.items() if noted[page] != seen] == ["statements"]


def test_a_list_that_counted_the_partners_sessions_would_be_found_out(
    two_worlds: Callable[[bool], Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = queries.upcoming

    def leaking(person_id: UUID, now: datetime) -> Any:
        couple = text(
            "SELECT c.person_id FROM client c JOIN couple_member m ON m.client_id = c.id WHERE m.couple_id IN"
            " (SELECT couple_id FROM couple_member JOIN client ON client.id = client_id WHERE person_id = :me)"
        )
        both = db.session.execute(couple, {"me": person_id}).scalars().all()
        return sorted((each for one in both for each in honest(one, now)), key=lambda each: each.starts_at)

    monkeypatch.setattr(queries, "upcoming", leaking)
    assert two_worlds(True)["/sessions"] != two_worlds(False)["/sessions"]
