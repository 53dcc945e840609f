"""What the practice does at the machine for somebody who cannot sign in."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.accounts import links, people
from clinic.accounts.rules import RESET_LASTS
from clinic.audit.models import AuditEvent
from clinic.core import clock
from tests.accounts.conftest import Command, MoveClock
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, ZONE, Practice

ALICE = "alice.hart@example.org"
NEW = "another walk by the river"
OpenBrowser = Callable[..., Browser]


@pytest.fixture
def ned(practice: Practice, acting: Acting) -> UUID:
    """Alice's new partner gave her address as his; the login with it is hers."""
    with acting():
        return people.find_or_make_person(ALICE, "Ned", "Stark", clock.now(), zone=ZONE).id


def path_in(output: str) -> str:
    """The path of the link that was printed."""
    found = re.search(r"http://127\.0\.0\.1(/\S+)", output)
    assert found is not None, output
    return found[1]


def traces(acting: Acting, action: str) -> list[tuple[UUID | None, str | None]]:
    with acting() as session:
        query = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
        return [(each.record_id, each.job) for each in session.scalars(query)]


@pytest.mark.parametrize("by", ["id", "address"])
def test_let_in_prints_a_link_that_works_once_and_leaves_a_trace(
    practice: Practice, command: Command, browser: OpenBrowser, acting: Acting, by: str
) -> None:
    answer = command("practice", "let-in", str(practice.alice) if by == "id" else ALICE)
    assert (answer.exit_code, "For Alice Hart, once" in answer.output) == (0, True), answer.output
    path = path_in(answer.output)
    assert browser().submit(path, password=NEW).status_code == 303
    assert browser().get(path).status_code == 410
    assert browser().submit("/sign-in", email=ALICE, password=NEW).status_code == 303
    assert traces(acting, "account.let_in") == [(practice.alice, "practice.let-in")]


def test_let_in_ends_the_links_that_were_mailed(
    practice: Practice, command: Command, browser: OpenBrowser, acting: Acting
) -> None:
    with acting():
        now = clock.now()
        mailed = links.token_for(links.make("reset", practice.alice, None, now + RESET_LASTS, now))
    assert browser().get(f"/reset/{mailed}").status_code == 200
    assert command("practice", "let-in", ALICE).exit_code == 0
    assert browser().get(f"/reset/{mailed}").status_code == 410


def test_let_in_lasts_a_day(practice: Practice, command: Command, browser: OpenBrowser, move_clock: MoveClock) -> None:
    path = path_in(command("practice", "let-in", ALICE).output)
    move_clock(hours=23, minutes=59)
    assert browser().get(path).status_code == 200
    move_clock(hours=24, seconds=5)
    assert browser().get(path).status_code == 410


def test_let_in_gives_the_second_of_an_address_a_sign_in_of_their_own(
    ned: UUID, command: Command, browser: OpenBrowser, acting: Acting
) -> None:
    refused = command("practice", "let-in", str(ned))
    assert (refused.exit_code, "an account with this address" in refused.output) == (1, True)
    path = path_in(command("practice", "let-in", str(ned), "--email", "Ned@Example.org").output)
    assert path.startswith("/join/")
    assert browser().submit(path, password=NEW).status_code == 303
    assert browser().submit("/sign-in", email="ned@example.org", password=NEW).status_code == 303
    assert traces(acting, "account.let_in") == [(ned, "practice.let-in")]


def test_let_in_by_a_shared_address_names_the_people_and_lets_nobody_in(
    ned: UUID, practice: Practice, command: Command, acting: Acting
) -> None:
    answer = command("practice", "let-in", ALICE)
    assert answer.exit_code == 1
    assert f"{practice.alice}  Alice Hart" in answer.output
    assert f"{ned}  Ned Stark" in answer.output
    assert traces(acting, "account.let_in") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nobody@example.org",), "Nobody has this id or address."),
        (("01939c00-0000-7000-8000-000000000000",), "Nobody has this id or address."),
        ((ALICE, "--email", "other@example.org"), "signs in with an address already"),
    ],
)
def test_let_in_says_why_not(practice: Practice, command: Command, words: tuple[str, ...], says: str) -> None:
    answer = command("practice", "let-in", *words)
    assert (answer.exit_code, says in answer.output) == (1, True), answer.output


def test_let_in_opens_no_login_that_was_closed(practice: Practice, command: Command, acting: Acting) -> None:
    with acting():
        people.disable_login(practice.alice, clock.now())
    answer = command("practice", "let-in", ALICE)
    assert (answer.exit_code, "sign-in is closed" in answer.output) == (1, True)


def test_disabled_login_is_closed_at_once_and_opened_again(
    practice: Practice, command: Command, browser: OpenBrowser, acting: Acting
) -> None:
    alice = browser(practice.alice)
    assert alice.get("/account").status_code == 200
    answer = command("practice", "disable-login", ALICE)
    assert (answer.exit_code, "Alice Hart is signed out everywhere" in answer.output) == (0, True), answer.output
    assert alice.get("/account").status_code == 302
    assert browser().submit("/sign-in", email=ALICE, password=PASSWORD).status_code == 422
    answer = command("practice", "enable-login", str(practice.alice))
    assert (answer.exit_code, "Alice Hart can sign in again" in answer.output) == (0, True), answer.output
    assert browser().submit("/sign-in", email=ALICE, password=PASSWORD).status_code == 303
    assert traces(acting, "login.disable") == [(practice.alice, "practice.disable-login")]
    assert traces(acting, "login.enable") == [(practice.alice, "practice.enable-login")]


@pytest.mark.parametrize("act", ["disable-login", "enable-login"])
def test_who_has_no_login_is_named_so(ned: UUID, command: Command, acting: Acting, act: str) -> None:
    answer = command("practice", act, str(ned))
    assert (answer.exit_code, "has no sign-in" in answer.output) == (1, True)
    assert traces(acting, act.replace("-", ".")) == []
