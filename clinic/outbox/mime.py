"""A letter as the bytes of a mail: plain text, neutral headers, nothing that tracks, marked as sent by a machine."""

from collections.abc import Sequence
from datetime import datetime
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import Compat32
from email.utils import format_datetime
from typing import Final

from clinic.outbox.registry import Attachment, Letter

_LONGEST_HEADER: Final = 78  # characters, RFC 5322


class _Headers(Compat32):
    """Writes a header that fits one line as it is; the standard library takes it apart first, to find that it fits.

    The older policy: the newer ones parse each header again and take ten times as long.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}"
        if len(line) <= _LONGEST_HEADER and line.isascii() and line.isprintable():
            return f"{line}{self.linesep}".encode()
        return super().fold_binary(name, value)


_POLICY: Final = _Headers(linesep="\r\n")
_UTF8: Final = Charset("utf-8")
_UTF8.body_encoding = QP  # relays without 8BITMIME take it too
_ACTED_ON: Final = {"REQUEST", "CANCEL"}
_LONGEST_LINE: Final = 900  # characters; RFC 5321 allows 998 bytes


def compose(letter: Letter, *, sender: str, message_id: str, at: datetime) -> bytes:
    """The mail with CRLF line ends. Raises ValueError for an address that is not ASCII or breaks a header."""
    mail: MIMEBase = _text(letter.text)
    if letter.attachments:
        parts = [_with_invitation(mail, letter.attachments), *map(_file, letter.attachments)]
        mail = MIMEMultipart("mixed", None, parts, policy=_POLICY)
    for name, value in (
        ("From", address(sender)),
        ("To", address(letter.to)),
        ("Subject", letter.subject if letter.subject.isascii() else _encoded(letter.subject)),
        ("Date", format_datetime(at)),
        ("Message-ID", message_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ):
        mail[name] = value
    return mail.as_bytes()


def _text(text: str) -> MIMENonMultipart:
    text = text if text.endswith("\n") else text + "\n"
    is_plain = text.isascii() and max(map(len, text.split("\n"))) < _LONGEST_LINE
    part = MIMENonMultipart("text", "plain", charset="us-ascii" if is_plain else "utf-8", policy=_POLICY)
    part.set_payload(text, None if is_plain else _UTF8)
    return part


def _with_invitation(text: MIMEBase, files: Sequence[Attachment]) -> MIMEBase:
    """Outlook takes an invitation or its end only from beside the text, others from the files: it stands in both."""
    if len(files) == 1 and files[0].method in _ACTED_ON:
        return MIMEMultipart("alternative", None, [text, _part(files[0])], policy=_POLICY)
    return text


def _file(file: Attachment) -> MIMEBase:
    part = _part(file)
    part.add_header("Content-Disposition", "attachment", filename=file.name)
    return part


def _part(file: Attachment) -> MIMEBase:
    kind, _, form = file.media_type.partition("/")
    parameters = {"charset": "utf-8", "method": file.method} if file.method else {}
    part = MIMEBase(kind, form, policy=_POLICY, **parameters)
    part.set_payload(file.content)
    encode_base64(part)
    return part


def _encoded(subject: str) -> str:
    return str(Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n"))


def address(address: str) -> str:
    """A bare address as it may stand in a header. Raises ValueError for any other."""
    if not address.isascii() or any(letter in address for letter in "\r\n<>, "):
        raise ValueError("an address of a message cannot be written into a header")
    return address
