"""A person's appointments for a calendar outside: one secret address, which they can replace or end at any time.

The address is derived from the feed's row, so that its owner can look it up; the row holds a digest of it alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from clinic.accounts import people
from clinic.accounts.identity import digest_of
from clinic.accounts.tokens import derive_text
from clinic.audit import service as audit
from clinic.booking import queries
from clinic.booking.models import Appointment, CalendarFeed
from clinic.booking.rules import State
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db

BEHIND: Final = timedelta(days=31)
AHEAD: Final = timedelta(days=400)
MOST: Final = 2_000  # events; a full-time year has fewer


def open_feed(person_id: UUID, now: datetime) -> CalendarFeed:
    """A new secret address; the one before stops working."""
    end_feed(person_id, now)
    feed = CalendarFeed(id=new_id(), person_id=person_id, token_digest=b"", created_at=now)
    feed.token_digest = digest_of(token_of(feed))
    db.session.add(feed)
    db.session.flush()
    audit.record("feed.open", "calendar_feed", feed.id)
    return feed


def end_feed(person_id: UUID, now: datetime) -> None:
    """The address stops working; where there is none, nothing happens."""
    feed = db.session.scalar(_live(person_id).with_for_update())
    if feed is not None:
        feed.ended_at = now
        db.session.flush()
        audit.record("feed.end", "calendar_feed", feed.id)


def feed_of(person_id: UUID) -> CalendarFeed | None:
    """The person's address that works, where they have one."""
    return db.session.scalar(_live(person_id))


def token_of(feed: CalendarFeed) -> str:
    """The secret part of the feed's address."""
    return derive_text("calendar.feed", str(feed.id))


def feed_at(token: str) -> CalendarFeed:
    """The feed of an address. Raises NotVisibleError when it never was, has ended, or its owner's login has."""
    query = select(CalendarFeed).where(CalendarFeed.token_digest == digest_of(token), CalendarFeed.ended_at.is_(None))
    feed = db.session.scalar(query)
    login = people.login_of(feed.person_id) if feed else None
    if feed is None or login is None or login.disabled_at is not None:
        raise NotVisibleError
    return feed


def appointments_of(feed: CalendarFeed, now: datetime) -> Sequence[Appointment]:
    """The owner's confirmed appointments of the last month and of a year to come, in order; MOST of them at most."""
    query = queries.visible_to(feed.person_id, now).where(
        Appointment.state == State.CONFIRMED,
        Appointment.starts_at > now - BEHIND,
        Appointment.starts_at < now + AHEAD,
    )
    return db.session.scalars(query.order_by(Appointment.starts_at, Appointment.id).limit(MOST)).all()


def note_reading(feed: CalendarFeed, now: datetime) -> None:
    """Keep when a program last asked, so that the owner sees whether somebody still does."""
    feed.read_at = now


def _live(person_id: UUID) -> Select[CalendarFeed]:
    return select(CalendarFeed).where(CalendarFeed.person_id == person_id, CalendarFeed.ended_at.is_(None))
