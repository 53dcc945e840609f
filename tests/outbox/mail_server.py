"""A real SMTP server that misbehaves on request, and remembers each message it has accepted."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, syntax


class MailServer:
    """Runs in a thread. `answers` maps a stage (connect, mail, rcpt, data, dot) to a reply, "drop" or "hang".

    A stage "dot" that drops has kept the message: the sender cannot know. `script` gives the answers for one message
    after another, and good ones beyond its end. `at_stage` is called in the server's thread.
    """

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.script: Iterator[dict[str, str]] | None = None
        self.mails: list[EmailMessage] = []
        self.at_stage: Callable[[str], None] = lambda stage: None
        self.connections = 0
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """The address in the spelling of MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def copies(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    def await_mails(self, count: int, patience: float = 30) -> list[EmailMessage]:
        """Wait until so many have arrived; returns them all."""
        deadline = time.monotonic() + patience
        while len(self.mails) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.mails

    @contextmanager
    def running(self, port: int = 0) -> Iterator["MailServer"]:
        """The server for the length of a `with` block."""
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(port)), name="mail server")
        thread.start()
        self._ready.wait(30)
        try:
            yield self
        finally:
            if self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
            thread.join()

    async def _serve(self, port: int) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        protocols: list[_Protocol] = []

        def connect() -> _Protocol:
            self.connections += 1
            protocols.append(protocol := _Protocol(self))
            return protocol

        server = await self._loop.create_server(connect, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for protocol in protocols:
            protocol.end()
        await asyncio.sleep(0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """The dot has arrived."""
        answer = self.choose("dot")
        if answer in {"", "drop", "hang"}:
            self.mails.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return await self.act(answer, server) or "250 OK"

    async def react(self, stage: str, server: Any) -> str:
        """Do what the test wants at this stage; an empty answer means as usual."""
        return await self.act(self.choose(stage), server)

    def choose(self, stage: str) -> str:
        """What the test wants at this stage."""
        self.at_stage(stage)
        if stage == "mail" and self.script is not None:
            self.answers = next(self.script, {})
        return self.answers.get(stage, "")

    async def act(self, answer: str, server: Any) -> str:
        """Drop or hang; the answer otherwise."""
        if answer == "drop":
            server.abort()
            await asyncio.sleep(0)
        if answer == "hang":
            await asyncio.sleep(3600)
        return answer


class _Protocol(SMTP):
    """aiosmtpd's server with a look aside before each stage."""

    def __init__(self, server: MailServer) -> None:
        super().__init__(server, hostname="mail.invalid", enable_SMTPUTF8=True)
        self._server = server

    async def push(self, status: Any) -> None:
        if self.transport is not None and not self.transport.is_closing():
            await super().push(status)

    async def _handle_client(self) -> None:
        answer = await self._server.react("connect", self)
        if answer:
            await self.push(answer)
            self.abort()
        else:
            await super()._handle_client()

    @syntax("MAIL FROM: <address>")
    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd's name
        answer = await self._server.react("mail", self)
        await (self.push(answer) if answer else super().smtp_MAIL(arg))

    @syntax("RCPT TO: <address>")
    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd's name
        answer = await self._server.react("rcpt", self)
        await (self.push(answer) if answer else super().smtp_RCPT(arg))

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd's name
        answer = await self._server.react("data", self)
        if answer == "leave":  # takes the message's text, and goes before the dot
            await self.push("354 go on")
            await asyncio.sleep(0.05)
            self.abort()
        else:
            await (self.push(answer) if answer else super().smtp_DATA(arg))

    def end(self) -> None:
        """Stop at once, whatever it waits for."""
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
        self.abort()

    def abort(self) -> None:
        """Cut the connection."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
