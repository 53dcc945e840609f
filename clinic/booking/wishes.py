"""What somebody wants to book, whether that is on offer, and what else is free when it is not."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from clinic.booking import schedule
from clinic.booking.errors import Alternative, SlotTaken
from clinic.booking.slots import first_available, nearest
from clinic.core.interval import Interval
from clinic.practice.models import Service
from clinic.practice.queries import terms_with
from clinic.practice.terms import Terms

NEAR: Final = timedelta(days=2)  # of a busy practice, most refusals find their three within these
FAR: Final = timedelta(days=21)


@dataclass(frozen=True)
class Wish:
    """What somebody wants: a service, with whom, when and how. `zone` and `currency` are the practice's.

    `others` are the therapists who would do as well, for the alternatives when the time is taken. `kept_minutes` is
    the length of a session that is moved, whatever its service has become.
    """

    service: Service
    therapist_id: UUID
    starts_at: datetime
    modality: str
    zone: str
    currency: str
    others: tuple[UUID, ...] = ()
    kept_minutes: int | None = None

    @cached_property
    def terms(self) -> Terms:
        """The service as this therapist gives it."""
        return terms_with(self.service, [self.therapist_id], self.kept_minutes)[self.therapist_id]

    def keeping(self, minutes: int) -> "Wish":
        """The same for a session that has its length already."""
        return replace(self, kept_minutes=minutes)

    @property
    def ends_at(self) -> datetime:
        """When the session is over, the buffer not counted."""
        return self.terms.session(self.starts_at).end


def alternatives(
    wish: Wish, *, now: datetime, client_ids: Collection[UUID] = (), ignoring: Collection[UUID] = (), count: int = 3
) -> list[Alternative]:
    """The `count` free times nearest to the wish, with whoever of those wanted has them."""
    therapists = list(dict.fromkeys((wish.therapist_id, *wish.others)))
    terms = terms_with(wish.service, therapists, wish.kept_minutes)
    hosts: dict[datetime, UUID] = {}
    for reach in (NEAR, FAR):
        starts = schedule.starts_by_therapist(
            wish.service,
            wish.modality,
            terms,
            Interval(wish.starts_at - reach, wish.starts_at + reach),
            zone=wish.zone,
            now=now,
            client_ids=client_ids,
            ignoring=ignoring,
        )
        hosts = dict(first_available(starts))
        if len(hosts) >= count:
            break
    return [Alternative(start, hosts[start]) for start in nearest(list(hosts), wish.starts_at, count)]


@contextmanager
def naming_alternatives(
    wish: Wish, client_ids: Collection[UUID], now: datetime, ignoring: Collection[UUID] = ()
) -> Iterator[None]:
    """Let a refusal carry what else is free. It searches after the savepoint, when the locks are given back."""
    try:
        yield
    except SlotTaken as error:
        raise SlotTaken(alternatives(wish, now=now, client_ids=client_ids, ignoring=ignoring)) from error


def require_offered(wish: Wish, now: datetime, ignoring: Collection[UUID]) -> None:
    """Raise SlotTaken unless hours, leave, notice, horizon and cap allow the wish."""
    if not schedule.is_offered(
        wish.service,
        wish.therapist_id,
        wish.starts_at,
        zone=wish.zone,
        now=now,
        ignoring=ignoring,
        kept_minutes=wish.kept_minutes,
    ):
        raise SlotTaken
