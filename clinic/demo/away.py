"""A day last week that a therapist had to cancel, and sessions that one has taken over from another."""

from datetime import date, time, timedelta

from sqlalchemy.orm import Session

from clinic.core.ids import new_id
from clinic.core.zones import day_bounds, moment
from clinic.demo.caseload import Caseload
from clinic.demo.practice import ZONE, Ground
from clinic.desk.models import DayAway, HandOver, ToldAway


def be_away(session: Session, ground: Ground, caseload: Caseload, today: date) -> None:
    """Dana was ill; her first three clients of that day were told. The last of the team has begun to hand over."""
    on = today - timedelta(days=7)
    dana, erik, *_ = ground.therapists
    announced = moment(on, time(7, 30), ZONE)
    away = DayAway(
        id=new_id(),
        therapist_id=dana,
        cover_id=erik,
        starts_at=announced,
        ends_at=day_bounds(on, ZONE)[1],
        announced_at=announced,
        announced_by=dana,
    )
    session.add(away)
    session.flush()
    own = [each for each in caseload.singles if each.therapist == 0][:3]
    for number, client in enumerate(own):
        called = number == 1
        session.add(
            ToldAway(
                day_away_id=away.id,
                person_id=client.person_id,
                how="call" if number else "mail",
                first_starts_at=moment(on, time(9 + number), ZONE),
                called_at=announced + timedelta(minutes=10) if called else None,
                called_by=dana if called else None,
            )
        )
    since = moment(today - timedelta(days=1), time(8), ZONE)
    leaver = ground.therapists[-1]
    done = HandOver(
        id=new_id(), therapist_id=leaver, successor_id=erik, since=since, done_at=since, done_by=ground.owner
    )
    session.add(done)
    session.flush()
