"""A lost way in: the front desk recognises a client, the owner helps who works here; nobody else, and never quietly."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from clinic.accounts import factors, links, lost_factor, mails
from clinic.accounts.models import AccountLink, FactorReset
from clinic.audit.models import AuditEvent
from clinic.clients.models import Client
from clinic.core import clock
from clinic.outbox.models import OutboxMessage
from tests.accounts.conftest import Command, MoveClock, command, move_clock
from tests.accounts.test_second_step import SECOND, begin, give_app
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice

__all__ = ["command", "move_clock"]

OpenBrowser = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
CHECKED: dict[str, Any] = {"checked": "document", "lost": "factor"}


def way_in(practice: Practice) -> str:
    """Alice's page at the front desk."""
    return f"/people/{practice.alice_client}/way-in"


def told(acting: Acting) -> list[object]:
    """Who is told that they were let in anew."""
    with acting() as session:
        return list(session.scalars(select(OutboxMessage.recipient_id).where(OutboxMessage.kind == "account.helped")))


def test_front_desk_takes_a_lost_second_step_away_and_says_how_it_knew(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    give_app(acting, practice.alice)
    alice, fay = browser(practice.alice), browser(practice.desk)
    assert "Lost way in" in fay.get(f"/people/{practice.alice_client}").text
    assert fay.submit(way_in(practice), **CHECKED).location == f"/people/{practice.alice_client}"
    assert alice.get("/account").status_code == 302
    assert begin(browser()).location == "/today"
    with acting() as session:
        row = session.scalars(select(FactorReset)).one()
        assert (row.person_id, row.reset_by, row.checked) == (practice.alice, practice.desk, "document")
        trail = session.scalars(select(AuditEvent).where(AuditEvent.action == "factor.reset")).one()
        assert (trail.person_id, trail.record_id, trail.detail) == (practice.desk, practice.alice, "document")
    assert told(acting) == [practice.alice]


def test_front_desk_must_say_how_it_knew(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    give_app(acting, practice.alice)
    fay = browser(practice.desk)
    wrong: list[dict[str, Any]] = [{"lost": "factor"}, {"checked": "document"}, CHECKED | {"checked": "partner"}]
    for fields in wrong:
        page = fay.submit(way_in(practice), **fields)
        assert page.status_code == 422
    assert "Please say how you made sure." in fay.submit(way_in(practice), lost="factor").text
    with acting():
        assert factors.of(practice.alice).has_app


def test_link_of_the_front_desk_leads_to_a_new_password_and_stops_at_the_second_step(
    practice: Practice, browser: OpenBrowser, acting: Acting, move_clock: MoveClock
) -> None:
    give_app(acting, practice.alice)
    fay = browser(practice.desk)
    page = fay.submit(way_in(practice), checked="callback", lost="password")
    shown = fay.get(page.location).text
    address = shown.partition('class="secret">')[2].partition("</code>")[0]
    path = address.removeprefix("http://127.0.0.1")
    assert path.startswith("/reset/")
    reader = browser()
    assert reader.submit(path, password="another walk by the river").location == SECOND
    assert fay.get(page.location).status_code == 404


def test_page_with_a_link_is_gone_after_ten_minutes_and_shows_no_other_link(
    practice: Practice, browser: OpenBrowser, acting: Acting, move_clock: MoveClock
) -> None:
    with acting():
        other = links.make(links.RESET, practice.alice, None, clock.now() + timedelta(minutes=30), clock.now()).id
    fay = browser(practice.desk)
    assert fay.get(f"{way_in(practice)}/{other}").status_code == 404
    page = fay.submit(way_in(practice), checked="known", lost="password")
    assert fay.get(page.location).status_code == 200
    assert fay.get(page.location.replace(str(practice.alice_client), str(practice.bob_client))).status_code == 404
    move_clock(minutes=9)
    assert fay.get(page.location).status_code == 200
    move_clock(minutes=10, seconds=1)
    assert browser(practice.desk).get(page.location).status_code == 404


def test_partner_is_told_nothing(practice: Practice, browser: OpenBrowser, acting: Acting, owner: Owner) -> None:
    """Where others open the mailbox no mail goes out; Bob's own pages are the same as before, byte for byte."""
    give_app(acting, practice.alice)
    bob = browser(practice.bob)
    pages = ("/today", "/record", "/sessions", "/account")
    before = [without_tokens(bob.get(page).text) for page in pages]
    with acting() as session:
        session.get_one(Client, practice.alice_client).is_mailbox_shared = True
    browser(practice.desk).submit(way_in(practice), checked="document", lost="both")
    assert told(acting) == []
    assert [without_tokens(bob.get(page).text) for page in pages] == before


def without_tokens(text: str) -> list[str]:
    return [line for line in text.splitlines() if "csrf_token" not in line and "idempotency_key" not in line]


def test_front_desk_never_lets_in_who_works_here(
    practice: Practice, browser: OpenBrowser, acting: Acting, owner: Owner
) -> None:
    owner.execute("UPDATE person SET roles = ARRAY['client', 'owner'] WHERE id = %s", [practice.alice])
    give_app(acting, practice.alice)
    fay = browser(practice.desk)
    for lost in ("password", "factor", "both"):
        page = fay.submit(way_in(practice), checked="document", lost=lost)
        assert (page.status_code, "the owner helps them" in page.text) == (422, True)
    with acting() as session:
        assert factors.of(practice.alice).has_app
        assert session.scalars(select(AccountLink).where(AccountLink.person_id == practice.alice)).all() == []


def test_mail_says_nothing_of_what_was_lost(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    give_app(acting, practice.alice)
    browser(practice.desk).submit(way_in(practice), **CHECKED)
    with acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "account.helped")).one()
        letter = mails.render_helped(message, clock.now())
    assert letter is not None
    assert letter.subject == "Your account"
    assert letter.text == (
        "Hello Alice,\n\nas you asked us, we have made it possible for you to sign in anew at 127.0.0.1.\n\n"
        "If you did not ask us, please call us at once: (212) 555-0148\n"
    )


def test_owner_takes_a_colleagues_lost_second_step_away_with_a_reason(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    give_app(acting, practice.dana)
    dana, olga = browser(practice.dana), browser(practice.owner)
    path = f"/practice/staff/{practice.dana}/second-step"
    assert path in olga.get("/practice/staff").text
    empty = olga.submit(path, reason="  ")
    assert (empty.status_code, "Please write why" in empty.text) == (422, True)
    assert olga.submit(path, reason="Her phone fell into the lake").location == "/practice/staff"
    assert dana.get("/today").status_code == 302
    assert "No second step is set up" in olga.get(path).text
    assert olga.submit(path, reason="Once more").status_code == 422
    again = browser()
    assert begin(again, "dana.whitfield@example.org").location == "/today"
    assert again.get("/today").location == "/account/factors"
    with acting() as session:
        row = session.scalars(select(FactorReset)).one()
        assert (row.reset_by, row.checked, row.reason) == (practice.owner, "owner", "Her phone fell into the lake")
    assert told(acting) == [practice.dana]


def test_owner_does_not_take_their_own_second_step_away(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    give_app(acting, practice.owner)
    path = f"/practice/staff/{practice.owner}/second-step"
    page = browser(practice.owner).submit(path, reason="I can")
    assert (page.status_code, "you change in your account" in page.text) == (422, True)
    with acting():
        assert factors.of(practice.owner).has_app


def test_both_pages_want_a_fresh_sign_in(practice: Practice, browser: OpenBrowser, move_clock: MoveClock) -> None:
    fay, olga = browser(practice.desk), browser(practice.owner)
    move_clock(minutes=11)
    for page, path in ((fay, way_in(practice)), (olga, f"/practice/staff/{practice.dana}/second-step")):
        assert page.get(path).location == f"/account/confirm?next={path}"
        assert page.submit(path, reason="x", **CHECKED).status_code == 401


def test_what_was_done_is_never_rewritten(practice: Practice, acting: Acting, owner: Owner) -> None:
    give_app(acting, practice.alice)
    with acting():
        lost_factor.take_away(practice.alice, by=practice.desk, checked="known", reason="lost", now=clock.now())
    for statement in ("UPDATE factor_reset SET checked = 'document'", "DELETE FROM factor_reset"):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            owner.execute(statement.encode())
    with pytest.raises(psycopg.errors.CheckViolation, match="reset_by"):
        owner.execute(
            "INSERT INTO factor_reset (id, person_id, reset_by, checked, reason, created_at)"
            " VALUES (gen_random_uuid(), %s, %s, 'known', 'mine', now())",
            [practice.alice, practice.alice],
        )


def test_locked_out_owner_is_helped_at_the_machine(practice: Practice, acting: Acting, command: Command) -> None:
    give_app(acting, practice.owner)
    done = command("practice", "reset-factor", "olga.sand@example.org", "--reason", "Phone stolen")
    assert (done.exit_code, "the password is enough" in done.output) == (0, True)
    with acting() as session:
        row = session.scalars(select(FactorReset)).one()
        assert (row.person_id, row.reset_by, row.checked) == (practice.owner, None, "command")
        assert not factors.of(practice.owner).any
    again = command("practice", "reset-factor", "olga.sand@example.org", "--reason", "Once more")
    assert (again.exit_code, "No second step is set up" in again.output) == (1, True)
    assert PASSWORD not in done.output
