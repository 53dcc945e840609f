"""Add a calendar outside, see what it would block, use it, pause it, remove it. Reading it is the workers' part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update

from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database import locks
from clinic.database.session import db
from clinic.outside import rules
from clinic.outside.addresses import Target
from clinic.outside.errors import NotReadYetError, OwnAddressError, TooManyCalendarsError
from clinic.outside.models import OutsideCalendar, OutsideTime
from clinic.vault import service as vault
from clinic.vault.service import Owner

TABLE = OutsideCalendar.__tablename__
_BEGINS = func.lower(OutsideTime.during)


@dataclass(frozen=True, slots=True)
class Overview:
    """A calendar as its owner sees it: its name, the host of its address and no more of that, what it blocks."""

    calendar: OutsideCalendar
    name: str
    host: str
    count: int
    until: datetime | None


def add(therapist_id: UUID, name: str, address: str, own_host: str, now: datetime) -> OutsideCalendar:
    """Note an address to be read as soon as may be. Raises AddressError, OwnAddressError, TooManyCalendarsError."""
    if Target.of(address).host == own_host.lower():
        raise OwnAddressError
    locks.take([therapist_id])
    mine = select(func.count()).where(OutsideCalendar.therapist_id == therapist_id)
    if (db.session.scalar(mine) or 0) >= rules.MOST_CALENDARS:
        raise TooManyCalendarsError
    identity, owner = new_id(), _owner(therapist_id)
    calendar = OutsideCalendar(
        id=identity,
        therapist_id=therapist_id,
        name=vault.encrypt(owner, TABLE, "name", identity, name),
        address=vault.encrypt(owner, TABLE, "address", identity, address),
        state="new",
        created_at=now,
        next_read_at=now,
        failures=0,
    )
    db.session.add(calendar)
    db.session.flush()
    audit.record("outside.add", "outside_calendar", identity)
    return calendar


def calendar_of(therapist_id: UUID, calendar_id: UUID) -> OutsideCalendar:
    """A therapist's own calendar, locked until the transaction ends. Raises NotVisibleError."""
    query = select(OutsideCalendar).where(
        OutsideCalendar.id == calendar_id, OutsideCalendar.therapist_id == therapist_id
    )
    calendar = db.session.scalar(query.with_for_update())
    if calendar is None:
        raise NotVisibleError
    return calendar


def use(calendar: OutsideCalendar, now: datetime) -> None:
    """Let its times block from now on. Raises NotReadYetError."""
    if calendar.read_at is None:
        raise NotReadYetError
    calendar.state, calendar.next_read_at = "active", now
    _block(calendar, blocks=True)
    audit.record("outside.use", "outside_calendar", calendar.id)


def pause(calendar: OutsideCalendar) -> None:
    """Let it block nothing, and read it no more."""
    calendar.state, calendar.next_read_at = "paused", None
    _block(calendar, blocks=False)
    audit.record("outside.pause", "outside_calendar", calendar.id)


def read_soon(calendar: OutsideCalendar, now: datetime) -> None:
    """Read it at the next turn of the workers; one that is paused stays so."""
    if calendar.state != "paused":
        calendar.next_read_at = now


def remove(calendar: OutsideCalendar) -> None:
    """Forget the address and its times."""
    audit.record("outside.remove", "outside_calendar", calendar.id)
    db.session.delete(calendar)
    db.session.flush()


def overviews(therapist_id: UUID, now: datetime) -> list[Overview]:
    """A therapist's calendars in the order in which they were added, in two statements."""
    calendars = db.session.scalars(
        select(OutsideCalendar).where(OutsideCalendar.therapist_id == therapist_id).order_by(OutsideCalendar.id)
    ).all()
    return _overviews(calendars, now) if calendars else []


def overview(calendar: OutsideCalendar, now: datetime) -> Overview:
    """The same of one."""
    (only,) = _overviews([calendar], now)
    return only


def times(calendar: OutsideCalendar, now: datetime) -> Select[OutsideTime]:
    """The busy times to come, in order."""
    query = select(OutsideTime).where(OutsideTime.calendar_id == calendar.id, func.upper(OutsideTime.during) > now)
    return query.order_by(_BEGINS)


def interval_of(row: OutsideTime) -> Interval:
    """When it is."""
    start, end = row.during.lower, row.during.upper
    if start is None or end is None:
        raise ValueError("a busy time begins and ends")
    return Interval(start, end)


def address_of(calendar: OutsideCalendar) -> str:
    """The whole address, for whoever reads there."""
    return vault.decrypt(_owner(calendar.therapist_id), TABLE, "address", calendar.id, calendar.address)


def _overviews(calendars: Sequence[OutsideCalendar], now: datetime) -> list[Overview]:
    rows = db.session.execute(
        select(OutsideTime.calendar_id, func.count(), func.max(func.upper(OutsideTime.during)))
        .where(OutsideTime.calendar_id.in_([each.id for each in calendars]), func.upper(OutsideTime.during) > now)
        .group_by(OutsideTime.calendar_id)
    )
    known = {identity: (count, until) for identity, count, until in rows}
    return [
        Overview(
            each,
            vault.decrypt(_owner(each.therapist_id), TABLE, "name", each.id, each.name),
            Target.of(address_of(each)).host,
            *known.get(each.id, (0, None)),
        )
        for each in calendars
    ]


def _block(calendar: OutsideCalendar, *, blocks: bool) -> None:
    db.session.flush()
    db.session.execute(update(OutsideTime).where(OutsideTime.calendar_id == calendar.id).values(blocks=blocks))


def _owner(therapist_id: UUID) -> Owner:
    return Owner("therapist", therapist_id)
