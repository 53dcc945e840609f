"""Booking for somebody else on one page: who, what, with whom and when, in one form that keeps all that is typed.

A therapist books for their own caseload at a time that they name; the front desk for anyone, or for a new caller, at
one of the times that are free. Names are posted, so that none gets into an address.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.booking import callers, desk_queries, offers, overrides, queries, service
from clinic.booking.callers import Caller
from clinic.booking.choices import ANYONE, asked_start, country
from clinic.booking.errors import NoCoupleError, SlotTaken
from clinic.booking.models import Appointment
from clinic.booking.offers import Offers, Question
from clinic.booking.overrides import Broken
from clinic.booking.queries import Party
from clinic.booking.staff_forms import NEW, BookForForm, is_near
from clinic.booking.wishes import Wish
from clinic.booking.wording import broken_words, told_words
from clinic.clients.models import Client
from clinic.core import clock, zones
from clinic.core.errors import DomainError
from clinic.core.ids import parse_id
from clinic.practice.models import Service, Therapist
from clinic.practice.queries import terms_with
from clinic.practice.wording import MODALITIES
from clinic.web.error_pages import sentence
from clinic.web.filters import zone_label
from clinic.web.shell import current_practice

BOOK, FIND, TIMES = "book", "find", "times"


@dataclass(frozen=True, slots=True)
class Counter:
    """Who books: for whom they may, what and with whom, and where their pages are."""

    by: UUID
    therapists: Sequence[Therapist]
    services: Sequence[Service]
    givers: dict[UUID, set[UUID]]
    party: Callable[[UUID], Party]
    booked_url: Callable[[Appointment], str]
    back_url: str
    is_desk: bool = False

    @property
    def own_caseload(self) -> UUID | None:
        """Whose clients are looked for; None for everyone's."""
        return None if self.is_desk else self.by

    def giving(self, wanted: Service, party: Party | None, now: datetime) -> list[Therapist]:
        """Who may give that service to these people: a client stays with those who care for them."""
        able = [each for each in self.therapists if each.person_id in self.givers.get(wanted.id, ())]
        if party is None or not self.is_desk:
            return able
        if wanted.attends == "couple" and party.couple:
            return [each for each in able if each.person_id == party.couple.therapist_id]
        seen_by = desk_queries.seen_by(party.client.id, now)
        return [each for each in able if each.person_id in seen_by] if seen_by else able


@dataclass(slots=True)
class Ask:
    """What the form says so far."""

    counter: Counter
    form: BookForForm
    now: datetime
    wanted: Service
    modality: str
    party: Party | None = None
    found: Sequence[Client] = ()
    able: list[Therapist] = field(default_factory=list)
    warnings: list[Broken] = field(default_factory=list)
    nearest: Sequence[offers.Choice] = ()
    refusal: str = ""

    @property
    def attending(self) -> list[UUID]:
        """The clients of the session, as far as they are known."""
        return self.party.attending(self.wanted) if self.party else []

    @property
    def fee_cents(self) -> int | None:
        """What it will cost whoever comes; None while that hangs on who gives it."""
        terms = terms_with(self.wanted, [each.person_id for each in self.chosen]).values()
        listed = [each.price_cents for each in terms]
        fees = {self.party.fee_cents(self.wanted, each) if self.party else each for each in listed}
        return fees.pop() if len(fees) == 1 else None

    @property
    def chosen(self) -> list[Therapist]:
        """Those who would do: the one that was chosen, or all who may."""
        slug = self.form.therapist.data
        return [each for each in self.able if each.slug == slug] or self.able


def open_page(counter: Counter) -> ResponseReturnValue:
    """The page before anything is sent: what the address proposes, the rest as usual."""
    ask = _read(counter, BookForForm(formdata=None, country=country(), data=_proposed(counter)))
    _look_ahead(ask)
    return _page(ask)


def answer(counter: Counter) -> ResponseReturnValue:
    """Look somebody up, show times, or book: by the button that was pressed."""
    form = BookForForm(country=country())
    ask = _read(counter, form)
    pressed = request.form.get("go", BOOK)
    # Enter in the search field presses the form's first button, which books.
    if pressed == FIND or (form.q.data or "") != (form.looked_for.data or ""):
        form.looked_for.data = form.q.data
        return _page(ask)
    if pressed == TIMES:
        return _page(ask)
    return _book(ask)


def _read(counter: Counter, form: BookForForm) -> Ask:
    """The form with its choices, and what they stand for."""
    now = clock.now()
    services = {each.slug: each for each in counter.services}
    wanted = services.get(form.service.data or "") or _usual(counter)
    modality = form.modality.data if form.modality.data in wanted.modalities else wanted.modalities[0]
    client_id = parse_id(form.who.data or "")
    party = counter.party(client_id) if client_id else None
    ask = Ask(counter, form, now, wanted, modality, party, able=counter.giving(wanted, party, now))
    ask.found = _found(counter, form, party, now)
    form.who.choices = [(str(each.id), each.person.name) for each in ask.found]
    if counter.is_desk:
        form.who.choices.append((NEW, _("A new caller")))
    form.service.choices = [(each.slug, each.name) for each in counter.services]
    form.service.data = wanted.slug
    form.modality.choices = [(each, str(words)) for each, words in MODALITIES.items() if each in wanted.modalities]
    form.modality.data = modality
    form.therapist.choices = [(ANYONE, _("First available")), *((each.slug, each.person.name) for each in ask.able)]
    if form.therapist.data not in {each.slug for each in ask.able}:
        form.therapist.data = ANYONE
    return ask


def _found(counter: Counter, form: BookForForm, party: Party | None, now: datetime) -> list[Client]:
    """Who was looked for; a therapist sees their caseload at once, and who is chosen stays in the list."""
    words = form.q.data or ""
    if not words and counter.is_desk:
        return [party.client] if party else []
    found = [*desk_queries.clients_named(words, therapist_id=counter.own_caseload, now=now)]
    if party and party.client.id not in {each.id for each in found}:
        found.insert(0, party.client)
    return found


def _usual(counter: Counter) -> Service:
    """What is booked most: for a caller the first call, for a client of one's own a session for one."""
    usual = "visitor" if counter.is_desk else "client"
    return min(counter.services, key=lambda each: (each.attends != "one", each.booked_by != usual, each.position))


def _proposed(counter: Counter) -> dict[str, Any]:
    """What the address says: a start, and with whom."""
    start, zone = asked_start(), current_practice().zone
    wall = zones.wall(start, zone) if start else None
    proposed: dict[str, Any] = {"who": NEW if counter.is_desk else None}
    proposed["therapist"] = request.args.get("therapist", ANYONE)
    proposed["service"] = request.args.get("service", "")
    if wall:
        proposed |= {"on": wall.date(), "at": wall.time(), "day": wall.date()}
    if client_id := parse_id(request.args.get("client", "")):
        proposed["who"] = str(client_id)
    return proposed


def _look_ahead(ask: Ask) -> None:
    """Say at once what the proposed time would break, for the service that is proposed with it."""
    start = asked_start()
    if start and ask.chosen:
        wish = _wish(ask, start, ask.chosen[0].person_id)
        ask.warnings = overrides.broken_by(wish, now=ask.now)


def _book(ask: Ask) -> ResponseReturnValue:
    """Book when nothing is missing and every warning was read; else the page again, with what was typed."""
    is_complete, time = _is_complete(ask), _chosen_time(ask)
    if not is_complete or time is None:
        return _page(ask), 422
    wish = _wish(ask, *time)
    try:
        overrides.require_coming(wish.starts_at, ask.now)
        ask.warnings = _warnings(ask, wish)
        if not set(ask.warnings) <= ask.form.accepted:
            return _page(ask), 409
        booked = _placed(ask, wish)
    except SlotTaken as taken:
        names = {each.person_id: each.person.given_name for each in ask.able}
        ask.refusal = sentence(taken)
        ask.nearest = offers.alternative_choices(taken.nearest, names, wish.zone)
        return _page(ask), 409
    except DomainError as error:
        ask.refusal = sentence(error)
        return _page(ask), error.status
    flash(" ".join((_("Booked."), *told_words(desk_queries.people_of(booked.id)))), "success")
    return redirect(ask.counter.booked_url(booked), 303)


def _is_complete(ask: Ask) -> bool:
    """Who comes is known, and the service is one for them."""
    form = ask.form
    is_complete = bool(form.validate())
    if form.is_new and ask.counter.is_desk:
        is_complete = form.require_caller() and is_complete
    elif ask.party is None and not form.who.errors:
        form.who.errors = [_("Please choose who comes.")]
    if ask.wanted.attends == "couple" and not (ask.party and ask.party.partner):
        form.service.errors = [sentence(NoCoupleError())]
    return is_complete and not form.who.errors and not form.service.errors


def _chosen_time(ask: Ask) -> tuple[datetime, UUID] | None:
    """The start and with whom, by a radio button or as it was typed; what is missing is said next to its field."""
    form, able = ask.form, {each.person_id for each in ask.able}
    chosen = form.chosen()
    if chosen and chosen[1] in able:
        return chosen
    if ask.counter.is_desk or not able:
        with_others = _("That time is with somebody who does not see them. Please choose one of these.")
        form.slot.errors = [with_others if chosen and able else _("Please choose a time.")]
        return None
    if form.on.errors or form.at.errors:
        return None
    if not (form.on.data and form.at.data):
        field = form.at if form.on.data else form.on
        field.errors = [_("Please say when.")]
        return None
    zone, proposed = current_practice().zone, asked_start()
    is_as_proposed = proposed and zones.wall(proposed, zone).replace(tzinfo=None) == datetime.combine(
        form.on.data, form.at.data
    )
    # An hour that comes twice has one name on the wall; the place that was pressed says which is meant.
    start = proposed if proposed and is_as_proposed else zones.moment(form.on.data, form.at.data, zone)
    return start, ask.counter.by


def _warnings(ask: Ask, wish: Wish) -> list[Broken]:
    rules = overrides.broken_by(wish, now=ask.now)
    form = ask.form
    if form.is_new and callers.of_that_name(form.given_name.data or "", form.family_name.data or ""):
        rules.append(Broken.SAME_NAME)
    return rules


def _placed(ask: Ask, wish: Wish) -> Appointment:
    if not ask.party:
        return callers.book_for_caller(_caller(ask.form), wish, by=ask.counter.by, now=ask.now)
    attending = ask.attending
    couple = ask.party.couple if len(attending) > 1 else None
    couple_id = couple.id if couple else None
    return service.book(wish, attending, by=ask.counter.by, now=ask.now, couple_id=couple_id)


def _caller(form: BookForForm) -> Caller:
    return Caller(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        phone=form.phone.data or "",
        email=form.email.data or None,
        is_mailbox_shared=not form.mailbox.data,
    )


def _wish(ask: Ask, starts_at: datetime, therapist_id: UUID) -> Wish:
    practice = current_practice()
    others = tuple(each.person_id for each in ask.chosen)
    return Wish(ask.wanted, therapist_id, starts_at, ask.modality, practice.zone, practice.currency, others)


def _page(ask: Ask) -> str:
    zone = current_practice().zone
    times = _times(ask) if ask.counter.is_desk else None
    ask.form.anyway.data = " ".join(ask.warnings)
    return render_template(
        "booking/book_for.html",
        counter=ask.counter,
        form=ask.form,
        wanted=ask.wanted,
        party=ask.party,
        fee_cents=ask.fee_cents,
        times=times,
        pressed=_pressed(ask, zone),
        can_stand=bool(ask.counter.is_desk and ask.party and queries.therapist_of(ask.party.client.id, ask.now)),
        warnings=broken_words(ask.warnings),
        nearest=ask.nearest,
        refusal=ask.refusal,
        zone_words=zone_label(zone, ask.now),
        action=request.full_path,
    )


def _times(ask: Ask) -> Offers:
    zone = current_practice().zone
    today, asked = zones.wall(ask.now, zone).date(), ask.form.day.data
    question = Question(
        service=ask.wanted,
        therapists=ask.chosen,
        terms=terms_with(ask.wanted, [each.person_id for each in ask.chosen]),
        modality=ask.modality,
        zone=zone,
        practice_zone=zone,
        from_day=asked if asked and is_near(asked) else today,
        client_ids=ask.attending,
    )
    return offers.find(question, ask.now) if ask.chosen else Offers()


def _pressed(ask: Ask, zone: str) -> offers.Choice | None:
    """The free place that was pressed in the practice's calendar, as the first of the times."""
    start, slug = asked_start(), request.args.get("therapist")
    whose = next((each for each in ask.able if each.slug == slug), None)
    if not (ask.counter.is_desk and start and whose):
        return None
    words = _("%(when)s with %(name)s", when=offers.moment_words(start, zone), name=whose.person.given_name)
    return offers.value_of(start, whose.person_id), words, "pressed"
