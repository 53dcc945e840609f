"""The ground of the tests of sessions by video: a joint one on a Thursday at ten, and a clock that stands still."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from clinic.booking import service as booking
from clinic.core import clock
from clinic.database.session import db
from clinic.practice.models import Service
from tests.booking.conftest import NOW, Wishing, at, wishing
from tests.booking.test_three_worlds import Clock
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

__all__ = ["wishing"]
Owner = psycopg.Connection[tuple[object, ...]]
Open = Callable[..., Browser]
Joint = Callable[..., UUID]
ROOM: Final = "https://video.example.org/heron-room?pwd=kestrel#plover"
SECRETS: Final = ("video.example.org/", "heron-room", "kestrel", "plover")
START: Final = at(10)
OPENS: Final = START - timedelta(minutes=10)
END: Final = START + timedelta(minutes=80)
HERE: Final[dict[str, Any]] = {"place": "44 Juniper Lane, the blue house", "phone": "(212) 555-0199"}
SECOND: Final = timedelta(seconds=1)


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until it is set."""
    made = Clock(NOW)
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


@dataclass(frozen=True, slots=True)
class Meeting:
    """Alice and Bob's session with Dana by video, how one becomes somebody's browser, and the clock."""

    id: UUID
    practice: Practice
    open: Open
    clock: Clock
    owner: Owner

    @property
    def path(self) -> str:
        """Its page."""
        return f"/sessions/{self.id}"

    def at(self, now: datetime) -> "Meeting":
        """The same at another moment."""
        self.clock.now = now
        return self

    def page(self, who: UUID) -> str:
        """Its page as somebody sees it now."""
        return self.open(who).get(self.path).text

    def set_room(self, address: str = ROOM) -> None:
        """Dana says where she meets."""
        answer = self.open(self.practice.dana).submit(f"/hours/{self.practice.dana}/video", address=address)
        assert answer.status_code == 303, answer.text

    def say(self, who: UUID, **fields: Any) -> int:
        """Somebody says where they are; the status of the answer."""
        return self.open(who).submit(f"{self.path}/where", **HERE | fields).status_code

    def join(self, who: UUID) -> str:
        """Where somebody is led who presses the link."""
        answer = self.open(who).get(f"{self.path}/join")
        return answer.location or str(answer.status_code)

    def rows(self) -> int:
        """How many answers there are."""
        row = self.owner.execute("SELECT count(*) FROM whereabouts").fetchone()
        assert row is not None
        return int(str(row[0]))


@pytest.fixture
def meeting(
    standing: Clock, practice: Practice, acting: Acting, wishing: Wishing, browser: Open, owner: Owner
) -> Meeting:
    """Booked by Dana for both, as agreed in the room."""
    with acting():
        service = db.session.get_one(Service, practice.couple_session)
        both = [practice.alice_client, practice.bob_client]
        wish = wishing(START, service=service.id)
        made = booking.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple).id
    return Meeting(made, practice, browser, standing, owner)
