"""Read one address on the internet (R24): its name is resolved once, a public address is reached, nothing is followed.

All of it takes five seconds and a megabyte at most. Nothing here is a setting; tests hand in where names lead.
"""

import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from clinic.outside.addresses import HTTPS_PORT, Target, is_public
from clinic.outside.errors import CannotReadError, Problem

SECONDS: Final = 5.0
MOST_BYTES: Final = 1_000_000
MOST_TRIED: Final = 3  # addresses of one host
LONGEST_MARK: Final = 200
_STATUS: Final = {
    401: Problem.SECRET,
    403: Problem.SECRET,
    404: Problem.GONE,
    410: Problem.GONE,
}

Resolve = Callable[[str], Sequence[str]]
"""A host's name to its addresses."""
Connect = Callable[[str, str, float], ssl.SSLSocket]
"""An address, the name that its certificate must carry, and the moment (of the monotonic clock) when time is up."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a server said of the version that was read last, to be told whether there is a newer one."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the address holds; no `body` where nothing has changed since."""

    body: bytes | None
    marks: Marks


class _BoundedSocket(ssl.SSLSocket):
    """Every read gets what is left of the time, so that a server that drips does not stretch it."""

    deadline = math.inf

    def recv_into(self, buffer, nbytes=None, flags=0):  # type: ignore[no-untyped-def]  # as the parent's
        """Read, in the time that is left. Raises TimeoutError."""
        self.settimeout(_left(self.deadline))
        return super().recv_into(buffer, nbytes, flags)


def resolve(host: str) -> list[str]:
    """The addresses of a host, as the system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(each[4][0]) for each in found)]


def open_tls(
    address: str, host: str, deadline: float, *, port: int = HTTPS_PORT, context: ssl.SSLContext | None = None
) -> ssl.SSLSocket:
    """A connection to exactly that address, whose certificate is `host`'s. Raises OSError."""
    context = context or ssl.create_default_context()
    context.sslsocket_class = _BoundedSocket
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(_left(deadline))
        plain.connect((address, port))
        plain.settimeout(_left(deadline))
        secure = context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    secure.deadline = deadline  # type: ignore[attr-defined]  # it is of the class above
    return secure


def fetch(target: Target, known: Marks, *, resolve: Resolve = resolve, connect: Connect = open_tls) -> Answer:
    """What is at the address, or that it is as before. Raises CannotReadError."""
    deadline = time.monotonic() + SECONDS
    try:
        addresses = _resolved(target.host, deadline, resolve)
        return _ask(_connected(addresses, target.host, deadline, connect), target, known)
    except TimeoutError as error:
        raise CannotReadError(Problem.TOO_SLOW) from error
    except ssl.SSLCertVerificationError as error:
        raise CannotReadError(Problem.CERTIFICATE) from error
    except (OSError, http.client.HTTPException) as error:
        raise CannotReadError(Problem.UNREACHABLE) from error


def _left(deadline: float) -> float | None:
    """The seconds until then; None where there is no end. Raises TimeoutError when it is past."""
    if deadline == math.inf:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _resolved(host: str, deadline: float, resolve: Resolve) -> list[str]:
    """The one resolution that is made, given up when time is up. One address that is not public spoils all."""
    answers: SimpleQueue[Sequence[str]] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host))
        except (OSError, UnicodeError):
            answers.put([])

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        addresses = answers.get(timeout=_left(deadline))
    except Empty as error:
        raise TimeoutError from error
    if not addresses:
        raise CannotReadError(Problem.NO_HOST)
    if not all(is_public(each) for each in addresses):
        raise CannotReadError(Problem.NOT_PUBLIC)
    return [*addresses[:MOST_TRIED]]


def _connected(addresses: Sequence[str], host: str, deadline: float, connect: Connect) -> ssl.SSLSocket:
    """A connection to the first of the addresses that answers."""
    for each in addresses[:-1]:
        try:
            return connect(each, host, deadline)
        except ssl.SSLCertVerificationError:
            raise
        except OSError:  # such as a network without IPv6
            _left(deadline)
    return connect(addresses[-1], host, deadline)


def _ask(secure: ssl.SSLSocket, target: Target, known: Marks) -> Answer:
    # The plain class of connection, since this one is open and secure already and is never opened again.
    connection = http.client.HTTPConnection(target.host)
    connection.auto_open, connection.sock = 0, secure
    headers = {"Accept": "text/calendar", "Accept-Encoding": "identity", "User-Agent": "Clinic", "Connection": "close"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.modified:
        headers["If-Modified-Since"] = known.modified
    with closing(connection):
        connection.request("GET", target.path, headers=headers)
        with closing(connection.getresponse()) as response:  # it outlives the connection where no length is given
            if response.status == http.client.NOT_MODIFIED and (known.etag or known.modified):
                return Answer(None, known)
            _require_calendar(response)
            marks = Marks(_mark(response.headers.get("ETag")), _mark(response.headers.get("Last-Modified")))
            return Answer(_body(response), marks)


def _require_calendar(response: http.client.HTTPResponse) -> None:
    status = response.status
    if 300 <= status < 400:
        raise CannotReadError(Problem.MOVED)
    if status != http.client.OK:
        raise CannotReadError(_STATUS.get(status, Problem.NOT_NOW))
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise CannotReadError(Problem.PACKED)  # nobody asked for that, and it may grow a thousandfold


def _body(response: http.client.HTTPResponse) -> bytes:
    if response.length is not None and response.length > MOST_BYTES:
        raise CannotReadError(Problem.TOO_LARGE)
    body = response.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise CannotReadError(Problem.TOO_LARGE)
    if response.length:  # the connection ended before what was promised
        raise CannotReadError(Problem.UNREACHABLE)
    return body


def _mark(text: str | None) -> str | None:
    """A mark that can be sent back as it is; an odd one is forgotten."""
    return text if text and len(text) <= LONGEST_MARK and text.isascii() and text.isprintable() else None
