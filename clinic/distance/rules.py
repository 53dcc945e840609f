"""When a session by video is open, and which addresses may lead to one."""

from datetime import datetime, timedelta
from typing import Final

from clinic.core.interval import require_aware
from clinic.distance.errors import OwnVideoAddressError, VideoAddressError
from clinic.outside.addresses import Target
from clinic.outside.errors import AddressError

OPENS: Final = timedelta(minutes=10)
LONGEST_ADDRESS: Final = 1_000
PLACE_LENGTH: Final = 200
# Names that only mean something at home, or nothing at all (RFC 6761, 6762, 8375, 9476).
_AT_HOME: Final = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "lan",
    "home.arpa",
    "alt",
    "test",
    "invalid",
    "onion",
)


def opens_at(starts_at: datetime) -> datetime:
    """From when on one says where one is and joins: ten elapsed minutes before the start."""
    return require_aware(starts_at) - OPENS


def is_open(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """True from ten minutes before the start until the end, and not in the moment of the end."""
    return opens_at(starts_at) <= require_aware(now) < require_aware(ends_at)


def host_of(address: str) -> str:
    """The host of an address at which people can meet. Raises VideoAddressError for anything else.

    It is for a browser and never read from here; what is refused would lead nobody to a meeting, or elsewhere.
    """
    if not address.lower().startswith("https://") or len(address) > LONGEST_ADDRESS:
        raise VideoAddressError
    try:
        host = Target.of(address).host.rstrip(".")
    except AddressError as error:
        raise VideoAddressError from error
    if f".{host}".endswith(tuple(f".{name}" for name in _AT_HOME)):
        raise VideoAddressError
    return host


def check_address(address: str, own_host: str) -> None:
    """Raise VideoAddressError or OwnVideoAddressError unless people can meet there; `own_host` is this practice's."""
    if host_of(address) == own_host.lower().rstrip("."):
        raise OwnVideoAddressError
