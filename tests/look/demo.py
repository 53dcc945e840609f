"""The demo practice on its fixed day: the people who look at it, and what stands in the places of addresses."""

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pyotp
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.accounts import links, lost_factor, recovery, totp
from clinic.accounts.models import Passkey, Person
from clinic.booking.models import Appointment, Attendee
from clinic.clients.models import Client
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.demo import cast
from clinic.demo.load import load
from clinic.demo.practice import ZONE
from clinic.distance import service as distance
from clinic.homework import service as homework
from clinic.homework.models import Assignment
from clinic.imports import service as imports
from clinic.imports import work
from clinic.imports.columns import Kind
from clinic.outside import rounds
from clinic.outside import service as outside
from clinic.outside.errors import CannotReadError, Problem
from clinic.outside.fetching import Marks
from clinic.progress import briefs
from clinic.questionnaires import drafts
from clinic.questionnaires.values import Reading
from clinic.risk import service as risk
from clinic.risk.rules import Closing
from tests.browser import Browser

SAMPLE: Final = Path(__file__).parents[2] / "docs" / "samples" / "clients.csv"
DEMO_DAY: Final = datetime(2026, 11, 24, 13, 52, tzinfo=UTC)  # a Tuesday, eight minutes to nine in New York
SLOT: Final = re.compile(r'name="slot"[^>]*value="([^"]+)"')
Owner = psycopg.Connection[tuple[object, ...]]
PEOPLE: Final = {
    "alice": ("Alice", "Hart"),
    "bob": ("Bob", "Hart"),
    "maya": ("Maya", "Levin"),  # halfway through her intake
    "dana": ("Dana", "Whitfield"),
    "desk": cast.DESK,
    "owner": cast.OWNER,
}
LONG: Final = timedelta(hours=3)  # what lasts minutes only lasts for as long as anybody looks
SECOND_STEP: Final = ("Maya", "Levin")
_PERSON = "SELECT id FROM person WHERE email = %(email)s"
_CLIENT = "SELECT client.id FROM client JOIN person ON person.id = client.person_id WHERE email = %(email)s"
_OF_ALICE = " JOIN client ON client.id = client_id JOIN person ON person.id = client.person_id WHERE email = %(email)s"
_COUPLE = "SELECT couple_id FROM couple_member" + _OF_ALICE
_WORK = (
    "SELECT assignment.id FROM assignment JOIN questionnaire_definition AS form ON form.id = definition_id"
    + _OF_ALICE
    + " AND form.key = %(key)s AND assignment.state = %(state)s ORDER BY due_at DESC LIMIT 1"
)
_SESSION = (
    "SELECT appointment.id FROM appointment JOIN attendee ON attendee.appointment_id = appointment.id"
    + _OF_ALICE
    + " AND starts_at > %(now)s AND appointment.state = 'confirmed' ORDER BY starts_at LIMIT 1 OFFSET %(skip)s"
)
_A_COLLEAGUE_IS_FREE = (
    "SELECT id FROM appointment JOIN therapist_service AS other USING (service_id)"
    " WHERE other.therapist_id <> appointment.therapist_id AND state = 'confirmed' AND starts_at > %(now)s"
    " AND NOT EXISTS (SELECT FROM claim WHERE resource = other.therapist_id"
    " AND during && tstzrange(starts_at - interval '1 hour', ends_at + interval '1 hour')) ORDER BY starts_at LIMIT 1"
)
_LAST_JOINT_SESSION = (
    "SELECT appointment.id FROM appointment JOIN attendee ON attendee.appointment_id = appointment.id"
    + _OF_ALICE
    + " AND starts_at <= %(now)s AND appointment.state = 'confirmed' AND couple_id IS NOT NULL"
    + " ORDER BY starts_at DESC LIMIT 1"
)
_STANDING = (
    "SELECT appointment.id FROM appointment JOIN series ON series.id = series_id"
    " JOIN person ON person.id = series.therapist_id"
    " WHERE email = %(email)s AND starts_at > %(now)s AND series.couple_id IS NULL ORDER BY starts_at LIMIT 1"
)
_OUTSIDE = "SELECT id FROM outside_calendar WHERE state = %(state)s"
_QUESTION = "SELECT appointment_id FROM attendee" + _OF_ALICE + " AND answer = 'waiting'"
_NOTE = "SELECT session_note.id FROM session_note" + _OF_ALICE + " AND session_note.state = %(state)s"
_ALERT = "SELECT alert.id FROM alert" + _OF_ALICE + " AND alert.state = %(state)s"
_REPORT = (
    "SELECT progress_report.id FROM progress_report"
    + _OF_ALICE
    + " AND progress_report.state = %(state)s ORDER BY progress_report.id DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Demo:
    """Whose cookie opens what, and the values of the places in addresses."""

    cookies: dict[str, str]
    places: dict[str, str]


def fill(session: Session, now: datetime) -> None:
    """Load the demo practice, prepare what workers would have by this hour, and let Alice begin her homework."""
    load(now)
    briefs.prepare_due(now, limit=100)
    begun = session.scalars(
        select(Assignment)
        .join(Client, Client.id == Assignment.client_id)
        .join(Person, Person.id == Client.person_id)
        .where(Person.email == cast.address(*PEOPLE["alice"]), Assignment.state == "assigned")
    ).one()
    draft, reading = homework.draft_of(begun, now), Reading(now, ZONE)
    for initials, relation in (("M. K.", "friend"), ("J.", "sibling")):
        drafts.add_entry(draft, "people", {"initials": initials, "relation": relation, "closeness": "7"}, reading)
    met = {
        "who": "M. K.",
        "kind": "in_person",
        "planned": "yes",
        "happened": "yes",
        "ease_after": "7",
        "enjoyment": "8",
    }
    drafts.add_entry(draft, "meetings", {**met, "held_on": "2026-11-22"}, reading)
    _look_outside(session, now)
    _second_steps(session, now)
    _bring_file(session, now)
    _say_where(session, now)
    _worry(session, now)


def _bring_file(session: Session, now: datetime) -> None:
    """The desk has brought a file of clients, and the worker has said what would happen."""
    fay = session.scalars(select(Person.id).where(Person.email == cast.address(*cast.DESK))).one()
    taken = imports.take_in("clients.csv", SAMPLE.read_bytes(), Kind.CLIENTS, by=fay, now=now)
    work.say_next(taken, work.prepared(taken))


def _say_where(session: Session, now: datetime) -> None:
    """Alice has said where she is for the session by video that begins in some minutes; Bob has not."""
    alice = select(Person.id).where(Person.email == cast.address(*PEOPLE["alice"])).scalar_subquery()
    query = select(Attendee).join(Client, Client.id == Attendee.client_id).join(Attendee.appointment)
    attendee = session.scalars(
        query.where(Client.person_id == alice, Appointment.ends_at > now).order_by(Appointment.starts_at).limit(1)
    ).one()
    appointment = session.get_one(Appointment, attendee.appointment_id)
    distance.say_where(appointment, attendee, "12 Bay Street, Hoboken, third floor", "+12125550177", now=now)


def _second_steps(session: Session, now: datetime) -> None:
    """One client has an app and a passkey; everybody else in PEOPLE has a secret that waits for its first code."""
    for who, names in PEOPLE.items():
        person = session.scalars(select(Person.id).where(Person.email == cast.address(*names))).one()
        totp.begin(person, now)
        if names == SECOND_STEP:
            app = pyotp.TOTP(totp.waiting_secret(person) or "")
            totp.confirm(person, app.at(now), now)
            recovery.renew(person, now)
        if who in {"alice", "dana"} or names == SECOND_STEP:
            key = str(who).encode()
            session.add(
                Passkey(
                    person_id=person, name="My phone", credential_id=key, public_key=key, sign_count=0, created_at=now
                )
            )


def _worry(session: Session, now: datetime) -> None:
    """Alice gave answers that worry us: one is closed, one is in hand, one nobody has yet."""
    alice = select(Person.id).where(Person.email == cast.address(*PEOPLE["alice"])).scalar_subquery()
    client_id = session.scalars(select(Client.id).where(Client.person_id == alice)).one()
    dana = session.scalars(select(Person.id).where(Person.email == cast.address(*PEOPLE["dana"]))).one()
    closed, taken, newest = (
        risk.raise_alert(
            client_id=client_id, source=source, grade=grade, source_id=new_id(), now=now - timedelta(hours=hours)
        )
        for source, grade, hours in (
            ("phq9_item9", "same_day", 400),
            ("phq9_item9", "urgent", 40),
            ("safety_form", "urgent", 1),
        )
    )
    for each in (closed, taken):
        risk.acknowledge(each, dana, now)
    words = {each.name: "We spoke on the phone for half an hour." for each in fields(Closing)}
    done = Closing(**words | {"who": "Dana", "contacted_at": "2026-11-08 09:10", "disposition": "sooner"})
    risk.close(closed, done, dana, now)
    risk.say_safe(newest, now)


def _look_outside(session: Session, now: datetime) -> None:
    """Dana has a calendar outside in use, and one that she has not looked at yet."""
    dana = session.scalars(select(Person.id).where(Person.email == cast.address(*PEOPLE["dana"]))).one()
    used, new = (
        outside.add(dana, name, f"https://calendar.example.org/{name}.ics", "127.0.0.1", now)
        for name in ("Uni", "Choir")
    )
    weeks = [Interval.lasting(now + timedelta(weeks=week, hours=6), 90) for week in range(30)]
    rounds.keep(used.id, rounds.Found(weeks, Marks()), now)
    outside.use(used, now)
    rounds.keep(used.id, CannotReadError(Problem.UNREACHABLE), now)
    rounds.keep(new.id, rounds.Found(weeks[:3], Marks()), now)


def places(owner: Owner, now: datetime) -> dict[str, str]:
    """Real ids for every place, most of them Alice's."""
    alice = cast.address(*PEOPLE["alice"])

    def one(query: str, **values: object) -> str:
        row = owner.execute(query.encode(), {"email": alice, "now": now, **values}).fetchone()
        assert row is not None, query
        return str(row[0])

    sent = one(_WORK, key="fear_trace", state="submitted")
    circle = one(_WORK, key="own_circle", state="reviewed")
    open_work = one(_WORK, key="own_circle", state="in_progress")
    return {
        "alice_id": one(_PERSON),
        "client_id": one(_CLIENT),
        "couple_id": one(_COUPLE),
        "appointment_id": one(_SESSION, skip=0),
        "later_id": one(_SESSION, skip=1),
        "given_id": one(_A_COLLEAGUE_IS_FREE),
        "outside_id": one(_OUTSIDE, state="active"),
        "outside_new_id": one(_OUTSIDE, state="new"),
        "question_id": one(_QUESTION),
        "past_id": one(_LAST_JOINT_SESSION),
        "late_id": one("SELECT appointment_id FROM fee_waiver"),
        "standing_id": one(_STANDING, email=cast.address(*PEOPLE["dana"])),
        "assignment_id": open_work,
        "entry_id": one(
            "SELECT entry.id FROM entry JOIN response ON response.id = response_id"
            " WHERE response.subject_id = %(id)s AND group_key = 'meetings' LIMIT 1",
            id=open_work,
        ),
        "dana_id": one(_PERSON, email=cast.address(*PEOPLE["dana"])),
        "erik_id": one(_PERSON, email=cast.address("Erik", "Lindqvist")),
        "import_id": one("SELECT id FROM import"),
        "afraid_id": one("SELECT client_id FROM safety_review"),
        "time_off_id": one("SELECT id FROM time_off"),
        "hand_over_id": one("SELECT id FROM hand_over"),
        "away_id": one("SELECT id FROM day_away"),
        "service_id": one("SELECT id FROM service WHERE slug = 'individual-session'"),
        "room_id": one("SELECT id FROM room WHERE name = 'Room 1'"),
        "alert_id": one(_ALERT, state="open"),
        "taken_alert_id": one(_ALERT, state="acknowledged"),
        "closed_alert_id": one(_ALERT, state="closed"),
        "sent_id": sent,
        "reviewed_id": circle,
        "measure_id": one("SELECT measure_schedule.id FROM measure_schedule" + _OF_ALICE + " AND measure = 'gad7'"),
        "gad7_id": one("SELECT id FROM questionnaire_definition WHERE key = 'gad7'"),
        "administration_id": one(
            "SELECT measure_administration.id FROM measure_administration" + _OF_ALICE + " LIMIT 1"
        ),
        "report_id": one(_REPORT, state="released"),
        "note_id": one(_NOTE, state="final"),
        "joint_note_id": one(
            "SELECT id FROM session_note WHERE couple_id = %(couple)s ORDER BY held_on DESC LIMIT 1",
            couple=one(_COUPLE),
        ),
        "draft_note_id": one(_NOTE, state="draft"),
        "waiting_note_id": one("SELECT id FROM session_note WHERE state = 'signed' ORDER BY signed_at LIMIT 1"),
        "psychotherapy_note_id": one("SELECT id FROM psychotherapy_note"),
        "prepared_id": one(_REPORT, state="prepared"),
        "bob_work_id": one(_WORK, key="own_circle", state="in_progress", email=cast.address(*PEOPLE["bob"])),
        "bob_report_id": one(_REPORT, state="released", email=cast.address(*PEOPLE["bob"])),
        "shared_answer_id": one(
            "SELECT answer.id FROM answer JOIN response ON response.id = response_id"
            " WHERE response.subject_id = %(id)s AND field = 'share'",
            id=circle,
        ),
    }


def give_tokens(session: Session, found: dict[str, str], now: datetime) -> dict[str, str]:
    """Links as mails carry them: to join, to a new password, to an appointment."""
    alice, appointment = UUID(found["alice_id"]), UUID(found["appointment_id"])
    until = now + timedelta(days=1)
    desk = session.scalars(select(Person.id).where(Person.email == cast.address(*cast.DESK))).one()
    handed_over = lost_factor.recognise(
        alice, by=desk, checked="document", wants_factor_gone=False, wants_link=True, now=now + LONG
    )
    assert handed_over is not None
    made = {
        "join_token": links.make(links.JOIN, alice, None, until, now),
        "reset_token": links.make(links.RESET, alice, None, until, now),
        "appointment_token": links.make(links.APPOINTMENT, alice, appointment, until, now),
    }
    session.flush()
    return {name: links.token_for(link) for name, link in made.items()} | {"link_id": str(handed_over.id)}


def visit(visitor: Browser) -> dict[str, str]:
    """A visitor books one first call and is about to book another; returns what their addresses hold."""
    first = _choose(visitor)
    done = visitor.submit(f"{first}/review")
    booked = done.location.removeprefix("/book/done/").partition("?")[0]
    held = _choose(visitor)
    return {"booked_id": booked, "held": held, "free": held.rpartition("/")[2]}


def _choose(visitor: Browser) -> str:
    step = "/book/first-call/dana-whitfield"
    times = SLOT.findall(visitor.get(step).get_data(as_text=True))
    held = visitor.submit(step, slot=times[0])
    assert held.status_code == 303, held.status_code
    details = held.location.partition("?")[0]
    typed: dict[str, Any] = {
        "given_name": "Robin",
        "family_name": "Marsh",
        "email": "robin.marsh@example.org",
        "phone": "(212) 555-0199",
        "mailbox": "no",
    }
    saved = visitor.submit(details, **typed)
    assert saved.status_code == 303, saved.status_code
    return details.removesuffix("/details")


def sign_in(app: Flask, owner: Owner) -> dict[str, str]:
    """The cookie of everyone in PEOPLE, signed in."""
    cookies = {}
    for who, names in PEOPLE.items():
        row = owner.execute(_PERSON.encode(), {"email": cast.address(*names)}).fetchone()
        assert row is not None
        browser = Browser(app)
        browser.sign_in_as(row[0])
        cookies[who] = cookie(browser)
    owner.execute("UPDATE sign_in SET fresh_at = fresh_at + %s", [LONG])
    return cookies


def sign_in_half(app: Flask, owner: Owner) -> Browser:
    """Somebody whose password was right and whose second step is missing."""
    browser = Browser(app)
    done = browser.submit("/sign-in", email=cast.address(*SECOND_STEP), password=cast.PASSWORD)
    assert done.location == "/sign-in/second", done.location
    owner.execute(
        "UPDATE half_sign_in SET created_at = created_at + %(by)s, expires_at = expires_at + %(by)s", {"by": LONG}
    )
    return browser


def cookie(browser: Browser) -> str:
    """The value of a browser's cookie."""
    found = browser.client.get_cookie("clinic")
    assert found is not None
    return found.value
