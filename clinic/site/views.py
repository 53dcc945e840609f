"""Public pages. They name nobody but the therapists, and show no time that is not free."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.booking.forms import write_start
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.zones import wall
from clinic.practice import queries as practice_queries
from clinic.practice.models import Service, Therapist
from clinic.practice.terms import Terms, terms_of
from clinic.practice.wording import change_words, modality_words
from clinic.site.queries import FIRST_LOOK, LOOK_AHEAD, FreeCall, FreeCalls, free_calls
from clinic.web.filters import clock_time, day, zone_label
from clinic.web.policy import policy
from clinic.web.shell import current_practice

blueprint = Blueprint("site", __name__)
SHOWN = 3


@blueprint.get("/")
@policy("site.read")
def home() -> ResponseReturnValue:
    """What the practice is for, and the next free first calls."""
    zone, now = current_practice().zone, clock.now()
    listed = practice_queries.listed_therapists()
    calls = list(_free_calls(listed, now, FIRST_LOOK).varied(zone, SHOWN))
    if len(calls) < SHOWN:
        calls = list(_free_calls(listed, now).varied(zone, SHOWN))
    paid = [service for service in practice_queries.active_services() if service.price_cents]
    return render_template(
        "public/home.html",
        first_calls=[_call_words(call, zone, now) for call in calls],
        zone_words=zone_label(zone, calls[0].starts_at if calls else now),
        services=paid,
    )


@blueprint.get("/therapists")
@policy("site.read")
def therapists() -> ResponseReturnValue:
    """Everyone who takes clients, with their next free first call."""
    zone, now = current_practice().zone, clock.now()
    listed = practice_queries.listed_therapists()
    calls = _free_calls(listed, now)
    soonest = [(each, next(calls.of(each), None)) for each in listed]
    shown = [
        _therapist_words(therapist) | ({"next_free": _moment_words(call.starts_at, zone, now)} if call else {})
        for therapist, call in soonest
    ]
    return render_template("public/therapists.html", therapists=shown)


def load_therapist(slug: str) -> Therapist:
    """The listed therapist of that name. Raises NotVisibleError."""
    therapist = practice_queries.listed_therapist(slug)
    if therapist is None:
        raise NotVisibleError
    return therapist


@blueprint.get("/therapists/<slug>")
@policy("site.read", load_therapist)
def therapist_page(therapist: Therapist) -> ResponseReturnValue:
    """One therapist: who they are, what they offer, when they are free."""
    zone, now = current_practice().zone, clock.now()
    calls = list(islice(_free_calls([therapist], now).of(therapist), SHOWN))
    offered = practice_queries.services_of(therapist.person_id)
    terms = practice_queries.terms_by(therapist.person_id, offered)
    return render_template(
        "public/therapist.html",
        therapist=_therapist_words(therapist),
        services=[_service_words(service, terms[service.id]) for service in offered],
        first_calls=[_call_words(call, zone, now) for call in calls],
        zone_words=zone_label(zone, calls[0].starts_at if calls else now),
    )


@blueprint.get("/services")
@policy("site.read")
def services() -> ResponseReturnValue:
    """What is offered, how long it takes and what it costs."""
    shown = [
        _service_words(service, terms_of(service)) | {"own": _own_words(service)}
        for service in practice_queries.active_services()
    ]
    return render_template("public/services.html", services=shown)


def _free_calls(listed: Sequence[Therapist], now: datetime, ahead: timedelta = LOOK_AHEAD) -> FreeCalls:
    service = practice_queries.service_for_visitors()
    offering = {each.person_id for each in practice_queries.therapists_offering(service)} if service else set()
    asked = [each for each in listed if each.person_id in offering]
    return free_calls(service, asked, current_practice().zone, now, ahead)


def _therapist_words(therapist: Therapist) -> dict[str, Any]:
    person = therapist.person
    return {
        "name": person.name,
        "given_name": person.given_name,
        "initials": person.initials,
        "slug": therapist.slug,
        "title": therapist.title,
        "summary": therapist.summary,
        "about": therapist.about,
        "focus": therapist.focus,
        "languages": therapist.languages,
        "portrait": therapist.portrait,
    }


def _own_words(service: Service) -> list[tuple[str, Terms]]:
    """Who gives it at another length or price than it is listed with, and how."""
    listed, givers = terms_of(service), practice_queries.therapists_offering(service)
    own = practice_queries.terms_with(service, [each.person_id for each in givers])
    return [
        (each.person.name, terms)
        for each, terms in zip(givers, own.values(), strict=True)
        if (terms.minutes, terms.price_cents) != (listed.minutes, listed.price_cents)
    ]


def _service_words(service: Service, terms: Terms) -> dict[str, Any]:
    return {
        "slug": service.slug,
        "name": service.name,
        "description": service.description,
        "minutes": terms.minutes,
        "price_cents": terms.price_cents,
        "attends": service.attends,
        "modality_words": modality_words(service.modalities),
        "change_words": change_words(service.late_change_minutes),
        "late_fee_cents": service.late_fee_cents if service.late_change_minutes else 0,
        "is_bookable": service.booked_by == "visitor",
    }


def _call_words(call: FreeCall, zone: str, now: datetime) -> dict[str, str]:
    return {
        "day": _day_words(call.starts_at, zone, now),
        "time": clock_time(call.starts_at, zone),
        "therapist": call.therapist.person.name,
        "url": url_for(
            "booking.details",
            service=call.service,
            therapist=call.therapist.slug,
            start=write_start(call.starts_at),
        ),
    }


def _moment_words(at: datetime, zone: str, now: datetime) -> str:
    return f"{_day_words(at, zone, now)}, {clock_time(at, zone)}"


def _day_words(at: datetime, zone: str, now: datetime) -> str:
    """Today, Tomorrow, or the day with its date."""
    today = wall(now, zone).date()
    on = wall(at, zone).date()
    if on == today:
        return str(_("Today"))
    return str(_("Tomorrow")) if on == today + timedelta(days=1) else day(at, zone)
