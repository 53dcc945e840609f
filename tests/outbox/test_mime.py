"""A mail is what we meant it to be, byte for byte, and no header can be smuggled into it."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import Compat32

import pytest

from clinic.outbox import mime
from clinic.outbox.mime import compose
from clinic.outbox.registry import Attachment, Letter
from clinic.outbox.smtp import MailChannel

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def composed(letter: Letter) -> tuple[bytes, EmailMessage]:
    content = compose(letter, sender="no-reply@elm-street.example", message_id="<1@clinic>", at=AT)
    return content, message_from_bytes(content, policy=policy.default)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Your appointment", "Hello Alice,\n\nPlease sign in.\n"),
        (
            "Ihr Termin – für Sie, lieber Grüßender, mit einem langen Betreff, der umbricht",
            "Grüße\n\n.\nzum 24.\n",
        ),
        ("Long", "x" * 5000 + "\nFrom here on\n"),
    ],
)
def test_subject_and_text_arrive_as_they_are(subject: str, text: str) -> None:
    content, mail = composed(Letter("alice@example.org", subject, text))
    assert (str(mail["Subject"]), mail.get_content().replace("\r\n", "\n")) == (subject, text)
    assert content.isascii()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) < 998


def test_attachments_arrive_with_their_names() -> None:
    file = Attachment("appointment.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    _, mail = composed(Letter("alice@example.org", "Your appointment", "See the file.", (file,)))
    (part,) = mail.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == (file.name, file.media_type)
    assert part.get_payload(decode=True) == file.content
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "See the file."


@pytest.mark.parametrize(("method", "also_beside"), [("REQUEST", True), ("CANCEL", True), ("PUBLISH", False)])
def test_a_calendar_file_says_what_it_asks_for(method: str, also_beside: bool) -> None:
    """RFC 6047, 2.4; Outlook looks for an invitation only beside the text."""
    file = Attachment("appointment.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", method)
    _, mail = composed(Letter("alice@example.org", "Your appointment", "See the file.", (file,)))
    found = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    assert [each.is_attachment() for each in found] == ([False, True] if also_beside else [True])
    for part in found:
        assert (part.get_param("method"), part.get_content_charset()) == (method, "utf-8")
        assert part.get_payload(decode=True) == file.content
    assert len([*mail.iter_attachments()]) == 1


def test_of_several_files_none_stands_for_the_letter() -> None:
    files = tuple(Attachment(f"cancelled-{each}.ics", "text/calendar", b"", "CANCEL") for each in (1, 2))
    _, mail = composed(Letter("alice@example.org", "Your appointment", "See the files.", files))
    parts = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    assert [each.get_filename() for each in parts] == ["cancelled-1.ics", "cancelled-2.ics"]
    assert {each.get_param("method") for each in parts} == {"CANCEL"}


@pytest.mark.parametrize("bad", ["a\r\nBcc: eve@example.org", "a\nb", "a\rb", "a\x00b", "a\u2028b"])
def test_a_line_break_in_a_header_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        Letter("alice@example.org", bad, "")
    with pytest.raises(ValueError, match="control character"):
        Letter(bad, "Your appointment", "")
    with pytest.raises(ValueError, match="control character"):
        Letter("alice@example.org", "Your appointment", "", (Attachment(bad, "text/plain", b""),))


@pytest.mark.parametrize("bad", ["alice@example.org>", "älice@example.org", "a b@example.org", "a@x.org,b@x.org"])
def test_an_address_that_is_more_than_one_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="address"):
        composed(Letter(bad, "Your appointment", ""))


def test_a_sender_that_cannot_stand_in_a_header_stops_the_start() -> None:
    with pytest.raises(ValueError, match="address"):
        MailChannel("smtp://127.0.0.1:25", "Elm <a@b.example>", lambda: AT)


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "127.0.0.1:25"])
def test_a_mail_address_that_makes_no_sense_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="MAIL_URL"):
        MailChannel(url, "a@b.example", lambda: AT)


@pytest.mark.parametrize("subject", ["Your appointment", "Your appointment on Tuesday " * 4, "Termin — Öffnung"])
def test_headers_are_written_as_the_standard_library_writes_them(subject: str, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = Letter(
        "alice@example.org", subject, "See you then.", (Attachment("a.ics", "text/calendar", b"x", "CANCEL"),)
    )
    ours = _lines(composed(letter)[0])
    monkeypatch.setattr(mime._Headers, "fold_binary", Compat32.fold_binary)
    assert ours == _lines(composed(letter)[0])


def _lines(content: bytes) -> list[bytes]:
    """Without the boundaries, which are drawn by lot."""
    return [line for line in content.split(b"\r\n") if b"====" not in line]
