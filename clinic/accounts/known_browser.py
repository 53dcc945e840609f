"""The cookie by which a browser shows that somebody signed in with it before. It opens nothing; see `throttle`.

It holds a random name of the browser and, for each account, a mark that only this installation makes. It names nobody.
"""

import secrets
from typing import Final

from clinic.accounts.rules import normal_address
from clinic.accounts.tokens import derive_text

MOST_ACCOUNTS: Final = 4
_MARK_LENGTH: Final = 22
_NONCE_LENGTH: Final = 22


def nonce_for(cookie: str | None, email: str) -> str | None:
    """The browser's name when it knows this account, else None."""
    nonce, marks = _read(cookie)
    return nonce if nonce is not None and _mark(nonce, email) in marks else None


def knowing(cookie: str | None, email: str) -> str:
    """The cookie's next value: the browser now knows this account too, and forgets the oldest beyond four."""
    nonce, marks = _read(cookie)
    nonce = nonce or secrets.token_urlsafe(16)
    mark = _mark(nonce, email)
    return ".".join((nonce, mark, *[each for each in marks if each != mark][: MOST_ACCOUNTS - 1]))


def _mark(nonce: str, email: str) -> str:
    return derive_text("known-browser", nonce, normal_address(email))[:_MARK_LENGTH]


def _read(cookie: str | None) -> tuple[str | None, list[str]]:
    nonce, *marks = (cookie or "").split(".")
    if len(nonce) != _NONCE_LENGTH or len(marks) > MOST_ACCOUNTS:
        return None, []
    return nonce, marks
