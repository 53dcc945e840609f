"""The inbox is a real SMTP server: what it has acknowledged is on disk, and reads back as it was sent."""

import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from clinic.standalone.inbox import Attachment, Inbox, keep, message_ids, messages


def letter(subject: str, message_id: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "practice@clinic.example", "alice@example.org"
    message["Message-ID"] = message_id
    message.set_content("Bis Montag, grüßt die Praxis.\n")
    message.add_alternative("<p>Bis <b>Montag</b>.</p>\n", subtype="html")
    message.add_attachment(b"BEGIN:VCALENDAR\r\n", maintype="text", subtype="calendar", filename="session.ics")
    return message


def test_inbox_gives_back_what_was_sent(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with Inbox(tmp_path).running() as inbox, smtplib.SMTP("127.0.0.1", inbox.port) as client:
        client.send_message(letter("Grüße", "<1@clinic.example>"), to_addrs=["alice@example.org", "bob@example.org"])
    (message,) = messages(tmp_path)
    assert message.to == ("alice@example.org", "bob@example.org")
    assert message.subject == "Grüße"
    assert message.text.strip() == "Bis Montag, grüßt die Praxis."
    assert message.html.strip() == "<p>Bis <b>Montag</b>.</p>"
    assert message.attachments == (Attachment("session.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n"),)
    assert before - timedelta(seconds=1) <= message.received_at <= datetime.now(UTC)
    assert message.message_id == "<1@clinic.example>"


def test_inbox_shows_the_newest_first_and_survives_a_restart(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        with Inbox(tmp_path).running() as inbox, smtplib.SMTP("127.0.0.1", inbox.port) as client:
            client.send_message(letter(f"Number {number}", f"<{number}@clinic.example>"))
    assert [message.subject for message in messages(tmp_path)] == ["Number 3", "Number 2", "Number 1"]


def test_inbox_records_every_arrival_of_a_message_id(tmp_path: Path) -> None:
    with Inbox(tmp_path).running() as inbox, smtplib.SMTP("127.0.0.1", inbox.port) as client:
        client.send_message(letter("Once", "<1@clinic.example>"))
        client.send_message(letter("Twice", "<1@clinic.example>"))
    assert message_ids(tmp_path) == ["<1@clinic.example>", "<1@clinic.example>"]


def test_inbox_reads_a_message_without_any_of_the_usual_headers(tmp_path: Path) -> None:
    keep(tmp_path, b"\r\nbare\r\n", ["alice@example.org"], datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    (message,) = messages(tmp_path)
    assert (message.subject, message.text.strip(), message.attachments) == ("", "bare", ())
    assert message.received_at == datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_inbox_port_can_be_chosen(tmp_path: Path) -> None:
    with Inbox(tmp_path).running() as first:
        with pytest.raises(OSError, match="in use"):
            Inbox(tmp_path, first.port)
        assert first.url == f"smtp://127.0.0.1:{first.port}"
