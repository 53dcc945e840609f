"""One client for all sides: HTTP/1.1 over kept connections, each with one request under way at a time."""

import asyncio
import gzip
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.figures import percentile
from bench.serving import Server

CONNECTIONS: Final = 8
_NO_HEADERS: Mapping[str, str] = {}
_GZIP: Final = b"\x1f\x8b"


class UnexpectedAnswerError(Exception):
    """A side answered with another status than the measurement is about."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, as bytes made beforehand."""

    content: bytes

    @classmethod
    def get(cls, path: str, headers: Mapping[str, str] = _NO_HEADERS) -> "Request":
        """Ask for a page, as a browser that takes compressed answers."""
        return cls(_head("GET", path, headers))

    @classmethod
    def post(cls, path: str, form: str, headers: Mapping[str, str] = _NO_HEADERS) -> "Request":
        """Send a form that is already encoded."""
        body = form.encode()
        more = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        return cls(_head("POST", path, {**headers, **more}) + body)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, how long it took in seconds, what came, and where it sends on to."""

    status: int
    seconds: float
    content: bytes
    location: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What came back of one burst. `cpu_ms` and `database_cpu_ms` are per request."""

    answers: Sequence[Answer]
    seconds: float
    cpu_ms: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers per second, over all connections."""
        return len(self.answers) / self.seconds

    @property
    def statuses(self) -> Counter[int]:
        """How often each status came."""
        return Counter(answer.status for answer in self.answers)

    def latency_ms(self, percent: float) -> float:
        """A percentile of how long answers took."""
        return percentile([answer.seconds for answer in self.answers], percent) * 1000


def burst(server: Server, requests: Sequence[Request], connections: int = CONNECTIONS, expected: int = 200) -> Load:
    """Send all of `requests` and wait for the answers. Raises UnexpectedAnswerError on another status than expected."""
    before = server.cpu_seconds()
    load = asyncio.run(_burst(server.port, requests, connections))
    cpu = server.cpu_seconds() - before
    if set(load.statuses) - {expected}:
        raise UnexpectedAnswerError(f"{server.name} answered {dict(load.statuses)}, not {expected}")
    return Load(load.answers, load.seconds, cpu * 1000 / len(requests))


def status(server: Server, request: Request) -> int:
    """The status of one answer, for finding out whether a page is there."""
    return _one(server, request).status


def text(server: Server, request: Request) -> str:
    """What one answer says, for finding out whether it is the one that a measurement is about."""
    content = _one(server, request).content
    return (gzip.decompress(content) if content.startswith(_GZIP) else content).decode()


def _one(server: Server, request: Request) -> Answer:
    return asyncio.run(_burst(server.port, [request], 1)).answers[0]


async def _burst(port: int, requests: Sequence[Request], connections: int) -> Load:
    waiting = iter(requests)
    began = time.perf_counter()
    answers = await asyncio.gather(*(_connection(port, waiting) for _ in range(connections)))
    return Load([answer for each in answers for answer in each], time.perf_counter() - began)


async def _connection(port: int, waiting: Iterator[Request]) -> list[Answer]:
    """Take request after request until none is left; a server may close a connection after any answer."""
    answers: list[Answer] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        began = time.perf_counter()
        if reader.at_eof() or writer.is_closing():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.content)
        status, headers, content = await _answer(reader)
        answers.append(Answer(status, time.perf_counter() - began, content, headers.get("location", "")))
        if headers.get("connection", "").lower() == "close":
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    return answers


async def _answer(reader: asyncio.StreamReader) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers by their small names, and the body."""
    head = await reader.readuntil(b"\r\n\r\n")
    status_line, *lines = head[:-4].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(status_line.split()[1]), headers, content


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    always = {"Host": "127.0.0.1", "Accept-Encoding": "gzip", "Connection": "keep-alive"}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**always, **headers}.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
