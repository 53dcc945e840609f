"""When a session is open, and which addresses lead to a meeting."""

from datetime import timedelta

import pytest

from clinic.distance import rules
from clinic.distance.errors import OwnVideoAddressError, VideoAddressError
from tests.distance.conftest import END, OPENS, SECOND, START


def test_a_session_is_open_from_ten_minutes_before_until_its_end() -> None:
    moments = (OPENS - SECOND, OPENS, START, END - SECOND, END, END + timedelta(hours=1))
    assert [rules.is_open(START, END, now) for now in moments] == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://video.example.org/room", "video.example.org"),
        ("https://zoom.example.com:443/j/123?pwd=a.b#success", "zoom.example.com"),
        ("HTTPS://Meet.Example.ORG/abc-defg-hij", "meet.example.org"),
    ],
)
def test_address_of_a_meeting_has_a_host(address: str, host: str) -> None:
    assert rules.host_of(address) == host


@pytest.mark.parametrize(
    "address",
    [
        "",
        "video.example.org/room",
        "http://video.example.org/room",
        "webcal://video.example.org/room",
        "javascript:alert(1)",
        "data:text/html,hello",
        "//video.example.org/room",
        "https:video.example.org",
        "https://",
        "https://localhost/room",
        "https://clinic.localhost/room",
        "https://printer.local/room",
        "https://printer.local./room",
        "https://router.home.arpa/",
        "https://wiki.internal/room",
        "https://127.0.0.1/room",
        "https://2130706433/room",
        "https://0x7f.0.0.1/room",
        "https://127.1/room",
        "https://[::1]/room",
        "https://10.0.0.4/room",
        "https://video.example.org:8443/room",
        "https://dana:secret@video.example.org/room",
        "https://video.example.org@evil.example.net/",
        "https://video.example.org\\@evil.example.net/",
        "https://video.example.org/a room",
        "https://video.example.org/room\r\nSet-Cookie: a=b",
        "https://vidéo.example.org/room",
        f"https://video.example.org/{'a' * rules.LONGEST_ADDRESS}",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(VideoAddressError):
        rules.host_of(address)


def test_the_practice_itself_is_no_meeting() -> None:
    for address in ("https://clinic.example.org/sessions", "https://CLINIC.example.org./"):
        with pytest.raises(OwnVideoAddressError):
            rules.check_address(address, "clinic.example.org")
    rules.check_address("https://video.example.org/", "clinic.example.org")
