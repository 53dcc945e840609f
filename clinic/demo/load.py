"""Load the demo practice into an empty database, in one transaction, as the role that owns it."""

from datetime import datetime

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.orm import Session

from clinic import content
from clinic.accounts.models import Person
from clinic.accounts.passwords import hash_password
from clinic.audit.models import AuditEvent, AuditPending
from clinic.core.zones import wall
from clinic.database.session import db
from clinic.demo import cast, papers
from clinic.demo.away import be_away
from clinic.demo.caseload import take_in
from clinic.demo.homework import do_homework
from clinic.demo.hours import plan_hours
from clinic.demo.measures import answer_measures
from clinic.demo.money import take_money
from clinic.demo.notes import write_notes
from clinic.demo.practice import ZONE, set_up
from clinic.demo.requests import ask_for_times
from clinic.demo.sessions import fill_calendar
from clinic.demo.urgent import name_who_is_on_call
from clinic.demo.video import meet_by_video
from clinic.demo.waiting import wait_for_times
from clinic.intake.models import Signature
from clinic.outbox.models import OutboxMessage


class PracticeNotEmptyError(Exception):
    """There are people in the database already; demo data is never mixed with them."""


def load(now: datetime) -> None:
    """Make the whole demo practice in the open transaction. Raises PracticeNotEmptyError."""
    session = db.session()
    if session.scalar(select(func.count()).select_from(Person)):
        raise PracticeNotEmptyError
    today = wall(now, ZONE).date()
    password_hash = hash_password(cast.PASSWORD)
    ground = set_up(session, now, today, password_hash)
    caseload = take_in(session, ground, now, password_hash)
    plan_hours(session, ground, now, today)
    fill_calendar(session, ground, caseload, now, today)
    session.flush()
    meet_by_video(ground, now)
    be_away(session, ground, caseload, today)
    ask_for_times(session, ground, caseload, now, today)
    wait_for_times(caseload, ground, now)
    content.install(now)
    papers.take_in(session, caseload, now)
    do_homework(ground, caseload, now)
    answer_measures(ground, caseload, now)
    papers.report(session, ground, caseload, now)
    write_notes(session, ground, caseload, now)
    take_money(session, ground, caseload, now, today)
    name_who_is_on_call(session, ground, caseload, now)
    _forget_the_making(session)


def _forget_the_making(session: Session) -> None:
    """Keep the signatures in the trail, at their time, but not a thousand rows of our own; and send no old mail."""
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(delete(OutboxMessage))
    session.execute(delete(AuditEvent).where(AuditEvent.action != "intake.sign"))
    session.execute(delete(AuditPending).where(~exists().where(AuditEvent.id == AuditPending.event_id)))
    session.execute(
        update(AuditEvent)
        .where(AuditEvent.record_id == Signature.id)
        .values(at=Signature.signed_at, person_id=Signature.signer_id, roles="client", job=None)
    )
    session.execute(text("SET LOCAL session_replication_role = origin"))


def clear() -> None:
    """Delete every row of every table. For the demo practice only: the caller has made sure of that."""
    session = db.session()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    names = session.scalars(
        text(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname <> 'alembic_version'"
        )
    )
    for name in names.all():
        session.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608 -- names come from the catalogue
    session.execute(text("SET LOCAL session_replication_role = origin"))


def sign_ins() -> list[tuple[str, str, str]]:
    """One sign-in a role: role, address, password."""
    people = (
        ("client", *cast.CLIENTS[0]),
        ("therapist", cast.THERAPISTS[0].given, cast.THERAPISTS[0].family),
        ("front desk", *cast.DESK),
        ("owner", *cast.OWNER),
    )
    return [(role, cast.address(given, family), cast.PASSWORD) for role, given, family in people]
