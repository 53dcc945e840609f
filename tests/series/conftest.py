"""The ground of the tests of standing sessions: plans that are quick to write, on Elm Street's wall clock."""

from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.booking.models import Appointment
from clinic.core.recurrence import Recurrence
from clinic.database.session import db
from clinic.practice.models import Service
from clinic.series import queries, service
from clinic.series.models import Series
from clinic.series.queries import Following
from clinic.series.service import Plan
from tests.booking.conftest import NOW, Wishing, at, wishing
from tests.factories import ZONE, Practice

__all__ = ["NOW", "Wishing", "at", "wishing"]

TUESDAY = date(2026, 12, 1)
Planning = Callable[..., Plan]


@pytest.fixture
def planning(practice: Practice) -> Planning:
    """Within a transaction, `planning()` is Alice's video session with Dana, four Tuesdays at three; name the rest."""

    def plan(
        first: date = TUESDAY,
        clock: time = time(15),
        *,
        weeks: int = 1,
        count: int = 4,
        is_joint: bool = False,
        clients: list[UUID] | None = None,
        therapist: UUID | None = None,
        modality: str = "video",
    ) -> Plan:
        attending = [practice.alice_client, practice.bob_client] if is_joint else [practice.alice_client]
        service_id = practice.couple_session if is_joint else practice.individual
        return Plan(
            service=db.session.get_one(Service, service_id),
            modality=modality,
            therapist_id=therapist or practice.dana,
            client_ids=clients or attending,
            couple_id=practice.couple if is_joint else None,
            recurrence=Recurrence.weekly(first, clock, ZONE, weeks=weeks, count=count),
            currency="USD",
        )

    return plan


def all_of(plan: Plan) -> dict[int, datetime]:
    """Every occurrence at its own time."""
    return dict(enumerate(plan.recurrence.starts()))


def begin(plan: Plan, now: datetime = NOW) -> UUID:
    """Book all of it; the id of the series."""
    return service.begin(plan, all_of(plan), by=plan.therapist_id, now=now).id


def sessions_of(series_id: UUID) -> list[Appointment]:
    """Its appointments in any state, by their original start."""
    query = select(Appointment).where(Appointment.series_id == series_id).order_by(Appointment.occurs_at)
    return [*db.session.scalars(query)]


def ahead(series_id: UUID, point: datetime, now: datetime = NOW) -> Following:
    """What of it follows from an original start on."""
    return queries.following(db.session.get_one(Series, series_id), point, now)


def move(ahead_of: Following, plan: Plan, *, now: datetime = NOW, **left_out: int) -> UUID:
    """Move all that follow as planned, but for one that is cancelled where `without` names it; the new series' id."""
    starts = plan.recurrence.starts()
    chosen: dict[int, datetime | None] = {number: starts[number] for number in ahead_of.appointments}
    chosen |= dict.fromkeys(left_out.values())
    series_id = ahead_of.series.id
    return service.move_following(series_id, ahead_of.point, plan, chosen, by=plan.therapist_id, now=now).id
