"""One message a day over all kinds that count, in waking hours, and none where waiting makes it senseless."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from clinic.core import clock, zones
from tests.factories import ZONE, Practice
from tests.outbox.conftest import DAILY, Deliver, Queue, States, World
from tests.outbox.mail_server import MailServer

HOUR = timedelta(hours=1)


@pytest.fixture
def noon() -> datetime:
    """Tomorrow noon where Alice lives."""
    tomorrow = zones.wall(clock.now(), ZONE).date() + timedelta(days=1)
    return zones.day_bounds(tomorrow, ZONE)[0] + 12 * HOUR


def test_one_a_day_over_all_kinds_and_the_nearest_first(
    noon: datetime, queue: Queue, deliver: Deliver, states: States, world: World
) -> None:
    far, near = queue(DAILY, moment=noon + 90 * HOUR), queue(DAILY, moment=noon + 80 * HOUR)
    plain = queue()
    assert deliver(noon, lanes=8) == {"sent": 2}
    assert states() == {far: ("queued", "waiting"), near: ("sent", None), plain: ("sent", None)}
    assert deliver(noon + 19 * HOUR) == {}
    assert deliver(noon + 20 * HOUR) == {"sent": 1}


def test_each_person_has_a_day_of_their_own(noon: datetime, queue: Queue, deliver: Deliver, practice: Practice) -> None:
    for person in (practice.alice, practice.bob):
        queue(DAILY, person, noon + 90 * HOUR)
    assert deliver(noon, lanes=8) == {"sent": 2}


def test_nothing_that_counts_is_sent_at_night(
    noon: datetime, queue: Queue, deliver: Deliver, server: MailServer
) -> None:
    queue(DAILY, moment=noon + 90 * HOUR)
    assert deliver(noon + 9 * HOUR) == {}
    assert deliver(noon + 19 * HOUR + timedelta(minutes=59)) == {}
    assert deliver(noon + 20 * HOUR) == {"sent": 1}


def test_what_would_come_too_late_is_skipped_instead(
    noon: datetime, queue: Queue, deliver: Deliver, states: States, world: World
) -> None:
    world.unwanted = lambda message, now: "begun" if message.moment <= now else None
    subject = queue(DAILY, moment=noon + 15 * HOUR)
    assert deliver(noon + 10 * HOUR) == {"skipped": 1}
    assert states() == {subject: ("skipped", "too late: begun")}


def test_a_failed_message_does_not_use_up_the_day(
    noon: datetime, queue: Queue, deliver: Deliver, states: States, server: MailServer
) -> None:
    subjects: list[UUID] = [queue(DAILY, moment=noon + hours * HOUR) for hours in (80, 90)]
    server.script = iter([{"dot": "550 no"}])
    assert deliver(noon) == {"failed": 1, "sent": 1}
    assert [states()[subject][0] for subject in subjects] == ["failed", "sent"]


def test_one_that_may_have_arrived_does(
    noon: datetime, queue: Queue, deliver: Deliver, states: States, server: MailServer
) -> None:
    subjects: list[UUID] = [queue(DAILY, moment=noon + hours * HOUR) for hours in (80, 90)]
    server.script = iter([{"dot": "drop"}])
    assert deliver(noon) == {"unknown": 1}
    assert [states()[subject][0] for subject in subjects] == ["unknown", "queued"]
