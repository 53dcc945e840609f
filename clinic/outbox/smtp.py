"""Mail by SMTP (RFC 5321) over one kept connection, stopped just before the final dot until we say so."""

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from clinic.outbox.channels import AnswerLostError, ChannelDownError, DeferredError, RefusedError
from clinic.outbox.mime import address, compose
from clinic.outbox.registry import Letter

CONNECT_PATIENCE: Final = 10.0  # seconds
REPLY_PATIENCE: Final = 20.0
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_LOST: Final = (OSError, smtplib.SMTPException)


class MailChannel:
    """A mail server named by a URL: smtp://host:port (TLS where it is offered) or smtps://user:password@host:port."""

    def __init__(
        self, url: str, sender: str, clock: Callable[[], datetime], *, patience: float = REPLY_PATIENCE
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("MAIL_URL is smtp://host:port or smtps://user:password@host:port")
        self._host, self._is_tls = parts.hostname, parts.scheme == "smtps"
        self._port = parts.port or (465 if self._is_tls else 25)
        self._account = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._sender, self._clock = address(sender), clock
        self._patience = patience
        self._smtp: smtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        """True while a connection is kept."""
        return self._smtp is not None

    def stage(self, letter: Letter, message_id: str) -> Iterator[None]:
        """Send everything but the final dot, yielding before each reply. Raises as `Channel` says."""
        content = compose(letter, sender=self._sender, message_id=message_id, at=self._clock())
        self._open()
        try:
            for command, expected in (
                (f"MAIL FROM:<{self._sender}>", {250}),
                (f"RCPT TO:<{letter.to}>", {250, 251}),
                ("DATA", {354}),
            ):
                self._kept().putcmd(command)
                yield
                code, _ = self._kept().getreply()
                if code not in expected:
                    # What is said to MAIL is about us, not about the recipient: it never fails a message for good.
                    raise self._set_aside(code, is_final=not command.startswith("MAIL"))
            self._kept().send(_LEADING_DOT.sub(b"..", content))
        except _LOST as error:
            self.close()
            raise ChannelDownError(was_reached=True) from error

    def hand_over(self) -> None:
        """Send the dot. From here on the message may arrive. Raises ChannelDownError when it cannot have been sent."""
        if self._smtp is None or self._has_spoken():
            self.close()
            raise ChannelDownError(was_reached=True)
        try:
            self._kept().send(b".\r\n")
        except _LOST as error:
            self.close()
            raise AnswerLostError from error

    def answer(self, patience: float) -> None:
        """Wait for what the server says to the dot. Raises DeferredError, RefusedError or AnswerLostError."""
        try:
            self._open_socket().settimeout(patience)
            code, _ = self._kept().getreply()
            self._open_socket().settimeout(self._patience)
        except _LOST as error:
            self.close()
            raise AnswerLostError from error
        if code != 250:
            raise self._verdict(code)

    def close(self) -> None:
        """Close the socket at once: a message whose dot was never sent is thrown away by the server."""
        if self._smtp is not None:
            with suppress(*_LOST):
                self._smtp.close()
            self._smtp = None

    def leave(self) -> None:
        """Say goodbye and close; never raises."""
        if self._smtp is not None:
            with suppress(*_LOST):
                self._smtp.quit()
            self.close()

    def _open(self) -> None:
        """Connect, secure and sign in, unless connected. Raises ChannelDownError, also when the server rejects us."""
        if self._smtp is not None:
            return
        try:
            self._smtp = self._connect()
            self._secure(self._smtp)
            if self._account:
                self._smtp.login(*self._account)
        except _LOST as error:
            self.close()
            raise ChannelDownError(was_reached=False) from error

    def _connect(self) -> smtplib.SMTP:
        if self._is_tls:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=CONNECT_PATIENCE, context=context)
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=min(CONNECT_PATIENCE, self._patience))
        self._smtp = smtp
        self._open_socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open_socket().settimeout(self._patience)
        return smtp

    def _secure(self, smtp: smtplib.SMTP) -> None:
        """TLS wherever the server offers it; a password never travels without. A relay on this machine needs none."""
        smtp.ehlo_or_helo_if_needed()
        if self._is_tls or _is_loopback(self._host):
            return
        if smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
            self._open_socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        elif self._account:
            raise smtplib.SMTPNotSupportedError("the mail server takes a password without encryption only")

    def _has_spoken(self) -> bool:
        """In the middle of a message a server has nothing to say but that it is leaving."""
        poll = select.poll()
        poll.register(self._open_socket(), select.POLLIN)
        return bool(poll.poll(0))

    def _kept(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise smtplib.SMTPServerDisconnected("no connection is open")
        return self._smtp

    def _open_socket(self) -> socket.socket:
        sock = self._kept().sock
        if sock is None:
            raise smtplib.SMTPServerDisconnected("the connection was closed")
        return sock

    def _set_aside(self, code: int, *, is_final: bool = True) -> DeferredError | RefusedError:
        """Make the connection ready for the next message."""
        if code == 421:
            self.close()
        else:
            self._kept().rset()
        return self._verdict(code) if is_final else DeferredError(str(code))

    def _verdict(self, code: int) -> DeferredError | RefusedError:
        if code == 421:
            self.close()
        return RefusedError(str(code)) if 500 <= code < 600 else DeferredError(str(code))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
