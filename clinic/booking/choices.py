"""What the addresses of the booking pages say: which service, with whom, when, how, and in which zone it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import request
from flask_login import current_user

from clinic.booking import holds, queries, rules
from clinic.booking.browsers import is_known, this_browser
from clinic.booking.dayparts import PARTS, WEEKDAYS, Narrowing
from clinic.booking.forms import FARTHEST, read_start
from clinic.booking.offers import Question
from clinic.booking.service import Together
from clinic.booking.wishes import Wish
from clinic.clients.models import Client, Couple
from clinic.clients.queries import active_couple_of
from clinic.core import clock, zones
from clinic.core.errors import NotVisibleError
from clinic.practice.models import Practice, Service, Therapist
from clinic.practice.queries import service_called, services_for, terms_with, therapists_offering
from clinic.practice.terms import Terms, terms_of
from clinic.web.shell import current_practice

ANYONE = "anyone"


@dataclass(frozen=True)
class Choice:
    """A service and who may give it: all who offer it, or the one who was chosen. `client` is who is signed in.

    A joint service is asked for together: `partner` is then asked, in the `couple` that both are in now. What the
    partner has at that time plays no part in what the client is shown.
    """

    service: Service
    offering: Sequence[Therapist]
    chosen: Therapist | None
    client: Client | None
    couple: Couple | None = None

    @property
    def therapists(self) -> Sequence[Therapist]:
        """Those who would do."""
        return [self.chosen] if self.chosen else self.offering

    @property
    def slug(self) -> str:
        """With whom, as the address says it."""
        return self.chosen.slug if self.chosen else ANYONE

    @property
    def partner(self) -> Client | None:
        """Who is asked beside the client, for a joint service."""
        members = self.couple.members if self.couple else ()
        return next((each.client for each in members if self.client and each.client_id != self.client.id), None)

    @property
    def together(self) -> Together | None:
        """The partner and the couple as booking wants them."""
        return Together(self.couple.id, self.partner.id) if self.couple and self.partner else None

    @property
    def is_request(self) -> bool:
        """True where somebody has yet to say yes."""
        return self.couple is not None or self.service.approval == "on_request"

    def named(self, therapist_id: UUID) -> Therapist | None:
        """The therapist of that id, if they would do."""
        return next((each for each in self.therapists if each.person_id == therapist_id), None)

    def wish(self, starts_at: datetime, therapist_id: UUID) -> Wish:
        """That time with that therapist."""
        practice = current_practice()
        would_do = self.therapists if self.chosen and "any" not in request.args else self.offering
        others = tuple(each.person_id for each in would_do)
        return Wish(
            self.service, therapist_id, starts_at, modality(self.service), practice.zone, practice.currency, others
        )

    def question(self) -> Question:
        """What the page of times asks for."""
        return Question(
            service=self.service,
            therapists=self.therapists,
            terms=self.own_terms,
            modality=modality(self.service),
            zone=reader_zone(),
            practice_zone=current_practice().zone,
            from_day=asked_day() or zones.wall(clock.now(), reader_zone()).date(),
            client_ids=[self.client.id] if self.client else [],
            narrowing=asked_narrowing(),
            # What this browser holds is no obstacle: choosing another time gives it up.
            ignoring=[held.id] if is_known() and (held := holds.find_hold(this_browser())) else [],
        )

    @cached_property
    def own_terms(self) -> dict[UUID, Terms]:
        """The service as each of those who would do gives it."""
        return terms_with(self.service, [each.person_id for each in self.therapists])

    @property
    def terms(self) -> Terms:
        """The service as the one who was chosen gives it; as it is listed where nobody is."""
        return self.own_terms[self.chosen.person_id] if self.chosen else terms_of(self.service)

    def fee_cents(self, listed: int) -> int:
        """What it costs whoever is signed in: the fee that the couple, or the client alone, has agreed on."""
        whose = self.couple or self.client
        return rules.fee_cents(listed, whose.fee_cents if whose else None)


def load_service(service: str, kept: UUID | None = None) -> Choice:
    """The service of that address for whoever asks; `kept` is whose time they hold already.

    Raises NotVisibleError for one that they cannot book.
    """
    found = service_called(service)
    client = queries.client_of(current_user.person_id) if current_user.is_authenticated else None
    couple = active_couple_of(client.id) if client and found and found.attends == "couple" else None
    if found is None or found.booked_by not in bookable_kinds(client) or (found.attends == "couple") != bool(couple):
        raise NotVisibleError
    offering = therapists_offering(found, kept)
    if client and found.booked_by == "client":
        own = couple.therapist_id if couple else queries.therapist_of(client.id, clock.now())
        offering = [each for each in offering if each.person_id == own]
    if not offering:
        raise NotVisibleError
    return Choice(found, offering, None, client, couple)


def load_choice(service: str, therapist: str, kept: UUID | None = None) -> Choice:
    """The service with one therapist, or with anyone who offers it. Raises NotVisibleError."""
    choice = load_service(service, kept)
    if therapist == ANYONE:
        return choice
    chosen = next((each for each in choice.offering if each.slug == therapist), None)
    if chosen is None:
        raise NotVisibleError
    return replace(choice, chosen=chosen)


def load_slot(service: str, therapist: str, start: str) -> tuple[Choice, datetime]:
    """The choice and the start that the address names. Raises NotVisibleError where it names none."""
    starts_at = read_start(start)
    if starts_at is None or therapist == ANYONE:
        raise NotVisibleError
    return load_choice(service, therapist, _held_with(starts_at)), starts_at


def _held_with(starts_at: datetime) -> UUID | None:
    """Whose time then this browser holds: it may book that, even where they take no new bookings since."""
    held = holds.find_hold(this_browser()) if is_known() else None
    is_kept = held and held.starts_at == starts_at and held.held_until and held.held_until > clock.now()
    return held.therapist_id if held and is_kept else None


def bookable_services(client: Client | None) -> Sequence[Service]:
    """What a person may book by themselves, as `load_service` lets them: what somebody gives whom they may see.

    Sessions for two only while they are in an active couple. The statements are as many whatever is on offer.
    """
    couple = active_couple_of(client.id) if client else None
    listed = services_for(bookable_kinds(client), ("one", "couple") if couple else ("one",))
    givers = {each.id: {giver.person_id for giver in therapists_offering(each)} for each in listed}
    own = {
        "one": queries.therapist_of(client.id, clock.now()) if client else None,
        "couple": couple.therapist_id if couple else None,
    }
    return [
        each
        for each in listed
        if (own[each.attends] in givers[each.id] if each.booked_by == "client" else givers[each.id])
    ]


def fees_of(services: Sequence[Service], client: Client | None) -> dict[UUID, int]:
    """What each of these costs whoever is signed in."""
    couple = active_couple_of(client.id) if client else None
    agreed = {"one": client.fee_cents if client else None, "couple": couple.fee_cents if couple else None}
    return {each.id: rules.fee_cents(each.price_cents, agreed[each.attends]) for each in services}


def bookable_kinds(client: Client | None) -> tuple[str, ...]:
    """Which services a person may book by themselves: a visitor the first call, a client sessions as well."""
    return ("visitor", "client") if client else ("visitor",)


def asked_how(service: Service, otherwise: str) -> str:
    """How a session that is moved is to be held from now on: one of the service's ways, or the way that it has."""
    asked = request.values.get("how", "")
    return asked if asked in service.modalities else otherwise


def modality(service: Service) -> str:
    """How: as the address says, or the service's first."""
    asked = request.args.get("modality", "")
    return asked if asked in service.modalities else service.modalities[0]


def reader_zone() -> str:
    """The zone in which times are shown: as asked, the person's own, or the practice's."""
    asked = request.args.get("zone", "")
    if asked in zones.zone_names():
        return asked
    return str(current_user.zone) if current_user.is_authenticated else current_practice().zone


def country() -> str:
    """Where the practice is: how phone numbers are read, and which zones come to mind."""
    practice = current_practice()
    return practice.country if isinstance(practice, Practice) else "US"


def asked_day() -> date | None:
    """The day that the address names, as a day or by a start; None where it names none that makes sense."""
    start = asked_start()
    if start is not None:
        return zones.wall(start, reader_zone()).date()
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return day if abs(day - clock.now().date()) < FARTHEST else None


def asked_narrowing() -> Narrowing:
    """The parts of the day and the weekdays that the address names; what is none of them is left out."""
    parts, weekdays = (set(request.args.getlist(name)) for name in ("part", "weekday"))
    return Narrowing(
        parts=tuple(each for each in PARTS if each in parts),
        weekdays=tuple(each for each in WEEKDAYS if each in weekdays),
    )


def asked_start() -> datetime | None:
    """The start that a link proposes."""
    return read_start(request.args.get("start", ""))


def carried(**more: Any) -> dict[str, Any]:
    """What the address says beyond its path, for the next step's address."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("zone", "modality", "any") if request.args.get(name)}
    narrowing = asked_narrowing()
    kept |= {"part": narrowing.parts} if narrowing.parts else {}
    kept |= {"weekday": narrowing.weekdays} if narrowing.weekdays else {}
    return kept | {name: value for name, value in more.items() if value is not None}
