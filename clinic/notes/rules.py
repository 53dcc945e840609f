"""What a note is made of and where it stands: plain values, no words for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from clinic.intake.errors import NotSignedError
from clinic.intake.rules import require_intent
from clinic.notes.errors import NoTextError, WrongSignatureError

Texts = Mapping[str, str]
"""What a note says, by the key of each section."""

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "free": ("text",),
    "dap": ("data", "assessment", "plan"),
    "soap": ("subjective", "objective", "assessment", "plan"),
    "birp": ("behavior", "intervention", "response", "plan"),
}
"""The formats, each with its sections in order."""
FORMATS: Final = tuple(SECTIONS)
ALL_SECTIONS: Final = tuple(dict.fromkeys(key for keys in SECTIONS.values() for key in keys))
LONGEST: Final = 20_000
"""Characters of one section."""
LONGEST_REASON: Final = 500
MISSED_FOR: Final = timedelta(days=90)
"""How long a session without a note is asked about."""


class State(StrEnum):
    """Where a note stands. A returned one is its author's again, and was signed once."""

    DRAFT = "draft"
    RETURNED = "returned"
    SIGNED = "signed"
    FINAL = "final"


OPEN: Final = (State.DRAFT, State.RETURNED)
LOCKED: Final = (State.SIGNED, State.FINAL)


@dataclass(frozen=True, slots=True)
class Written:
    """What is on the page, and in which format the page is."""

    format: str
    texts: Texts

    @property
    def kept(self) -> dict[str, str]:
        """The sections that say something."""
        return kept(self.texts, self.format)


def kept(texts: Texts, chosen: str) -> dict[str, str]:
    """The sections of the chosen format that say something."""
    return {key: said for key in SECTIONS[chosen] if (said := texts.get(key, "").strip())}


def carried(texts: Texts, old: str, new: str) -> dict[str, str]:
    """The same words in another format: a section of both keeps its own, all others move into the first."""
    moved = {key: said for key, said in kept(texts, old).items() if key in SECTIONS[new]}
    homeless = [said for key, said in kept(texts, old).items() if key not in SECTIONS[new]]
    first = SECTIONS[new][0]
    if homeless:
        moved[first] = "\n\n".join([*homeless, *([moved[first]] if first in moved else [])])
    return kept(moved, new)


def require_text(texts: Texts) -> None:
    """Raise NoTextError where nothing is said."""
    if not any(said.strip() for said in texts.values()):
        raise NoTextError


def signature(typed: str, given_name: str, family_name: str) -> str:
    """The typed name, tidied; raises WrongSignatureError for another one than the signer's."""
    try:
        return require_intent(is_ticked=True, typed=typed, given_name=given_name, family_name=family_name)
    except NotSignedError as error:
        raise WrongSignatureError(name=f"{given_name} {family_name}".strip()) from error
