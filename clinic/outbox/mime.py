"""A letter as the bytes of a mail: plain text, neutral headers, nothing that tracks, marked as sent by a machine."""

from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from clinic.outbox.registry import Letter

_POLICY = policy.SMTP.clone(cte_type="7bit")  # relays without 8BITMIME take it too


def compose(letter: Letter, *, sender: str, message_id: str, at: datetime) -> bytes:
    """The mail with CRLF line ends. Raises ValueError for a line break in a header or in the sender's address."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text if letter.text.endswith("\n") else letter.text + "\n")
    for file in letter.attachments:
        kind, _, form = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=form, filename=file.name)
    return mail.as_bytes()
