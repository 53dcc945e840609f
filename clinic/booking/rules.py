"""The rules of an appointment as plain functions: its states, what is late or too soon, how long a time is kept."""

from datetime import datetime, timedelta
from enum import StrEnum

from clinic.booking.errors import AlreadyBegunError, TooEarlyError, WrongStateError
from clinic.core.interval import require_aware

HOLD = timedelta(minutes=10)
GRACE = timedelta(minutes=20)
"""A slow typist keeps what they typed for this long after the hold ran out, unless somebody else takes the time."""
REQUEST_HOLD = timedelta(hours=48)
QUESTION_HOLD = timedelta(hours=24)
"""A partner who is asked has a day: until then nobody else gets the time."""
OPEN_REQUESTS = 3
"""So many times one person may ask for at once, since each is kept from everybody else meanwhile."""
ARRIVING = timedelta(minutes=30)
"""So long before the start people begin to arrive, and it can be noted."""


class State(StrEnum):
    """Where an appointment stands. That it took place follows from its times; who came is noted for each attendee."""

    HELD = "held"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


_FOLLOWING: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.REQUESTED, State.CONFIRMED}),
    State.REQUESTED: frozenset({State.CONFIRMED, State.DECLINED, State.EXPIRED, State.CANCELLED}),
    State.CONFIRMED: frozenset({State.CANCELLED}),
    State.CANCELLED: frozenset(),
    State.DECLINED: frozenset(),
    State.EXPIRED: frozenset(),
}


def may_become(state: State, following: State) -> bool:
    """True when an appointment may go from one state to the other."""
    return following in _FOLLOWING[state]


def require_transition(state: State, following: State) -> None:
    """Raise WrongStateError unless an appointment may go from one state to the other."""
    if not may_become(state, following):
        raise WrongStateError


def fee_cents(listed: int, agreed: int | None) -> int:
    """What a session costs: the fee that was agreed on (None for none), where it costs anything."""
    return listed if agreed is None or not listed else agreed


def is_late(starts_at: datetime, now: datetime, window_minutes: int) -> bool:
    """True when fewer than `window_minutes` elapsed minutes remain; exactly that many are still in time."""
    return require_aware(now) > late_after(starts_at, window_minutes)


def late_after(starts_at: datetime, window_minutes: int) -> datetime:
    """The last moment at which cancelling or moving is in time."""
    return require_aware(starts_at) - timedelta(minutes=window_minutes)


def require_not_begun(starts_at: datetime, now: datetime) -> None:
    """Raise AlreadyBegunError from the start of the session on."""
    if now >= starts_at:
        raise AlreadyBegunError


def is_arriving(starts_at: datetime, now: datetime) -> bool:
    """True from half an hour before the session on: then who comes can be noted."""
    return require_aware(now) >= require_aware(starts_at) - ARRIVING


def require_arriving(starts_at: datetime, now: datetime) -> None:
    """Raise TooEarlyError until half an hour before the session."""
    if not is_arriving(starts_at, now):
        raise TooEarlyError


def held_until(now: datetime) -> datetime:
    """Until when a time is kept while a person types."""
    return require_aware(now) + HOLD


def requested_until(now: datetime, starts_at: datetime) -> datetime:
    """Until when a time is kept while a request waits: two days, and never beyond the session's start."""
    return min(require_aware(now) + REQUEST_HOLD, require_aware(starts_at))


def asked_until(now: datetime, starts_at: datetime) -> datetime:
    """Until when a time is kept while a partner is asked: a day, and never beyond the session's start."""
    return min(require_aware(now) + QUESTION_HOLD, require_aware(starts_at))
