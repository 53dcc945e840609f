"""Texts to sign: Markdown with a head about itself, and places that the practice's facts fill when it is shown.

The texts that ship are a beginning, not legal advice: a practice has its own lawyer look at them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, cast

from clinic.intake.errors import DocumentError
from clinic.intake.rules import sha256

FOLDER = Path(__file__).with_name("documents")
_HEAD = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_PLACE = re.compile(r"\{([a-z_]+)\}")
_BLOCK = re.compile(r"<p>\{([a-z_]+)\}</p>\n?")
_EITHER = re.compile(rf"{_BLOCK.pattern}|{_PLACE.pattern}")
_WORDS = ("key", "language", "title", "summary", "statement")
_NUMBERS = ("version", "minutes")


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a text may name, and nothing else. Tuples become lists and stand in a paragraph of their own."""

    practice: str
    phone: str
    email: str
    address: str
    licensed_in: str
    therapist: str
    therapist_title: str
    fees: tuple[str, ...]
    late_windows: tuple[str, ...]

    def of(self, name: str) -> str | tuple[str, ...]:
        """The fact called `name`, which the text has been checked to know."""
        return cast("str | tuple[str, ...]", getattr(self, name))


LISTS = frozenset({"fees", "late_windows"})
NAMES = frozenset(each.name for each in fields(Facts))


@dataclass(frozen=True, slots=True)
class Consent:
    """One version of a text. `content` is its file, byte for byte; `statement` is the intent that a signer ticks."""

    key: str
    version: int
    language: str
    title: str
    summary: str
    statement: str
    minutes: int
    body: str
    content: bytes

    @property
    def sha256(self) -> str:
        """That of the file."""
        return sha256(self.content)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a signer sees: the bytes of the text in HTML, and the sentence to tick."""

    content: bytes
    statement: str

    @property
    def sha256(self) -> str:
        """That of the exact bytes."""
        return sha256(self.content)

    @property
    def html(self) -> str:
        """The same bytes as text."""
        return self.content.decode()


def load_files(folder: Path = FOLDER) -> list[Consent]:
    """Every text of a folder by file name; raises DocumentError for the first unsound one."""
    return [parse(path.read_bytes(), path.name) for path in sorted(folder.glob("*.md"))]


@cache
def parse(content: bytes, name: str) -> Consent:
    """The text in these bytes; raises DocumentError where something is missing or a place has no fact."""
    text = content.decode("utf-8")
    found = _HEAD.match(text)
    if found is None:
        raise DocumentError(file=name, reason="has no head between two lines of ---")
    head = _read_head(found.group(1), name)
    body = text[found.end() :].strip()
    unknown = sorted({*_PLACE.findall(body), *_PLACE.findall(head["statement"])} - NAMES)
    if unknown:
        raise DocumentError(file=name, reason=f"names {unknown[0]}, which is no fact of the practice")
    inline = LISTS & set(_PLACE.findall(_BLOCK.sub("", _html(body)) + head["statement"]))
    if inline:
        raise DocumentError(file=name, reason=f"{min(inline)} is a list and stands in a paragraph of its own")
    return Consent(**head, body=body, content=content)


def show(consent: Consent, facts: Facts) -> Shown:
    """The text with the facts filled in: equal facts, equal bytes."""
    # One pass, so that a fact which looks like a place stays what it is.
    html = _EITHER.sub(lambda place: _fill(place, facts), _html(consent.body))
    return Shown(html.encode(), sentence(consent, facts))


def sentence(consent: Consent, facts: Facts) -> str:
    """The intent that a signer ticks, as plain text."""
    return _PLACE.sub(lambda place: str(facts.of(place.group(1))), consent.statement)


def _read_head(text: str, name: str) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 -- for a text that is opened, and no other page

    try:
        head = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DocumentError(file=name, reason="has a head that is not YAML") from error
    if not isinstance(head, Mapping) or set(head) != {*_WORDS, *_NUMBERS}:
        raise DocumentError(file=name, reason=f"has a head with other keys than {', '.join((*_WORDS, *_NUMBERS))}")
    for key in _WORDS:
        if not isinstance(head[key], str) or not head[key]:
            raise DocumentError(file=name, reason=f"{key} is not a text")
    for key in _NUMBERS:
        if not isinstance(head[key], int) or head[key] < 1:
            raise DocumentError(file=name, reason=f"{key} is not a number from 1 on")
    return dict(head)


def _html(body: str) -> str:
    import mistune  # noqa: PLC0415 -- for a text that is opened, and no other page

    # `escape` shows HTML in a text as text, so that a text cannot bring markup of its own.
    return str(mistune.create_markdown(escape=True)(body))


def _fill(place: re.Match[str], facts: Facts) -> str:
    block, inline = place.groups()
    return _block(facts.of(block)) if block else escape(str(facts.of(inline)), quote=False)


def _block(fact: str | Sequence[str]) -> str:
    if isinstance(fact, str):
        return f"<p>{escape(fact, quote=False)}</p>\n"
    lines = "".join(f"<li>{escape(line, quote=False)}</li>\n" for line in fact)
    return f"<ul>\n{lines}</ul>\n"
