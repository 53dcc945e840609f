"""Which addresses are read at all: https, the usual port, and a host that is on the public internet."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from clinic.outside.errors import AddressError

LONGEST: Final = 2_000
_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?")
HTTPS_PORT: Final = 443
# What Python counts as global, and leads to a machine of one's own or to nobody all the same (IANA's registries of
# special addresses, RFC 6890): protocol assignments, the relay of 6to4, multicast and what is reserved.
_NOT_PUBLIC_4: Final = tuple(
    IPv4Network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4")
)
# Of IPv6 only what is handed out to hosts. NAT64, mapped and local addresses lie outside of it; inside it, Teredo and
# 6to4 carry an IPv4 address that nobody would have looked at, and the rest is for protocols and documents.
_UNICAST_6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_ISATAP: Final = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")  # RFC 5214: an IPv4 address follows


@dataclass(frozen=True, slots=True)
class Target:
    """A host, and what is asked of it."""

    host: str
    path: str

    @classmethod
    def of(cls, address: str) -> Self:
        """What an address means. `webcal:` is read as https. Raises AddressError for what is not read."""
        scheme, separator, rest = address.partition("://")
        if separator and scheme.lower() == "webcal":
            address = f"https://{rest}"
        if len(address) > LONGEST or any(not 32 < ord(mark) < 127 for mark in address):
            raise AddressError
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError as error:
            raise AddressError from error
        host = parts.hostname or ""
        if parts.scheme != "https" or "@" in parts.netloc or port not in {None, HTTPS_PORT} or not _is_name(host):
            raise AddressError
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(host, path)


def is_public(address: str) -> bool:
    """True for the address of a host on the public internet; an address that leads home by a detour is none."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return _is_public_4(ip) if isinstance(ip, IPv4Address) else _is_public_6(ip)


def _is_name(host: str) -> bool:
    """A name, since certificates are for names: an address written out is none, in whatever base."""
    last = host.rstrip(".").rpartition(".")[2]
    return _NAME.fullmatch(host) is not None and not last[:1].isdigit()


def _is_public_4(ip: IPv4Address) -> bool:
    return ip.is_global and not any(ip in each for each in _NOT_PUBLIC_4)


def _is_public_6(ip: IPv6Address) -> bool:
    is_host = ip in _UNICAST_6 and ip.is_global and ip.scope_id is None
    return is_host and not any(ip in each for each in _NOT_PUBLIC_6) and ip.packed[8:12] not in _ISATAP
