"""Rows that are appointments: what they come to, and how one is booked, through the same door as at the counter."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from clinic.booking import claims, desk_queries, overrides, placing, schedule
from clinic.booking import service as booking
from clinic.booking.errors import SlotTaken
from clinic.booking.overrides import Broken
from clinic.booking.wishes import Wish
from clinic.clients import queries as clients
from clinic.clients.errors import NotActiveError
from clinic.clients.models import Client
from clinic.core.interval import Interval
from clinic.imports import queries
from clinic.imports.rules import Ground, Reason, RowError, Session, session
from clinic.practice.models import Service
from clinic.practice.queries import active_rooms

# These bind clients who book for themselves; a calendar that moves in has agreed on its sessions already.
_NOT_FOR_STAFF: Final = frozenset({Broken.NOTICE, Broken.HORIZON})


@dataclass(frozen=True, slots=True)
class Plan:
    """A row as the practice understands it."""

    wish: Wish
    client_ids: list[UUID]
    couple_id: UUID | None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two rows the same session."""
        return self.wish.therapist_id, self.wish.starts_at, *sorted(self.client_ids)


class Sessions:
    """Looks at rows one after another; it remembers what those of its own file would take."""

    def __init__(self, ground: Ground, currency: str, now: datetime) -> None:
        self._ground, self._currency, self._now = ground, currency, now
        self._therapists, self._services = queries.therapists_by_name(), queries.services_by_name()
        self._givers, self._rooms = queries.givers(), active_rooms()
        self._taken: dict[UUID, list[Interval]] = defaultdict(list)
        self._seen: dict[tuple[object, ...], int] = {}

    def check(self, number: int, cells: dict[str, str]) -> list[str]:
        """Raise RowError unless the row could be booked; returns the rules that it overrules."""
        plan = self._plan(cells, self._now)
        if plan.key in self._seen:
            raise RowError(Reason.DUPLICATE, self._seen[plan.key])
        self._keep(plan, number)
        return self._warnings(plan, self._now)

    def remember(self, number: int, cells: dict[str, str]) -> None:
        """A row that would be booked, for those that follow."""
        try:
            self._keep(self._plan(cells, self._now, is_new=False), number)
        except RowError:
            return  # the world has changed under it, so it takes nothing from the others

    def carry_out(self, cells: dict[str, str], warnings: Iterable[str], *, by: UUID, now: datetime) -> UUID:
        """Book it, and queue no message. Raises RowError when the world has changed since the row was checked."""
        plan = self._plan(cells, now)
        if not set(self._warnings(plan, now)) <= set(warnings):
            raise RowError(Reason.NEW_WARNING)
        try:
            booked = booking.book(plan.wish, plan.client_ids, by=by, now=now, couple_id=plan.couple_id, is_told=False)
        except SlotTaken as error:
            raise RowError(Reason.TAKEN) from error
        except NotActiveError as error:
            raise RowError(Reason.NO_COUPLE) from error
        return booked.id

    def _plan(self, cells: dict[str, str], now: datetime, *, is_new: bool = True) -> Plan:
        asked = session(cells, self._ground)
        if asked.starts_at <= now:
            raise RowError(Reason.PAST)
        service = self._services.get(asked.service.casefold())
        if service is None:
            raise RowError(Reason.SERVICE)
        client = _client(asked)
        therapist_id, client_ids, couple_id = self._who(asked, service, client, now)
        wish = Wish(service, therapist_id, asked.starts_at, _place(asked, service), self._ground.zone, self._currency)
        if is_new and queries.is_booked(client_ids, therapist_id, asked.starts_at):
            raise RowError(Reason.SAME_SESSION)
        return Plan(wish, client_ids, couple_id)

    def _who(
        self, asked: Session, service: Service, client: Client, now: datetime
    ) -> tuple[UUID, list[UUID], UUID | None]:
        """With whom, and who comes: a client stays with those who care for them, as at the counter."""
        couple = clients.active_couple_of(client.id) if service.attends == "couple" else None
        if service.attends == "couple" and couple is None:
            raise RowError(Reason.NO_COUPLE)
        carers = {couple.therapist_id} if couple else desk_queries.seen_by(client.id, now)
        therapist_id = self._therapist(asked, carers)
        if (therapist_id, service.id) not in self._givers:
            raise RowError(Reason.NOT_GIVEN)
        if carers and therapist_id not in carers:
            raise RowError(Reason.NOT_THEIRS)
        if couple is None:
            return therapist_id, [client.id], None
        return therapist_id, [each.client_id for each in couple.members], couple.id

    def _therapist(self, asked: Session, carers: set[UUID]) -> UUID:
        """Whom the row names; where only one cares for the client, it need not."""
        if asked.therapist:
            if (found := self._therapists.get(asked.therapist.casefold())) is None:
                raise RowError(Reason.THERAPIST)
            return found
        if len(carers) != 1:
            raise RowError(Reason.NO_THERAPIST)
        return next(iter(carers))

    def _warnings(self, plan: Plan, now: datetime) -> list[str]:
        return [each for each in overrides.broken_by(plan.wish, now=now) if each not in _NOT_FOR_STAFF]

    def _keep(self, plan: Plan, number: int) -> None:
        """Take its time from the rows that follow; raises RowError where it is taken, here or in the calendar."""
        wish = plan.wish
        wanted = claims.wanted(wish.terms, wish.starts_at, wish.therapist_id, plan.client_ids)
        rooms = self._rooms if wish.modality == "office" else []
        around = placing.time_of(wish)
        busy = schedule.busy_times((*wanted, *rooms), around, now=self._now)
        _require_free(wanted, busy, Reason.TAKEN)
        _require_free(wanted, self._taken, Reason.TAKEN_IN_FILE)
        if rooms:
            wanted |= {self._free_room(rooms, busy, around): ("room", around)}
        for resource, (_kind, during) in wanted.items():
            self._taken[resource].append(during)
        self._seen[plan.key] = number

    def _free_room(self, rooms: list[UUID], busy: dict[UUID, list[Interval]], during: Interval) -> UUID:
        free = [each for each in rooms if not busy[each]]
        if not free:
            raise RowError(Reason.TAKEN)
        for each in free:
            if not any(during.overlaps(taken) for taken in self._taken[each]):
                return each
        raise RowError(Reason.TAKEN_IN_FILE)


def _require_free(wanted: claims.Wishes, busy: dict[UUID, list[Interval]], reason: Reason) -> None:
    if any(during.overlaps(taken) for each, (_kind, during) in wanted.items() for taken in busy[each]):
        raise RowError(reason)


def _client(asked: Session) -> Client:
    """The one client whom the row names; raises RowError where that is nobody, or where several fit."""
    found = queries.clients_named(asked.name, asked.email)
    if not found:
        raise RowError(Reason.NO_CLIENT)
    if len(found) > 1:
        raise RowError(Reason.SEVERAL_CLIENTS)
    if found[0].state == "closed":
        raise RowError(Reason.CLOSED)
    return found[0]


def _place(asked: Session, service: Service) -> str:
    """How it takes place; where the row says nothing, as the service is given first."""
    place = asked.place or service.modalities[0]
    place = _PLACES.get(place, place)
    if place not in service.modalities:
        raise RowError(Reason.PLACE)
    return place


_PLACES: Final = {
    "in person": "office",
    "in the office": "office",
    "by video": "video",
    "telehealth": "video",
    "video office": "video",
    "online": "video",
    "by phone": "phone",
    "telephone": "phone",
}
