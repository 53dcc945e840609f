"""Passwords: what a new one must be (R9), and argon2id for what is kept of it (R10).

Length alone makes a password good here: 15 characters, or 8 beside a second step, no rules about kinds of letters. The
offline list of breached passwords is that of zxcvbn, whose estimate also sees simple patterns, and the person's own
name and address.
"""

import re
import unicodedata
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clinic.accounts.errors import PasswordGuessableError, PasswordTooLongError, PasswordTooShortError
from clinic.accounts.rules import SHORTEST_ALONE, shortest_password

LONGEST: Final = 256
# Beyond this, the estimate says "a billion tries an hour would take a day": zxcvbn's highest mark.
FEWEST_GUESSES: Final = 10**10
# Beside a second step nobody tries passwords by the billion: enough that eight letters at random pass.
FEWEST_GUESSES_BESIDE_FACTOR: Final = 10**7
_ESTIMATED: Final = 72

# OWASP's parameters for argon2id: 19 MiB, two passes, one lane; about 30 ms. Only so many at once, or memory runs out.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = BoundedSemaphore(8)
# The hash of random bytes that nobody kept, with the same parameters: an unknown address takes as long as a known one.
NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$O9zLutv0+YPhjUlPr68wfw$dsG7VwGWKXg9E4IrqQKZnuNWhhIeIIkHo2dKXCGTD/c"


def check(password: str, *own_words: str, has_factor: bool = False) -> None:
    """Raise PasswordTooShortError, -TooLongError or -GuessableError; `own_words` are the person's names and address."""
    password = _normal(password)
    shortest = shortest_password(has_factor=has_factor)
    if len(password) < shortest:
        raise PasswordTooShortError(shortest=shortest)
    if len(password) > LONGEST:
        raise PasswordTooLongError(longest=LONGEST)
    words = sorted({part.lower() for word in own_words for part in (word, *re.split(r"[\W_]+", word)) if len(part) > 2})
    rest = password.lower()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- twelve megabytes of word lists, for the few requests that need them

    fewest = FEWEST_GUESSES_BESIDE_FACTOR if has_factor else FEWEST_GUESSES
    if len(rest) < shortest // 2 or int(zxcvbn(password[:_ESTIMATED], words)["guesses"]) < fewest:
        raise PasswordGuessableError


def is_short(password: str) -> bool:
    """True for a password that is good enough beside a second step only."""
    return len(_normal(password)) < SHORTEST_ALONE


def hash_password(password: str) -> str:
    """What is stored: argon2id with a random salt."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """True when the password made that hash. Without a hash it takes as long, and is False."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored or NOBODY, _normal(password)[:LONGEST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """True when the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """The same letters give the same bytes, whatever keyboard they were typed on (NFKC, as NIST SP 800-63B has it)."""
    return unicodedata.normalize("NFKC", password)
