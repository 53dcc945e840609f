"""What one partner waits for and is offered is nowhere with the other: their pages are the same, byte for byte."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import psycopg
import pytest
from sqlalchemy import select

from clinic.booking import feeds
from clinic.core import clock
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.waitlist import service
from clinic.waitlist.service import Preferences
from tests.booking.test_three_worlds import Masking
from tests.browser import Browser
from tests.conftest import Acting, empty
from tests.factories import make_client, make_person, make_practice
from tests.waitlist.conftest import NOW, THURSDAY, Run, at, made

Who = Literal["nobody", "alice", "bob", "stranger"]
Owner = psycopg.Connection[tuple[object, ...]]
TIMES = f"/book/couple-session/dana?modality=video&day={THURSDAY}"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a world is made of."""

    acting: Acting
    browser: Callable[..., Browser]
    owner: Owner
    run: Run

    def live(self, who: Who, *, is_offered: bool) -> dict[str, Any]:
        """Somebody waits for Thursday morning with Erik and may be offered it: all that Bob can open meanwhile."""
        empty(self.owner)
        with self.acting() as session:
            practice = make_practice(session, NOW - timedelta(days=30))
            stranger = make_person(session, "Walter", "Reed", ["client"], NOW)
            clients = {
                "alice": practice.alice_client,
                "bob": practice.bob_client,
                "stranger": make_client(session, stranger, practice.erik, NOW),
            }
            feed = feeds.token_of(feeds.open_feed(practice.bob, NOW))
        if who != "nobody":
            with self.acting():
                wanted = Preferences((3,), ("morning",), therapist_id=practice.erik)
                service.join(clients[who], practice.first_call, wanted, by=practice.desk, now=NOW)
        if is_offered:
            self.run(NOW)
        with self.acting():
            assert made() == ([(clients[who], at(9), "open")] if is_offered else [])
        return self._look(self.browser(practice.bob), f"{at(9).isoformat()}~{practice.dana}", feed)

    def _look(self, bob: Browser, slot: str, feed: str) -> dict[str, Any]:
        """Bob's pages, and what comes of his own wish for that very hour."""
        mask = Masking()
        pages = ["/today", "/sessions", "/sessions/waiting", "/record", "/book", "/account/calendar", TIMES]
        pages += [f"/sessions/waiting/{name}" for name in ("first-call", "individual-session", "couple-session")]
        pages += [f"/book/{name}?day={THURSDAY}" for name in ("first-call/erik", "first-call/dana")]
        found: dict[str, Any] = {page: self._seen(bob, page, mask, feed) for page in [*pages, f"/feeds/{feed}.ics"]}
        review = str(bob.submit(TIMES, slot=slot).location)
        done = bob.submit(review, follow_redirects=True)
        found["asked"] = (mask(review), done.status_code, mask(done.text))
        with self.acting():
            query = select(OutboxMessage).where(OutboxMessage.kind != service.OFFERED).order_by(OutboxMessage.id)
            found["told"] = [(each.kind, each.state, each.moment) for each in db.session.scalars(query)]
        return {mask(page.replace(feed, "feed")): seen for page, seen in found.items()}

    def _seen(self, bob: Browser, page: str, mask: Masking, feed: str) -> tuple[int, str]:
        answer = bob.get(page)
        return answer.status_code, mask(answer.text.replace(feed, "feed"))


@pytest.fixture
def ground(
    acting: Acting, browser: Callable[..., Browser], owner: Owner, run: Run, monkeypatch: pytest.MonkeyPatch
) -> Ground:
    """A clock that stands still."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Ground(acting, browser, owner, run)


def test_a_partner_sees_nothing_of_a_wait_or_an_offer(ground: Ground) -> None:
    nobody, offered = ground.live("nobody", is_offered=False), ground.live("stranger", is_offered=True)
    assert {seen[0] for page, seen in nobody.items() if page.startswith("/")} == {200}
    assert nobody["told"] == [("booking.requested", "queued", at(9)), ("booking.asked", "queued", at(9))]
    for page, seen in ground.live("alice", is_offered=False).items():
        assert seen == nobody[page], page
    for page, seen in ground.live("alice", is_offered=True).items():
        assert seen == offered[page], page


def test_what_is_offered_to_oneself_is_another_world(ground: Ground) -> None:
    """The comparison tells worlds apart."""
    offered, own = ground.live("stranger", is_offered=True), ground.live("bob", is_offered=True)
    assert {page for page, seen in own.items() if seen != offered[page]} >= {"/today", "/sessions/waiting"}
