"""A mailbox for trying the practice out: a real SMTP server that keeps messages as files, and their reader."""

import argparse
import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
LARGEST = 30 * 1024 * 1024  # bytes of one message
MESSAGE_IDS = "message-ids.txt"


@dataclass(frozen=True)
class Attachment:
    """One file of a message."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """A message as its reader sees it. `key` names it among its folder's messages."""

    key: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    received_at: datetime
    message_id: str


def messages(folder: Path) -> list[Message]:
    """Every message in `folder`, the newest first."""
    return [_read(path) for path in sorted(folder.glob("*.eml"), reverse=True)]


def message_ids(folder: Path) -> list[str]:
    """The Message-IDs in the order of their arrival, each as often as it arrived."""
    record = folder / MESSAGE_IDS
    return record.read_text(encoding="utf-8").splitlines() if record.exists() else []


def _read(path: Path) -> Message:
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    nanoseconds, _, _ = path.stem.partition("-")
    return Message(
        key=path.stem,
        to=tuple(str(value) for value in parsed.get_all("Delivered-To", [])),
        subject=str(parsed.get("Subject", "")),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        attachments=tuple(_attachment(part) for part in parsed.iter_attachments()),
        received_at=datetime.fromtimestamp(int(nanoseconds) / 1e9, UTC),
        message_id=str(parsed.get("Message-ID", "")),
    )


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _attachment(part: EmailMessage) -> Attachment:
    return Attachment(
        name=part.get_filename() or "attachment",
        content_type=part.get_content_type(),
        content=bytes(part.get_payload(decode=True) or b""),
    )


class _Keeper:
    """Puts each accepted message into the folder; the sender hears 250 only once it is on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        keep(self._folder, bytes(envelope.original_content), list(envelope.rcpt_tos), datetime.now(UTC))
        return "250 OK"


def keep(folder: Path, content: bytes, recipients: list[str], received_at: datetime) -> Path:
    """Write one message whole under its final name, its envelope's recipients on top, and note its Message-ID."""
    name = f"{int(received_at.timestamp() * 1e6):017d}000-{uuid4().hex[:8]}"
    head = "".join(f"Delivered-To: {recipient}\r\n" for recipient in recipients).encode()
    fresh = folder / f"{name}.part"
    fresh.write_bytes(head + content)
    parsed = message_from_bytes(content, policy=policy.default)
    with (folder / MESSAGE_IDS).open("a", encoding="utf-8") as record:
        record.write(f"{str(parsed.get('Message-ID', '')).strip()}\n")
    return fresh.rename(folder / f"{name}.eml")


class Inbox:
    """The SMTP server for `folder`. Port 0 takes a free one; `port` tells which once it runs."""

    def __init__(self, folder: Path, port: int = 0, host: str = HOST) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket = socket.create_server((host, port))
        self.port: int = self._socket.getsockname()[1]
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = threading.Event()

    @property
    def url(self) -> str:
        """The address in the spelling of MAIL_URL."""
        return f"smtp://{HOST}:{self.port}"

    def serve(self) -> None:
        """Receive until `stop` is called."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """End `serve`; safe from any thread and from a signal handler."""
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    @contextmanager
    def running(self) -> Iterator["Inbox"]:
        """The server in a thread, for the length of a `with` block."""
        thread = threading.Thread(target=self.serve, name="inbox")
        thread.start()
        try:
            self._open.wait(30)
            yield self
        finally:
            self.stop()
            thread.join()

    async def _serve(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        keeper = _Keeper(self.folder)
        server = await self._loop.create_server(lambda: _protocol(keeper), sock=self._socket)
        self._open.set()
        await self._stop.wait()
        server.close()


def _protocol(keeper: _Keeper) -> "SMTP":
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415 -- the reader above works where only run.txt is installed

    return SMTP(keeper, data_size_limit=LARGEST, hostname="inbox.invalid", enable_SMTPUTF8=True, ident="inbox")


def main() -> None:
    """`python -m clinic.standalone.inbox --folder F --port P`: receive until TERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--list", action="store_true", help="print what has arrived, the newest last, and end")
    arguments = parser.parse_args()
    if arguments.list:
        for message in reversed(messages(arguments.folder)):
            print(
                f"{message.received_at:%Y-%m-%d %H:%M}  to {', '.join(message.to)}\n{message.subject}\n\n{message.text}"
            )
        return
    inbox = Inbox(arguments.folder, arguments.port, arguments.host)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: inbox.stop())
    print(f"receiving at {inbox.url}", flush=True)
    inbox.serve()


if __name__ == "__main__":
    main()
