"""What is reached and what never is: over real TLS on loopback, to which only a test's own seam leads."""

import gzip
import inspect
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from clinic import settings
from clinic.outside import fetching
from clinic.outside.addresses import Target, is_public
from clinic.outside.errors import AddressError, CannotReadError, Problem
from clinic.outside.fetching import Marks, fetch
from tests.outside.files import GOOGLE
from tests.outside.server import HOST, PUBLIC, Handler, answering, certificate, serving

TARGET = Target.of(f"https://{HOST}/private/basic.ics?key=1")
NOTHING = Marks()


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of HOST."""
    return certificate(tmp_path_factory.mktemp("authority"))


def to_public(host: str) -> list[str]:
    """Where every name leads, when a test has no wish of its own."""
    return [PUBLIC]


def problem_of(handler: Handler, pem: Path) -> Problem:
    """Why that answer is refused."""
    with serving(pem, handler) as server, pytest.raises(CannotReadError) as caught:
        fetch(TARGET, NOTHING, resolve=to_public, connect=server.connect)
    return caught.value.problem


@pytest.mark.parametrize(
    "address",
    [
        *(
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.9.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.1",
        ),
        *("192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
        *("224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:20::1", "2001:db8::1"),
        *("2002:7f00:1::", "2002:808:808::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1"),
        *("fe80::1%lo", "2606:4700::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "2606:4700::5efe:10.0.0.1"),
        *("2606:4700::200:5efe:10.0.0.1", "localhost", "", "1", "0x7f000001", "017700000001"),
    ],
)
def test_address_that_is_not_of_a_public_host_is_refused_before_anything_is_sent(address: str) -> None:
    assert not is_public(address)
    connect = mock.Mock()
    for answers in ([address], [PUBLIC, address]):
        with pytest.raises(CannotReadError) as caught:
            fetch(TARGET, NOTHING, resolve=lambda _host, answers=answers: answers, connect=connect)  # type: ignore[misc]
        assert caught.value.problem is Problem.NOT_PUBLIC
    assert connect.mock_calls == []


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"])
def test_address_of_a_public_host_is_reached(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        *("", "calendar", "//calendar.example.org/a", "http://calendar.example.org/a", "ftp://calendar.example.org/a"),
        *("file:///etc/passwd", "javascript:alert(1)", "https://", "https:///a", "https://localhost/a"),
        *("https://127.0.0.1/a", "https://[::1]/a", "https://2130706433/a", "https://0x7f.1/a", "https://127.1/a"),
        *("https://name:word@calendar.example.org/a", "https://calendar.example.org@evil.example/a"),
        *(
            "https://calendar.example.org:8443/a",
            "https://calendar.example.org:x/a",
            "https://calendar.example.org/a b",
        ),
        *(
            "https://calendar.example.org/a\r\nHost: b",
            "https://kalender.exämple/a",
            "https://a.example/" + "x" * 2_000,
        ),
        *("https://a\\b.example/a", "https://a%6c.example/a", "https://.example/a"),
    ],
)
def test_what_is_no_https_address_of_a_named_host_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        Target.of(text)


def test_webcal_is_https() -> None:
    assert Target.of("webcal://P01-calendars.example.com/published/2/abc") == Target(
        "p01-calendars.example.com", "/published/2/abc"
    )


@pytest.mark.parametrize("addresses", [[PUBLIC], [PUBLIC, "8.8.8.8"]])
def test_calendar_is_read_at_the_address_that_was_resolved_once(addresses: list[str], pem: Path) -> None:
    resolved: list[str] = []

    def rebinding(host: str) -> list[str]:
        resolved.append(host)
        return addresses if len(resolved) == 1 else ["127.0.0.1"]

    marked = answering("200 OK", GOOGLE, 'ETag: "one"', "Last-Modified: Tue, 24 Nov 2026 15:00:00 GMT")
    with serving(pem, marked) as server:
        answer = fetch(TARGET, NOTHING, resolve=rebinding, connect=server.connect)
    assert (answer.body, answer.marks) == (GOOGLE, Marks('"one"', "Tue, 24 Nov 2026 15:00:00 GMT"))
    assert (resolved, server.reached) == ([HOST], [(PUBLIC, HOST)])
    lines = server.asked[0].decode().split("\r\n")
    assert lines[0] == "GET /private/basic.ics?key=1 HTTP/1.1"
    assert {f"Host: {HOST}", "Accept-Encoding: identity"} <= set(lines)


def test_the_address_handed_over_is_the_one_that_is_opened() -> None:
    with mock.patch("socket.socket") as made, mock.patch("ssl.SSLContext.wrap_socket") as wrapped:
        fetching.open_tls(PUBLIC, HOST, time.monotonic() + 5)
    made.return_value.connect.assert_called_once_with((PUBLIC, 443))
    assert wrapped.call_args.kwargs == {"server_hostname": HOST}


def test_second_address_is_tried_when_the_first_does_not_answer(pem: Path) -> None:
    with serving(pem, answering("200 OK", GOOGLE)) as server:

        def without_ipv6(address: str, host: str, deadline: float) -> ssl.SSLSocket:
            if ":" in address:
                raise OSError
            return server.connect(address, host, deadline)

        both = ["2606:4700:4700::1111", PUBLIC]
        assert fetch(TARGET, NOTHING, resolve=lambda _: both, connect=without_ipv6).body == GOOGLE


def test_no_more_than_a_few_addresses_are_tried() -> None:
    tried: list[str] = []

    def refusing(address: str, host: str, deadline: float) -> ssl.SSLSocket:
        tried.append(address)
        raise ConnectionRefusedError

    many = [f"8.8.8.{number}" for number in range(1, 9)]
    with pytest.raises(CannotReadError):
        fetch(TARGET, NOTHING, resolve=lambda _: many, connect=refusing)
    assert tried == many[: fetching.MOST_TRIED]


def test_after_a_wrong_certificate_no_other_address_is_tried() -> None:
    tried: list[str] = []

    def unproven(address: str, host: str, deadline: float) -> ssl.SSLSocket:
        tried.append(address)
        raise ssl.SSLCertVerificationError

    with pytest.raises(CannotReadError) as caught:
        fetch(TARGET, NOTHING, resolve=lambda _: [PUBLIC, "8.8.8.8"], connect=unproven)
    assert (caught.value.problem, tried) == (Problem.CERTIFICATE, [PUBLIC])


@pytest.mark.parametrize("mark", ["x" * 201, "caf\u00e9", "a\tb"])
def test_mark_that_cannot_be_sent_back_is_forgotten(mark: str, pem: Path) -> None:
    with serving(pem, answering("200 OK", GOOGLE, f"ETag: {mark}")) as server:
        assert fetch(TARGET, NOTHING, resolve=to_public, connect=server.connect).marks == NOTHING


def test_unchanged_calendar_is_not_sent_again(pem: Path) -> None:
    known = Marks('"one"', "Tue, 24 Nov 2026 15:00:00 GMT")
    with serving(pem, answering("304 Not Modified")) as server:
        answer = fetch(TARGET, known, resolve=to_public, connect=server.connect)
    assert (answer.body, answer.marks) == (None, known)
    assert {b'If-None-Match: "one"', b"If-Modified-Since: Tue, 24 Nov 2026 15:00:00 GMT"} <= set(
        server.asked[0].split(b"\r\n")
    )


@pytest.mark.parametrize(
    ("status", "headers", "problem"),
    [
        ("301 Moved Permanently", ["Location: https://127.0.0.1/"], Problem.MOVED),
        ("302 Found", ["Location: http://169.254.169.254/latest/meta-data"], Problem.MOVED),
        ("307 Temporary Redirect", [f"Location: https://{HOST}/other"], Problem.MOVED),
        ("304 Not Modified", [], Problem.MOVED),
        ("401 Unauthorized", [], Problem.SECRET),
        ("404 Not Found", [], Problem.GONE),
        ("429 Too Many Requests", [], Problem.NOT_NOW),
        ("500 Internal Server Error", [], Problem.NOT_NOW),
        ("204 No Content", [], Problem.NOT_NOW),
        ("200 OK", ["Content-Encoding: gzip"], Problem.PACKED),
    ],
)
def test_other_answers_are_refused_and_nothing_is_followed(
    status: str, headers: list[str], problem: Problem, pem: Path
) -> None:
    with serving(pem, answering(status, b"", *headers)) as server, pytest.raises(CannotReadError) as caught:
        fetch(TARGET, NOTHING, resolve=to_public, connect=server.connect)
    assert caught.value.problem is problem
    assert len(server.asked) == 1


def test_bomb_of_gzip_is_never_unpacked(pem: Path) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert problem_of(answering("200 OK", bomb, "Content-Encoding: gzip"), pem) is Problem.PACKED


def endless(secure: ssl.SSLSocket) -> None:
    """Says no length, and never ends by itself."""
    secure.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(800):
        secure.sendall(b"A" * 64_000)


def chunked(secure: ssl.SSLSocket) -> None:
    """The same in chunks."""
    secure.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(800):
        secure.sendall(b"fa00\r\n" + b"A" * 64_000 + b"\r\n")


def boasting(secure: ssl.SSLSocket) -> None:
    """Promises fifty megabytes."""
    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + b"A" * 1_000)


def breaking_off(secure: ssl.SSLSocket) -> None:
    """Promises more than comes."""
    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + GOOGLE[:500])


def babbling(secure: ssl.SSLSocket) -> None:
    """Speaks another language."""
    secure.sendall(b"220 mail.example.org ESMTP\r\n")


def long_headed(secure: ssl.SSLSocket) -> None:
    """Has more headers than anybody needs."""
    secure.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 5_000 + b"\r\n")


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        (endless, Problem.TOO_LARGE),
        (chunked, Problem.TOO_LARGE),
        (boasting, Problem.TOO_LARGE),
        (breaking_off, Problem.UNREACHABLE),
        (babbling, Problem.UNREACHABLE),
        (long_headed, Problem.UNREACHABLE),
    ],
)
def test_server_that_misbehaves_is_left(handler: Handler, problem: Problem, pem: Path) -> None:
    assert problem_of(handler, pem) is problem


def dripping(start: bytes) -> Handler:
    """A byte at a time, each sooner than any timeout of a single read."""

    def drip(secure: ssl.SSLSocket) -> None:
        secure.sendall(start)
        for _ in range(400):
            secure.sendall(b"A")
            time.sleep(0.05)

    return drip


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Header: ", b"HT"])
def test_server_that_drips_is_left_when_time_is_up(start: bytes, pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.4)
    began = time.monotonic()
    assert problem_of(dripping(start), pem) is Problem.TOO_SLOW
    assert time.monotonic() - began < 5


def test_name_that_is_not_resolved_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.1)

    def slow(host: str) -> list[str]:
        time.sleep(0.5)
        return [PUBLIC]

    with pytest.raises(CannotReadError) as caught:
        fetch(TARGET, NOTHING, resolve=slow, connect=mock.Mock())
    assert caught.value.problem is Problem.TOO_SLOW


def test_name_that_nobody_knows_is_said_to_be_unknown() -> None:
    def unknown(host: str) -> list[str]:
        raise socket.gaierror

    resolvers: list[fetching.Resolve] = [unknown, lambda _host: []]
    for resolve in resolvers:
        with pytest.raises(CannotReadError) as caught:
            fetch(TARGET, NOTHING, resolve=resolve, connect=mock.Mock())
        assert caught.value.problem is Problem.NO_HOST


@pytest.mark.parametrize("fault", ["unknown authority", "another name", "expired"])
def test_certificate_that_does_not_prove_the_host_is_refused(fault: str, pem: Path, tmp_path: Path) -> None:
    shown = {
        "unknown authority": lambda: pem,
        "another name": lambda: certificate(tmp_path, "other.example.org"),
        "expired": lambda: certificate(tmp_path, days=-1),
    }[fault]()

    def connect(address: str, host: str, deadline: float) -> ssl.SSLSocket:
        trusted = None if fault == "unknown authority" else ssl.create_default_context(cafile=str(shown))
        return fetching.open_tls("127.0.0.1", host, deadline, port=server.port, context=trusted)

    with serving(shown, answering("200 OK", GOOGLE)) as server, pytest.raises(CannotReadError) as caught:
        fetch(TARGET, NOTHING, resolve=to_public, connect=connect)
    assert caught.value.problem is Problem.CERTIFICATE
    assert server.asked == []


def test_no_setting_loosens_any_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    reached: list[str] = []

    def connect(address: str, host: str, deadline: float) -> ssl.SSLSocket:
        reached.append(address)
        raise OSError

    with pytest.raises(CannotReadError):
        fetch(TARGET, NOTHING, resolve=to_public, connect=connect)
    assert reached == [PUBLIC]
    source = inspect.getsource(fetching)
    assert [word for word in ("environ", "config", "Settings") if word in source] == []
    assert "outside" not in inspect.getsource(settings)


def test_defaults_are_the_real_ones() -> None:
    parameters: dict[str, Callable[..., object]] = {
        name: each.default
        for name, each in inspect.signature(fetch).parameters.items()
        if name in {"resolve", "connect"}
    }
    assert parameters == {"resolve": fetching.resolve, "connect": fetching.open_tls}
