"""Office time by the wall clock of the practice, by when a call comes, whose turn it is, what a closing must say."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID

from clinic.core import zones
from clinic.core.interval import Interval
from clinic.risk.errors import IncompleteError

Grade = Literal["same_day", "urgent"]
Source = Literal["phq9_item9", "safety_form", "call"]
Week = Mapping[int, Sequence[tuple[time, time]]]
"""By weekday, Monday is 0: the stretches in which the office is open."""
PATIENCE: Final = 60
"""Office minutes after which what nobody has acknowledged goes to the next."""
CALLED_WITHIN: Final[Mapping[Grade, int]] = {"urgent": 120, "same_day": 60}
"""Office minutes: an urgent call comes so soon; a call of the same day has at least so long before the day ends."""
USUAL_WEEK: Final[Week] = {weekday: [(time(9), time(17))] for weekday in range(5)}
"""Until the owner says otherwise."""
FARTHEST: Final = 400
"""Days within which an office opens again; after a year of holidays we would rather count every minute."""
DAY: Final = timedelta(days=1)
NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Office:
    """When somebody is there."""

    week: Week
    holidays: Collection[date]
    zone: str

    def minutes_between(self, since: datetime, until: datetime) -> int:
        """The whole office minutes from one moment to another; 0 where the second is not later."""
        open_for = timedelta()
        for each in self._stretches(since):
            if each.start >= until:
                break
            open_for += max(min(each.end, until) - max(each.start, since), timedelta())
        return open_for // timedelta(minutes=1)

    def after(self, since: datetime, minutes: int) -> datetime:
        """The moment at which so many office minutes have gone by."""
        left = timedelta(minutes=minutes)
        for each in self._stretches(since):
            begins = max(each.start, since)
            if begins < each.end and begins + left <= each.end:
                return begins + left
            left -= max(each.end - begins, timedelta())
        return since + left

    def next_look(self, at: datetime) -> datetime:
        """When somebody looks next: `at` itself while the office is open, else when it opens."""
        return max(at, next((each.start for each in self._stretches(at) if each.end > at), at))

    def closes(self, at: datetime) -> datetime:
        """When the office closes for the day on the day of `at`; `at` itself where it does not open that day."""
        return max((each.end for each in self._on(zones.wall(at, self.zone).date())), default=at)

    def is_open(self, at: datetime) -> bool:
        """True while somebody is there."""
        return any(each.start <= at < each.end for each in self._stretches(at, days=1))

    def _stretches(self, at: datetime, days: int = FARTHEST) -> Iterator[Interval]:
        first = zones.wall(at, self.zone).date()
        for count in range(days):
            yield from self._on(first + count * DAY)

    def _on(self, day: date) -> Iterator[Interval]:
        if day in self.holidays:
            return
        for starts, ends in sorted(self.week.get(day.weekday(), ())):
            begins, over = zones.moment(day, starts, self.zone), zones.moment(day, ends, self.zone)
            if begins < over:
                yield Interval(begins, over)


def call_by(grade: Grade, raised_at: datetime, office: Office) -> datetime:
    """By when the client is called: soon for what is urgent, else before the office closes on the day of the look."""
    soon = office.after(raised_at, CALLED_WITHIN[grade])
    return soon if grade == "urgent" else max(soon, office.closes(office.next_look(raised_at)))


@dataclass(frozen=True, slots=True)
class Duties:
    """Who can be told of one client's alert. `stand_ins`: for who is away, who stands in; `able`: who can sign in.

    `never` are those who must not learn of it: the client, and whoever is or was their partner.
    """

    primary: UUID | None
    covers: Sequence[UUID]
    lead: UUID | None
    on_call: Sequence[UUID]
    stand_ins: Mapping[UUID, UUID]
    able: Sequence[UUID]
    never: Collection[UUID] = ()

    def first(self) -> list[UUID]:
        """Who is told at once: the therapist, and while they are away their cover too; else whoever comes first."""
        told = [self.primary, self.stand_ins.get(self.primary)] if self.primary else []
        return self._reachable(told) or self.chain()[:1]

    def chain(self) -> list[UUID]:
        """Whose turn it is, one after another, each once: therapist, cover, clinical lead, on-call list.

        Who is away is left out for whoever stands in. Where nobody is named and nobody cares, it is every therapist.
        """
        wanted = [self.primary, *self.covers, self.lead, *self.on_call]
        named = self._reachable(self.stand_ins.get(each, each) for each in wanted if each is not None)
        return named or self._reachable(self.able)

    def _reachable(self, wanted: Iterable[UUID | None]) -> list[UUID]:
        able = set(self.able) - set(self.never)
        return [each for each in dict.fromkeys(wanted) if each in able]


def turns(chain: Sequence[UUID], last_told: Mapping[UUID, datetime], minutes: int) -> list[UUID]:
    """To whom to pass after so many office minutes without an answer.

    One for each hour that went by, who was never told first, then who was told longest ago; nobody twice. So a worker
    that was down leaves nobody out and tells nobody more than once.
    """
    waiting = sorted(chain, key=lambda each: last_told.get(each, NEVER))
    return waiting[: minutes // PATIENCE]


@dataclass(frozen=True, slots=True)
class Closing:
    """What was done about an alert, in the words of whoever did it. Every part says something."""

    who: str
    contacted_at: str
    attempts: str
    ideation: str
    plan: str
    intent: str
    means: str
    history: str
    protective: str
    action: str
    safety_plan: str
    disposition: str


def require_complete(closing: Closing) -> None:
    """Raise IncompleteError with the names of what is empty."""
    missing = tuple(each.name for each in fields(closing) if not getattr(closing, each.name).strip())
    if missing:
        raise IncompleteError(missing)
