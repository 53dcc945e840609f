"""Secrets that are derived, not stored: HMAC-SHA256 under the installation's secret key, apart for each use."""

import base64
import hmac

_secret: bytes | None = None


def use_secret(key: str) -> None:
    """Hand over the installation's secret key; called once, by the process that assembles the practice."""
    global _secret  # noqa: PLW0603 -- set once, at start
    _secret = key.encode()


def derive(use: str, *parts: str) -> bytes:
    """32 bytes that only this installation can work out; `use` keeps tokens of different purposes apart."""
    if _secret is None:
        raise RuntimeError("no secret key has been handed over")
    return hmac.digest(_secret, "\x1f".join((use, *parts)).encode(), "sha256")


def derive_text(use: str, *parts: str) -> str:
    """The same as 43 letters that may stand in an address."""
    return base64.urlsafe_b64encode(derive(use, *parts)).rstrip(b"=").decode()
