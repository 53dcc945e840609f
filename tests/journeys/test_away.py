"""Away today, with the worker killed among the mails: each person is told once, or stands on the list to be called."""

import logging
import os
import signal
import threading
import time as timer
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from clinic.booking import service as booking
from clinic.booking.wishes import Wish
from clinic.clients.models import Client
from clinic.core import clock, zones
from clinic.database.session import db
from clinic.outbox import rules, service
from clinic.practice.models import Service
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_client, make_person
from tests.journeys import keys, steps
from tests.journeys.conftest import DESKTOP, sign_in
from tests.outbox.mail_server import MailServer
from tests.worker.conftest import Run, environment, run, server
from worker.wake import Waker

__all__ = ["environment", "run", "server"]
pytestmark = pytest.mark.browser
DAY = date(2026, 11, 24)
HANGING = 4  # the cover's is the first, then those of the couple's two


@pytest.fixture
def page(app: Flask, practice: Practice, chromium: Chromium, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A browser in front of the application on the cast's practice, whose workers the test starts and kills itself.

    A password will do for its staff, as in the demo: `test_second_step` walks through the rest.
    """
    monkeypatch.setitem(app.config, "CLINIC", replace(app.config["CLINIC"], is_factor_required=False))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    web = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    context = chromium.new_context(
        base_url=f"http://127.0.0.1:{web.server_port}",
        viewport=DESKTOP,  # type: ignore[arg-type]  # a plain mapping of the two sides
        locale="en-US",
        timezone_id=ZONE,
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()
    web.shutdown()
    thread.join()
    web.server_close()


@pytest.fixture
def full_day(acting: Acting, practice: Practice) -> None:
    """It is half past eight on a Tuesday. Dana sees Alice and Bob, then Carol, Kim, who shares a mailbox, and Lou."""
    clock.move(zones.moment(DAY, time(8, 30), ZONE) - datetime.now(UTC))
    now = clock.now()
    with acting() as session:
        kim, lou = (
            make_client(session, make_person(session, name, "Day", ["client"], now), practice.dana, now)
            for name in ("Kim", "Lou")
        )
        session.get_one(Client, kim).is_mailbox_shared = True
        couple = [practice.alice_client, practice.bob_client]
        for hour, clients in ((10, couple), (12, [practice.carol_client]), (13, [kim]), (14, [lou])):
            is_joint = len(clients) > 1
            offered = db.session.get_one(Service, practice.couple_session if is_joint else practice.individual)
            wish = Wish(offered, practice.dana, zones.moment(DAY, time(hour), ZONE), "video", ZONE, "USD")
            couple_id = practice.couple if is_joint else None
            booking.book(wish, clients, by=practice.dana, now=now, couple_id=couple_id, is_told=False)


def hang_at(server: MailServer, number: int) -> None:
    """Take one connection at a time, so that one mail follows the other, and never answer that one's dot."""
    dots = 0

    def narrow(stage: str) -> None:
        nonlocal dots
        if stage == "connect":
            server.answers["connect"] = "421 one at a time" if server.connections > 1 else ""
        if stage == "dot":
            dots += 1
            server.answers["dot"] = "hang" if dots == number else ""

    server.at_stage = narrow


def reload_until(page: Page, is_so: Callable[[], bool], patience: float = 60) -> None:
    """Look again until it is so."""
    deadline = timer.monotonic() + patience
    while not is_so():
        assert timer.monotonic() < deadline, page.get_by_role("main").inner_text()
        page.wait_for_timeout(100)
        page.reload()


def cancel_by_keyboard(page: Page) -> None:
    """From Today to the list of whom to call, without a mouse."""
    keys.press(page, page.get_by_role("link", name="I am away today"))
    page.wait_for_url("**/away/*")
    steps.assert_clean(page)
    keys.type_into(page, page.get_by_label("Who stands in"), "Erik")
    keys.press(page, page.get_by_role("button", name="Cancel this day and tell everyone"))
    expect(page.get_by_role("heading", name="Whom to call")).to_be_visible()


def test_a_day_is_cancelled_while_the_worker_is_killed_and_everybody_hears_once(
    page: Page, full_day: None, server: MailServer, run: Run, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wake = Waker(redis_url)
    monkeypatch.setattr(service, "_wake", wake)
    hang_at(server, HANGING)
    mails, calls = (page.get_by_label(card).get_by_role("listitem") for card in ("Told by mail", "Please call"))
    sign_in(page, "dana.whitfield@example.org")
    with run("worker", "--concurrency=1", "--without-gossip") as worker:
        cancel_by_keyboard(page)
        assert len(server.await_mails(HANGING)) == HANGING
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    page.reload()
    expect(mails.filter(has_text="sent")).to_contain_text(["Alice Hart", "Bob Hart"])
    expect(mails.filter(has_text="on its way")).to_contain_text(["Carol Stone", "Lou Day"])
    expect(calls).to_contain_text(["Kim Day"])

    server.at_stage = lambda stage: None
    server.answers.clear()
    clock.move(rules.LEASE + timedelta(seconds=1))  # what the killed worker had taken is then anybody's
    with run("worker", "--concurrency=1", "--without-gossip"):
        wake()
        reload_until(page, lambda: mails.filter(has_text="on its way").count() == 0)
    expect(mails).to_contain_text(["Alice Hart", "Bob Hart", "Lou Day"])
    expect(calls).to_contain_text(["Carol Stone", "Kim Day"])
    expect(calls.filter(has_text="the mail may not have arrived")).to_contain_text(["Carol Stone"])
    assert sorted(str(mail["To"]).partition(".")[0] for mail in server.mails) == [
        "alice",
        "bob",
        "carol",
        "erik",
        "kim",
        "lou",
    ]
    steps.assert_clean(page)
    keys.press(page, page.get_by_role("button", name="Called Carol Stone"))
    expect(calls.filter(has_text="Carol Stone").get_by_text("called", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Called Kim Day")).to_be_visible()
