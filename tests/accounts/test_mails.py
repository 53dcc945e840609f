"""What the mails about an account say."""

from datetime import timedelta
from email.utils import parseaddr
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.accounts import links, people
from clinic.accounts.models import AccountLink
from clinic.clients import service as clients
from clinic.clients.models import Client
from clinic.core import clock
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import Letter, registry
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_person

pytestmark = pytest.mark.usefixtures("nobody_is_linked")
BASE = "http://127.0.0.1"


def letter(acting: Acting, kind: str) -> Letter:
    with acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).one()
        rendered = registry[kind].render(message, clock.now())
        assert rendered is not None
        return rendered


def reason(acting: Acting, kind: str, **later: float) -> str | None:
    with acting() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).one()
        return registry[kind].still_wanted(message, clock.now() + timedelta(**later))


@pytest.fixture
def eve(practice: Practice, acting: Acting) -> UUID:
    """Somebody who was just invited."""
    with acting() as session:
        person_id = make_person(session, "Eve", "Adler", ["client"], clock.now(), has_login=False)
        links.invite(person_id, clock.now())
        return person_id


def test_join_mail_carries_the_link_that_opens(eve: UUID, acting: Acting, app: Flask) -> None:
    mail = letter(acting, "account.join")
    assert parseaddr(mail.to) == ("", "eve.adler@example.org")
    assert mail.subject == "Your account"
    (line,) = [line for line in mail.text.splitlines() if line.startswith("http")]
    assert line.startswith(f"{BASE}/join/")
    assert app.test_client().get(line.removeprefix(BASE)).status_code == 200


def test_reset_mail_carries_the_link_that_opens(practice: Practice, acting: Acting, app: Flask) -> None:
    with acting():
        links.ask("alice.hart@example.org", "192.0.2.1", clock.now())
    mail = letter(acting, "account.reset")
    assert mail.subject == "Your new password"
    assert "for 30 minutes" in mail.text
    (line,) = [line for line in mail.text.splitlines() if line.startswith("http")]
    assert line.startswith(f"{BASE}/reset/")
    assert app.test_client().get(line.removeprefix(BASE)).status_code == 200


def test_already_mail_leads_to_the_sign_in_page(practice: Practice, acting: Acting) -> None:
    with acting():
        links.invite(practice.alice, clock.now())
    mail = letter(acting, "account.already")
    assert f"{BASE}/sign-in" in mail.text
    assert reason(acting, "account.already", days=20) is None


def test_mails_hold_no_clinical_word_and_no_name_but_the_readers(eve: UUID, practice: Practice, acting: Acting) -> None:
    with acting():
        links.ask("alice.hart@example.org", None, clock.now())
        links.invite(practice.bob, clock.now())
    for kind in ("account.join", "account.reset", "account.already"):
        mail = letter(acting, kind)
        text = f"{mail.subject} {mail.text}".lower()
        for word in ("therap", "client", "session", "intake", "couple", "elm street", "hart", "adler", "appointment"):
            assert word not in text


def test_mail_is_dropped_once_its_link_is_used_or_over(eve: UUID, acting: Acting) -> None:
    assert reason(acting, "account.join") is None
    assert reason(acting, "account.join", days=15) == "expired"
    with acting() as session:
        links.use(session.scalars(select(AccountLink)).one(), clock.now())
    assert reason(acting, "account.join") == "used"


def test_person_whose_address_was_taken_away_gets_no_letter(eve: UUID, acting: Acting) -> None:
    with acting() as session:
        people.person(eve).email = None
        message = session.scalars(select(OutboxMessage)).one()
        assert registry["account.join"].render(message, clock.now()) is None


def share_mailboxes(acting: Acting) -> None:
    """Every client's mailbox is one that others open."""
    with acting() as session:
        for client in session.scalars(select(Client)):
            client.is_mailbox_shared = True


def test_shared_mailbox_reads_only_to_sign_in(eve: UUID, practice: Practice, acting: Acting) -> None:
    with acting():
        clients.enquire(eve, clock.now())
        links.ask("alice.hart@example.org", None, clock.now())
        links.invite(practice.bob, clock.now())
    share_mailboxes(acting)
    letters = {kind: letter(acting, kind) for kind in ("account.join", "account.reset", "account.already")}
    assert {each.subject for each in letters.values()} == {"Please sign in"}
    words = [line for each in letters.values() for line in each.text.splitlines() if not line.startswith("http")]
    assert sorted(filter(None, words)) == [
        "Hello Alice,",
        "Hello Bob,",
        "Hello Eve,",
        "Please choose a password to see what is new for you:",
        "Please sign in:",
        "Please sign in:",
    ]


def test_reset_mail_is_dropped_once_others_open_the_mailbox(practice: Practice, acting: Acting) -> None:
    with acting():
        links.ask("alice.hart@example.org", None, clock.now())
    assert reason(acting, "account.reset") is None
    share_mailboxes(acting)
    assert reason(acting, "account.reset") == "shared"


def test_already_mail_asks_the_second_of_an_address_to_call(practice: Practice, acting: Acting) -> None:
    with acting():
        ned = people.find_or_make_person("alice.hart@example.org", "Ned", "Stark", clock.now(), zone=ZONE)
        links.invite(ned.id, clock.now())
    mail = letter(acting, "account.already")
    assert mail.subject == "Please call us"
    assert mail.text == "Hello Ned,\n\nPlease call us, and we help you to sign in:\n(212) 555-0148\n"
