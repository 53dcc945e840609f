"""A clash, a no and no answer at all: to the partner who asked they are one and the same, byte for byte."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, Literal
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select

from clinic.accounts import links
from clinic.accounts.models import AccountLink
from clinic.booking import choices, endings, expiry, mails, requests, service
from clinic.booking.offers import Question
from clinic.booking.wishes import Wish
from clinic.core import clock
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service
from tests.booking.conftest import NOW, at
from tests.browser import Browser
from tests.conftest import Acting, empty
from tests.factories import ZONE, Practice, make_practice

Bob = Literal["clash", "no", "silence", "yes"]
Owner = psycopg.Connection[tuple[object, ...]]
Seen = dict[str, Any]
NAMES: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/appointment/)[\w-]{43}")
ONCE: Final = re.compile(r'name="(csrf_token|idempotency_key)"[^>]*?value="[^"]*"')
TIMES: Final = "/book/couple-session/dana?modality=video"


@dataclass
class Clock:
    """The one moment of a world."""

    now: datetime = NOW


@dataclass
class Masking:
    """What differs between any two worlds: ids by the order in which they appear, and what is new on each page."""

    known: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=count)

    def __call__(self, text: str) -> str:
        """The text without them."""
        text = ONCE.sub(r"[\1]", text)
        return NAMES.sub(lambda found: self.known.setdefault(found[0], f"[{next(self.numbers)}]"), text)


@dataclass
class Ground:
    """What a world is made of."""

    acting: Acting
    browser: Callable[..., Browser]
    owner: Owner
    clock: Clock

    def live(self, bob: Bob) -> Seen:
        """Alice asks for ten o'clock, Bob does as he does, the time runs out: all that reached Alice, and when."""
        empty(self.owner)
        self.clock.now = NOW
        with self.acting() as session:
            practice = make_practice(session, NOW - timedelta(days=30))
        # Erik's time is taken in each world alike; whose session it is, is all that differs.
        with self.acting():
            whose = practice.bob_client if bob == "clash" else practice.carol_client
            service.book(_wish(practice), [whose], by=practice.erik, now=NOW, is_told=False)
        seen, mask = Seen(), Masking()
        seen["asking"], path = self._ask(practice, mask)
        self._answer(practice, bob, path)
        for hours in (2, 23):
            self.clock.now = NOW + timedelta(hours=hours)
            seen[f"after {hours} hours"] = self._look(practice, path, mask)
        self.clock.now = NOW + timedelta(hours=24)
        with self.acting():
            expiry.expire_due(self.clock.now)
        seen["afterwards"] = self._look(practice, path, mask)
        seen["messages"] = self._messages(practice, mask)
        return seen

    def _ask(self, practice: Practice, mask: Masking) -> tuple[list[str], str]:
        alice = self.browser(practice.alice)
        pages = [alice.get("/book").text, alice.get(TIMES).text]
        review = str(alice.submit(TIMES, slot=f"{at(10).isoformat()}~{practice.dana}").location)
        pages.append(alice.get(review).text)
        done = alice.submit(review, follow_redirects=True)
        return [mask(page) for page in [*pages, done.text]], done.request.path

    def _answer(self, practice: Practice, bob: Bob, path: str) -> None:
        self.clock.now = NOW + timedelta(hours=1)
        question = path.replace("/sessions/", "/questions/")
        if bob != "silence":
            said = {"clash": "yes", "yes": "yes", "no": "no"}[bob]
            status = self.browser(practice.bob).submit(question, answer=said).status_code
            assert status == (409 if bob == "clash" else 303)

    def _look(self, practice: Practice, path: str, mask: Masking) -> dict[str, tuple[int, str, list[tuple[str, str]]]]:
        """Everything that Alice can open about it, and what she would be offered instead."""
        alice = self.browser(practice.alice)
        with self.acting():
            link = db.session.scalars(select(AccountLink).where(AccountLink.person_id == practice.alice)).one()
            mailed = f"/appointment/{links.token_for(link)}"
        pages = ["/today", "/sessions", path, f"{path}/cancel", f"{path}/move", f"{path}/appointment.ics", mailed]
        pages += [TIMES, f"{TIMES}&day={at(10).date()}", f"/book/individual-session/dana?day={at(10).date()}"]
        found = {}
        for number, page in enumerate(pages):
            answer = alice.get(page)
            headers = [(name, mask(value)) for name, value in answer.headers if name not in {"Date", "Set-Cookie"}]
            headers = [each for each in headers if each[0] not in {"Content-Length", "X-Request-Id"}]
            found[f"{number} {mask(page)}"] = (answer.status_code, mask(answer.text), headers)
        taken = alice.submit(TIMES, slot=f"{at(10, 15).isoformat()}~{practice.dana}")
        found["taken"] = (taken.status_code, mask(taken.text), [])
        return found

    def _messages(self, practice: Practice, mask: Masking) -> list[tuple[object, ...]]:
        """What is sent to each of them, word for word and to the microsecond; two may read one mailbox."""
        with self.acting():
            found: list[tuple[object, ...]] = []
            for message in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)):
                letter = mails.render(message, message.queued_at)
                assert letter is not None
                words = (letter.to, letter.subject, mask(letter.text), letter.attachments)
                moments = (message.queued_at, message.not_before_at, message.moment, message.finished_at)
                found.append((message.kind, message.state, message.reason, *words, *moments))
            return found


def _wish(practice: Practice) -> Wish:
    """Eleven with Erik, which reaches beyond the end of the joint session that is asked for."""
    individual = db.session.get_one(Service, practice.individual)
    return Wish(individual, practice.erik, at(11), "video", ZONE, "USD")


@pytest.fixture
def ground(acting: Acting, browser: Callable[..., Browser], owner: Owner, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """A clock that stands still between the steps."""
    standing = Clock()
    monkeypatch.setattr(clock, "now", lambda: standing.now)
    return Ground(acting, browser, owner, standing)


def test_a_clash_a_no_and_no_answer_are_the_same_to_who_asked(ground: Ground) -> None:
    silence = ground.live("silence")
    assert "waiting for an answer" in str(silence["after 23 hours"])
    assert "It did not come together at that time." in str(silence["afterwards"])
    assert [each[0] for each in silence["messages"]] == ["booking.requested", "booking.asked"] + ["booking.expired"] * 2
    others: tuple[Bob, ...] = ("no", "clash")
    for bob in others:
        lived = ground.live(bob)
        for part, seen in silence.items():
            assert lived[part] == seen, part


def test_a_yes_is_another_world(ground: Ground) -> None:
    """The comparison tells worlds apart."""
    assert ground.live("yes")["after 2 hours"] != ground.live("silence")["after 2 hours"]


def test_a_search_that_looked_at_the_partners_time_would_be_found_out(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = choices.Choice.question

    def leaking(choice: choices.Choice) -> Question:
        asked = honest(choice)
        both = [each.client_id for each in choice.couple.members] if choice.couple else asked.client_ids
        return replace(asked, client_ids=both)

    monkeypatch.setattr(choices.Choice, "question", leaking)
    assert ground.live("clash")["asking"] != ground.live("silence")["asking"]


def test_a_no_that_ended_the_request_would_be_found_out(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = requests.refuse

    def blunt(appointment_id: UUID, client_id: UUID, *, now: datetime) -> None:
        honest(appointment_id, client_id, now=now)
        endings.expire([appointment_id], now)

    silence = ground.live("silence")
    monkeypatch.setattr(requests, "refuse", blunt)
    told = ground.live("no")
    assert told["after 2 hours"] != silence["after 2 hours"]
    assert told["messages"] != silence["messages"]
