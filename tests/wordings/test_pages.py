"""The owner edits the words of a message: errors at their field, nothing lost, each version kept."""

import html
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.booking import notices
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import transaction
from clinic.outbox.deliver import deliver_due
from clinic.outbox.smtp import MailChannel
from clinic.wordings import service
from clinic.wordings.catalogue import wordings
from clinic.wordings.errors import WordsChangedError
from clinic.wordings.models import MessageWords
from clinic.wordings.queries import standing, words_of
from clinic.wordings.rules import Words
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.outbox.mail_server import MailServer
from tests.wordings.conftest import store

Open = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
LIST = "/practice/messages"
PATH = f"{LIST}/{notices.REMINDER}"
SUBJECT, BODY = "See you soon", "Dear {first_name},\n\nwe look forward to it:\n{when}\n\n{link}"


@pytest.fixture
def olga(practice: Practice, browser: Open) -> Browser:
    return browser(practice.owner)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer().running() as running:
        yield running


def shown(page: str) -> Words:
    """What subject and text hold on the page."""
    subject = re.search(r'<input[^>]*name="subject"[^>]*value="([^"]*)"', page)
    body = re.search(r'<textarea[^>]*name="body"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL)
    assert subject is not None
    assert body is not None
    return Words(html.unescape(subject[1]), html.unescape(body[1]))


def seen(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def stands(acting: Acting) -> Words | None:
    with acting():
        return words_of(standing(notices.REMINDER))


def test_the_list_says_whose_words_go_out_and_why_some_stay_ours(
    olga: Browser, acting: Acting, practice: Practice
) -> None:
    page = olga.get(LIST).text
    assert page.count(">standard words<") == len(wordings)
    assert "It must tell nobody whether an address is known here" in page
    assert "To a mailbox that others read" in page
    with acting():
        store(notices.REMINDER, Words(SUBJECT, BODY), practice.owner)
        store(notices.MOVED, Words(SUBJECT, "nothing needed is in it"), practice.owner)
    page = olga.get(LIST).text
    assert page.count(">your words<") == 1
    assert page.count("your words do not work, the standard ones go out") == 1
    assert olga.get(f"{LIST}/account.reset").status_code == 404


def test_own_words_are_saved_as_a_version_with_its_trace(olga: Browser, acting: Acting, practice: Practice) -> None:
    page = olga.get(PATH).text
    assert shown(page) == wordings[notices.REMINDER].ours
    answer = olga.submit(PATH, subject=SUBJECT, body=BODY.replace("\n", "\r\n"), seen=seen(page), follow_redirects=True)
    assert "From now on it goes out in these words." in answer.text
    assert shown(answer.text) == Words(SUBJECT, BODY)
    assert "Olga" in answer.text
    with acting() as session:
        row = session.scalars(select(MessageWords)).one()
        assert (row.key, row.version, row.set_by) == (notices.REMINDER, 1, practice.owner)
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "wording.choose")).one()
        assert (event.person_id, event.record_id, event.detail) == (practice.owner, row.id, f"{notices.REMINDER} 1")


def test_back_to_ours_is_one_press_and_keeps_what_was_written(olga: Browser, acting: Acting) -> None:
    olga.submit(PATH, subject=SUBJECT, body=BODY, seen="0")
    for _again in range(2):
        page = olga.submit(f"{PATH}/ours", follow_redirects=True).text
        assert "The standard words go out again" in page
        assert shown(page) == wordings[notices.REMINDER].ours
        assert (stands(acting), seen(page)) == (None, "2")
    earlier = olga.get(f"{PATH}?version=1").text
    assert shown(earlier) == Words(SUBJECT, BODY)
    olga.submit(PATH, subject=SUBJECT, body=BODY, seen=seen(earlier))
    assert stands(acting) == Words(SUBJECT, BODY)
    with acting() as session:
        assert session.scalars(select(MessageWords.version).order_by(MessageWords.version)).all() == [1, 2, 3]
    assert shown(olga.get(f"{PATH}?version=nine").text) == Words(SUBJECT, BODY)


@pytest.mark.parametrize(
    ("subject", "body", "words"),
    [
        ("", BODY, "Please write something here."),
        ("See you\r\nBcc: all@example.org", BODY, "A subject has one line."),
        ("See you, {first_name}", BODY, "There is no placeholder {first_name} here."),
        ("Your therapy", BODY, 'Please leave "therapy" out.'),
        ("Your session", BODY, 'Please leave "session" out.'),
        (SUBJECT, BODY + " Your therapist", 'Please leave "therapist" out.'),
        (SUBJECT, BODY + " {partner}", "There is no placeholder {partner} here."),
        (SUBJECT, BODY + " {{ config.SECRET_KEY }}", "There is no placeholder { config.SECRET_KEY }."),
        (SUBJECT, BODY + " {", "A brace stands alone."),
        (SUBJECT, BODY + " {first_name.__class__}", "There is no placeholder {first_name.__class__}."),
        (SUBJECT, "Dear {first_name}, {when}", "This message needs {link}."),
        (SUBJECT, BODY + "a" * 3000, "Please make it shorter: 3000 characters at most."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    olga: Browser, acting: Acting, subject: str, body: str, words: str
) -> None:
    for path in (PATH, f"{PATH}/preview"):
        answer = olga.submit(path, subject=subject, body=body, seen="0")
        assert answer.status_code == 422
        field = "body" if subject == SUBJECT else "subject"
        error = re.search(rf'id="{field}-error">(.*?)</p>', answer.text, re.DOTALL)
        assert error is not None
        assert words in html.unescape(error[1])
        kept = shown(answer.text)
        assert kept.body == body
        assert kept.subject.split() == subject.split()
    assert stands(acting) is None


def test_preview_shows_how_it_arrives_and_saves_nothing(olga: Browser, acting: Acting) -> None:
    page = olga.submit(f"{PATH}/preview", subject=SUBJECT, body=BODY + "\n\nYour session", seen="0")
    assert page.status_code == 200
    arriving = page.text.partition('id="arriving"')[2]
    for words in ("A private session", "Dear Robin,", "3:00", "Better without."):
        assert words in arriving
    assert shown(page.text).subject == SUBJECT
    assert stands(acting) is None


def test_what_is_typed_is_text_on_the_page_too(olga: Browser) -> None:
    page = olga.submit(f"{PATH}/preview", subject="<b>Hi</b>", body=BODY + "<script>alert(1)</script>", seen="0").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>Hi" not in page


def test_a_page_that_is_older_than_what_stands_overwrites_nothing(
    olga: Browser, browser: Open, practice: Practice, acting: Acting
) -> None:
    other = browser(practice.owner)
    mark = seen(other.get(PATH).text)
    olga.submit(PATH, subject=SUBJECT, body=BODY, seen=mark)
    answer = other.submit(PATH, subject="Until then", body=BODY, seen=mark)
    assert answer.status_code == 409
    assert "Somebody else has changed this message" in answer.text
    assert shown(answer.text) == Words("Until then", BODY)
    assert "What stands now" in answer.text
    assert stands(acting) == Words(SUBJECT, BODY)
    assert other.submit(PATH, subject="Until then", body=BODY, seen=seen(answer.text)).status_code == 303
    for odd in ("7", "-1", "x", ""):
        assert olga.submit(PATH, subject=SUBJECT, body=BODY, seen=odd).status_code == 409


def test_of_two_owners_who_save_at_once_one_has_it(app: Flask, practice: Practice, acting: Acting) -> None:
    barrier = threading.Barrier(2)

    def save(name: str) -> str:
        with app.app_context(), transaction(Actor.worker("test")):
            assert standing(notices.REMINDER) is None
            barrier.wait()
            words = Words(name, BODY)
            wording = wordings[notices.REMINDER]
            service.choose(wording, words, 0, "Elm Street", by=practice.owner, now=clock.now())
        return name

    def try_to(name: str) -> str | None:
        try:
            return save(name)
        except WordsChangedError:
            return None

    with ThreadPoolExecutor(2) as pool:
        saved = [name for name in pool.map(try_to, ("First", "Second")) if name]
    assert len(saved) == 1
    assert stands(acting) == Words(saved[0], BODY)


def test_a_version_is_never_changed(owner: Owner, olga: Browser, app: Flask, acting: Acting) -> None:
    olga.submit(PATH, subject=SUBJECT, body=BODY, seen="0")
    for statement in ("UPDATE message_words SET body = 'x'", "DELETE FROM message_words"):
        with pytest.raises(Exception, match="permission denied"), acting() as session:
            session.connection().exec_driver_sql(statement)


def test_a_test_arrives_at_the_owners_own_address_and_nowhere_else(
    app: Flask, olga: Browser, server: MailServer, owner: Owner
) -> None:
    olga.submit(PATH, subject=SUBJECT, body=BODY, seen="0")
    assert "on its way to your own address" in olga.submit(f"{PATH}/test", follow_redirects=True).text
    with app.app_context():
        channel = MailChannel(server.url, "no-reply@elm-street.example", clock.now)
        assert deliver_due({"email": lambda: channel}, clock.now, lanes=1) == {"sent": 1}
    (mail,) = server.mails
    assert (mail["Subject"], mail["To"]) == (SUBJECT, "olga.sand@example.org")
    assert mail.get_content().startswith("Dear Robin,")
    owner.execute("UPDATE person SET email = NULL WHERE given_name = 'Olga'")
    assert "no test can be sent" in olga.submit(f"{PATH}/test", follow_redirects=True).text


def test_health_names_words_that_do_not_work_any_more(
    olga: Browser, browser: Open, acting: Acting, practice: Practice
) -> None:
    ready = browser().get("/readyz").json
    assert ready is not None
    assert ready["wordings"] == []
    with acting():
        store(notices.REMINDER, Words(SUBJECT, "{gone}"), practice.owner)
    ready = browser().get("/readyz").json
    assert ready is not None
    assert ready["wordings"] == [notices.REMINDER]
    health = re.search(r"own words do not work.*?</li>", olga.get("/practice").text, re.DOTALL)
    assert health is not None
    assert ">1<" in re.sub(r"\s", "", health[0])
    page = olga.get(PATH)
    assert (page.status_code, shown(page.text).body) == (200, "{gone}")
    assert "There is no placeholder {gone} here." in html.unescape(page.text)


def test_pages_take_as_many_statements_with_many_versions_as_with_one(
    olga: Browser, acting: Acting, practice: Practice, statements: list[str]
) -> None:
    olga.get(LIST)  # what the practice offers is read once
    counts = []
    for versions in (range(1, 2), range(2, 31)):
        with acting():
            for number in versions:
                store(notices.REMINDER, Words(SUBJECT, BODY), practice.owner, number)
        for path in (LIST, PATH):
            statements.clear()
            assert olga.get(path).status_code == 200
            counts.append(len(statements))
    assert counts[:2] == counts[2:]
    assert "Version 30" in olga.get(PATH).text
    assert "Version 1<" in olga.get(f"{PATH}?page=2").text
