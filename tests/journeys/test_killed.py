"""Every process that can die does so in the middle of a journey; what was said to be saved is there afterwards."""

import time
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from clinic.standalone.inbox import message_ids
from tests.journeys import steps
from tests.journeys.conftest import OpenPage, Tree, sign_in
from tests.journeys.steps import Visitor

pytestmark = pytest.mark.browser
A_DAY, LEASE = timedelta(hours=24), timedelta(minutes=6)
FIRST, SECOND = "Two people and a boat", "Three people and a boat"


def test_nothing_acknowledged_is_lost_and_nothing_arrives_twice(tree: Tree, open_page: OpenPage) -> None:
    writer, caller, visitor = open_page(), open_page(), Visitor("Robin")
    work = steps.give_to_alice(open_page(), tree.now() + timedelta(days=4))
    sign_in(writer, steps.ALICE)
    writer.goto(work)
    steps.choose_first_call(caller, visitor, (tree.now() + timedelta(days=4)).date())

    killed = tree.kill("worker", "beat", "redis")
    steps.book_it(caller, visitor)
    _write(writer, FIRST)
    killed |= tree.kill("web")
    _write(writer, SECOND)

    tree.wait_until_back(killed)
    writer.reload()
    expect(writer.get_by_label("A note to yourself")).to_have_value(SECOND)
    [confirmation] = tree.wait_for_mail(visitor.email, seconds=90)
    _kill_while_reminding(tree, steps.start_in(confirmation) - A_DAY)
    desk = open_page()
    sign_in(desk, "fay.moreau@elm-street.example")
    _await_reminder(tree, desk, visitor)
    ids = message_ids(tree.state / "mail")
    assert sorted(ids) == sorted(set(ids))


def _write(page: Page, words: str) -> None:
    """Type, and wait until the page has it acknowledged."""
    page.get_by_label("A note to yourself").fill(words)
    with steps.saved(page, words):
        page.get_by_label("One line about your own circle").focus()


def _kill_while_reminding(tree: Tree, moment: datetime) -> None:
    """Kill the worker, and what it is fed by, as soon as the first reminder of many has arrived."""
    before = len(message_ids(tree.state / "mail"))
    tree.move_clock_to(moment + timedelta(minutes=2))
    tree.run_job("queue-reminders")
    deadline = time.monotonic() + 30
    while len(message_ids(tree.state / "mail")) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    tree.wait_until_back(tree.kill("worker", "beat", "redis"))
    tree.move_clock_to(tree.now() + LEASE)  # what the killed worker had taken is then anybody's


def _await_reminder(tree: Tree, desk: Page, visitor: Visitor) -> None:
    """It arrives once; or it was in the killed worker's hands, and the desk is told to call: never both."""
    deadline = time.monotonic() + 90
    while True:
        desk.goto("/undelivered")
        listed = desk.get_by_role("cell", name=visitor.email).count()
        arrived = sum("A reminder of your appointment" in message.text for message in tree.mail(visitor.email))
        if arrived + listed:
            break
        assert time.monotonic() < deadline, "the reminder neither arrived nor stands on the list"
        time.sleep(1)
    assert arrived <= 1
