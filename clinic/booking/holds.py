"""A time that is kept for ten minutes while somebody types, before anybody is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select

from clinic.booking import claims, placing, rules
from clinic.booking.errors import SlotTaken, TooManyHoldsError
from clinic.booking.models import Appointment
from clinic.booking.rules import State
from clinic.booking.wishes import Wish, naming_alternatives, require_offered
from clinic.database.session import db

HOLDS_PER_ADDRESS: Final = 12


@dataclass(frozen=True, slots=True)
class Browser:
    """Who holds a time before anybody is known: digests of a cookie and of a network address."""

    owner: bytes
    address: bytes | None = None

    @property
    def lock(self) -> UUID:
        """What two tabs of one browser wait for, since it holds one time."""
        return UUID(bytes=sha256(self.owner).digest()[:16])


def hold(
    wish: Wish, browser: Browser, *, now: datetime, by: UUID | None = None, client_ids: Sequence[UUID] = ()
) -> Appointment:
    """Keep the time for ten minutes, giving up what this browser held before in the same step.

    Raises SlotTaken (with the three nearest; the earlier hold then stays) or TooManyHoldsError.
    """
    earlier = find_hold(browser)
    ignoring = [earlier.id] if earlier else []
    with naming_alternatives(wish, client_ids, now, ignoring):
        _look_first(wish, browser, earlier, now=now, client_ids=client_ids)
        with claims.or_taken():
            return _held_under_lock(wish, browser, earlier, now=now, by=by, client_ids=client_ids)


def _look_first(
    wish: Wish, browser: Browser, earlier: Appointment | None, *, now: datetime, client_ids: Sequence[UUID]
) -> None:
    """Raise SlotTaken for a time that is gone: of many who want one time, most need not wait for its lock to hear it.

    Unless it is gone to another tab of this browser, since `earlier` was read.
    """
    wishes = claims.wanted(wish.terms, wish.starts_at, wish.therapist_id, client_ids)
    try:
        claims.choose_room((), wishes, now=now, ignoring=[earlier.id] if earlier else [])
    except SlotTaken:
        held = find_hold(browser)
        if held is None or held is earlier:
            raise


def _held_under_lock(
    wish: Wish,
    browser: Browser,
    earlier: Appointment | None,
    *,
    now: datetime,
    by: UUID | None,
    client_ids: Sequence[UUID],
) -> Appointment:
    rooms = placing.rooms_for(wish.modality)
    claims.lock(
        {wish.therapist_id, *rooms, *client_ids, *placing.resources_of(earlier), browser.lock},
        now=now,
        wanted=placing.time_of(wish),
        keeping=earlier.id if earlier else None,
    )
    held = db.session.scalar(_held_by(browser).with_for_update())  # another tab may have come or let go meanwhile
    require_offered(wish, now, [held.id] if held else [])
    _require_room(browser, now)
    appointment = held or placing.new(wish, now, by)
    appointment.hold_owner, appointment.hold_address = browser.owner, browser.address
    appointment.service_id, appointment.price_cents = wish.service.id, wish.terms.price_cents
    appointment.held_until = rules.held_until(now)
    placing.place(appointment, wish, client_ids, rooms, now)
    return appointment


def find_hold(browser: Browser) -> Appointment | None:
    """What this browser holds, expired or not, as it stands now; None when it holds nothing."""
    return db.session.scalar(_held_by(browser))


def _held_by(browser: Browser) -> Select[Appointment]:
    query = select(Appointment).where(Appointment.hold_owner == browser.owner, Appointment.state == State.HELD)
    return query.execution_options(populate_existing=True)


def release_hold(browser: Browser) -> bool:
    """Give the held time back at once; True when there was one."""
    query = delete(Appointment).where(Appointment.hold_owner == browser.owner, Appointment.state == State.HELD)
    return bool(db.session.scalars(query.returning(Appointment.id)).all())


def _require_room(browser: Browser, now: datetime) -> None:
    """A guard against one address that holds the whole week; near the limit, two at once may both pass."""
    if browser.address is None:
        return
    count = db.session.scalar(
        select(func.count()).where(
            Appointment.hold_address == browser.address,
            Appointment.state == State.HELD,
            Appointment.held_until > now,
            Appointment.hold_owner != browser.owner,
        )
    )
    if count and count >= HOLDS_PER_ADDRESS:
        raise TooManyHoldsError
