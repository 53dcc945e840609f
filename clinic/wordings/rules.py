"""What words may be: plain text with placeholders from a list. They are read once and filled in one pass, so that
nothing inside a name or an address is ever taken for a placeholder, and nothing in them is ever run.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from clinic.wordings.errors import (
    BlockInTextError,
    BrokenLineError,
    EmptyWordsError,
    HiddenMarkError,
    LongWordsError,
    LooseBraceError,
    MissingPlaceholderError,
    OddPlaceholderError,
    TellingWordError,
    UnknownPlaceholderError,
    WordsError,
)

LONGEST_SUBJECT: Final = 80
LONGEST_BODY: Final = 3000
BLOCKS: Final = frozenset({"account", "exceptions"})
"""Whole paragraphs of ours that are not always there; they stand in a paragraph of their own, which then goes too."""
IN_SUBJECT: Final = ("practice",)
"""A subject is seen by whoever looks at the screen: nothing in it is about the reader."""
_NAME: Final = re.compile(r"\{([a-z][a-z_]*)\}")
_GAP: Final = re.compile(r"\n{2,}")
# Whoever sees these knows what kind of practice writes, or why. Beginnings of words.
_TELLING: Final = (
    "therap|psych|counsel|diagnos|depress|anxi|trauma|suicid|addict|abuse|codepend|interdepend|affair|mental|disorder"
    "|clinical|phq|gad-?7"
)
# These alone tell little, so a text may have them; a subject that lights up on a telephone may not.
_HINTING: Final = (
    "circle|fear|homework|session|report|couple|partner|exercise|worksheet|treatment|intake|questionnaire|feeling"
    "|relationship|marriage|marital|married|divorce|husband|wife|spouse|depend"
)
_IS_TELLING: Final = re.compile(rf"\b(?:{_TELLING})[\w-]*", re.IGNORECASE)
_IS_HINTING: Final = re.compile(rf"\b(?:{_HINTING})[\w-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """A subject and a body, with placeholders or filled."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One message whose words the practice may choose.

    `key` names it, `kind` is the kind in the outbox. `title`, `subject` and `body` are ours, translated when read.
    `needs` must stand in the body, `may` can. `occasions` are private, joint, both, or none where it is about no
    session.
    """

    key: str
    kind: str
    title: object
    subject: object
    body: object
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    occasions: tuple[str, ...] = field(default=("private", "joint"))

    @property
    def places(self) -> tuple[str, ...]:
        """Every placeholder that the body may have."""
        return self.needs + self.may

    @property
    def ours(self) -> Words:
        """Our words, in the language of the moment."""
        return Words(str(self.subject), str(self.body))


def tidy(words: Words) -> Words:
    """The same with plain line ends and blanks, and never more than one empty line together."""
    body = words.body.replace("\r\n", "\n").replace("\r", "\n")
    lines = (_plain_blanks(line).rstrip() for line in body.split("\n"))
    return Words(_plain_blanks(words.subject).strip(" "), _GAP.sub("\n\n", "\n".join(lines)).strip())


def check(wording: Wording, words: Words) -> None:
    """Raise the first WordsError that keeps these words from going out."""
    try:
        _check_subject(words.subject, tuple(name for name in IN_SUBJECT if name in wording.places))
    except WordsError as error:
        error.field = "subject"
        raise
    _check_size(words.body, LONGEST_BODY)
    _check_marks(words.body)
    names = _names(words.body, wording.places)
    if missing := [name for name in wording.needs if name not in names]:
        raise MissingPlaceholderError(names=", ".join(f"{{{name}}}" for name in missing))
    for paragraph in words.body.split("\n\n"):
        for name in BLOCKS.intersection(_NAME.findall(paragraph)):
            if paragraph != f"{{{name}}}":
                raise BlockInTextError(name=name)


def check_discretion(words: Words, practice_name: str) -> None:
    """Raise TellingWordError for a word that gives away what the practice does; a subject is held to more than a body.

    The subject is looked at as it arrives, with the practice's name in it.
    """
    subject = words.subject.replace("{practice}", practice_name)
    if found := _IS_TELLING.search(subject) or _IS_HINTING.search(subject):
        error = TellingWordError(word=found[0])
        error.field = "subject"
        raise error
    if found := _IS_TELLING.search(_NAME.sub(" ", words.body)):
        raise TellingWordError(word=found[0])


def hinting(body: str) -> list[str]:
    """Words in a body that others had better not read; each once, as they are written."""
    found = (match[0] for match in _IS_HINTING.finditer(_NAME.sub(" ", body)))
    return list({word.casefold(): word for word in found}.values())


def fill(words: Words, values: Mapping[str, str]) -> Words:
    """The words with each placeholder's value, in one pass: what stands in a value stays as it is.

    A paragraph that is nothing but an empty block is left out. Raises WordsError where a value is missing.
    """
    paragraphs = (
        _filled(paragraph, values)
        for paragraph in words.body.split("\n\n")
        if (block := _NAME.fullmatch(paragraph)) is None or block[1] not in BLOCKS or values.get(block[1]) != ""
    )
    return Words(_filled(words.subject, values), "\n\n".join(paragraphs) + "\n")


def read(text: str) -> Iterator[tuple[str, str | None]]:
    """The text in pieces: plain text followed by a placeholder's name, None at the end. Raises LooseBraceError."""
    at = 0
    for match in _NAME.finditer(text):
        yield _without_braces(text[at : match.start()]), match[1]
        at = match.end()
    yield _without_braces(text[at:]), None


def _filled(text: str, values: Mapping[str, str]) -> str:
    parts = []
    for plain, name in read(text):
        parts.append(plain)
        if name is not None:
            if name not in values:
                raise UnknownPlaceholderError(name=name, known=", ".join(values))
            parts.append(values[name])
    return "".join(parts)


def _without_braces(plain: str) -> str:
    if "{" not in plain and "}" not in plain:
        return plain
    if odd := re.search(r"\{([^{}\n]*)\}", plain):
        raise OddPlaceholderError(name=odd[1])
    raise LooseBraceError


def _names(text: str, known: tuple[str, ...]) -> set[str]:
    names = {name for _, name in read(text) if name is not None}
    for name in sorted(names.difference(known)):
        raise UnknownPlaceholderError(name=name, known=", ".join(f"{{{each}}}" for each in known) or "-")
    return names


def _check_subject(subject: str, known: tuple[str, ...]) -> None:
    _check_size(subject, LONGEST_SUBJECT)
    if len(subject.splitlines()) > 1 or "\r" in subject or "\n" in subject:
        raise BrokenLineError
    _check_marks(subject)
    _names(subject, known)


def _check_size(text: str, most: int) -> None:
    if not text.strip():
        raise EmptyWordsError
    if len(text) > most:
        raise LongWordsError(most=most)


def _check_marks(text: str) -> None:
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise HiddenMarkError


def _plain_blanks(text: str) -> str:
    return "".join(" " if unicodedata.category(mark) == "Zs" else mark for mark in text)
