"""What a questionnaire is made of, as plain frozen objects: a form, an exercise and a measure are all one of these."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    """What a questionnaire is used for."""

    EXERCISE = "exercise"
    MEASURE = "measure"
    FORM = "form"


class Who(StrEnum):
    """Who does an exercise: one person, each partner alone, or both partners in one round."""

    ONE = "one"
    EACH = "each"
    TOGETHER = "together"


class Visibility(StrEnum):
    """Who may ever read an answer; the letters of the design."""

    CLIENT = "C"
    THERAPIST = "T"
    PARTNER = "P"
    SEALED = "S"


class Allow(StrEnum):
    """Which days a date or a moment may name."""

    ANY = "any"
    PAST = "past"
    FUTURE = "future"


HELD_ON = "held_on"
"""Under this key a form sends the day of an entry."""


@dataclass(frozen=True, slots=True)
class ShowIf:
    """A condition on an earlier field's answer: one of `codes`, or a number from `at_least` up to `at_most`."""

    field: str
    codes: frozenset[str] = frozenset()
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One coded option; `score` is its number in a measure, `exclusive` forbids others beside it."""

    code: str
    label: str
    score: int | None = None
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What every field has. `stage` names the stage of an entry in which it is asked."""

    type: ClassVar[str] = ""
    key: str
    label: str
    help: str = ""
    required: bool = False
    visibility: Visibility = Visibility.THERAPIST
    safety: bool = False
    show_if: ShowIf | None = None
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleField(Field):
    """A whole number from 0 to 10 with words at both ends."""

    type: ClassVar[str] = "scale"
    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    """Words; `long` gives room for several lines. `suggest_from` is `group.field`, whose answers are offered."""

    type: ClassVar[str] = "text"
    long: bool = False
    max_length: int = 200
    suggest_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(Field):
    """One of the options."""

    type: ClassVar[str] = "choice"
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiField(Field):
    """Several of the options, at least and at most so many."""

    type: ClassVar[str] = "multi"
    options: tuple[Choice, ...]
    at_least: int = 0
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField(Field):
    """A day in the calendar of the person's zone."""

    type: ClassVar[str] = "date"
    allow: Allow = Allow.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentField(Field):
    """A day and a time on the wall of the person's zone, kept as a UTC moment."""

    type: ClassVar[str] = "moment"
    allow: Allow = Allow.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """A number with an optional unit in words."""

    type: ClassVar[str] = "number"
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = True
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNoField(Field):
    """Yes or no; both are answers."""

    type: ClassVar[str] = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureField(Field):
    """A typed name under the document called `document`, with `statement` as the intent that is ticked."""

    type: ClassVar[str] = "signature"
    document: str
    statement: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of an entry that is filled in at another time than the rest, for example before and after."""

    key: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesGroup(Field):
    """A repeated group. Each entry is saved on its own; `dated` ones carry a day.

    `readers` names the choice inside the entry that says who may read all of it; without it each field keeps its own
    visibility. `counts_if` says which entries count as done towards `target`; all do where it is None.
    """

    type: ClassVar[str] = "entries"
    fields: tuple[Field, ...]
    one: str
    many: str
    dated: bool = True
    target: int | None = None
    stages: tuple[Stage, ...] = ()
    readers: str = ""
    counts_if: ShowIf | None = None

    def field(self, key: str) -> Field:
        """The field of an entry called `key`; raises KeyError."""
        return next_by_key(self.fields, key)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading."""

    title: str
    fields: tuple[Field, ...]
    intro: str = ""


@dataclass(frozen=True, slots=True)
class ScoreUse:
    """The name of a scoring rule with the fields and figures that it works on here."""

    rule: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One version of a questionnaire. `sha256` is that of its canonical bytes; `drafts` False means: sent in one go.

    `measure` is how a measure is scored, as its file has it; empty for what is no measure of that kind.
    """

    key: str
    version: int
    kind: Kind
    language: str
    title: str
    sections: tuple[Section, ...]
    sha256: str
    reason: str = ""
    steps: tuple[str, ...] = ()
    minutes: int | None = None
    cadence: str = ""
    repeat_days: int | None = None
    who: Who = Who.ONE
    strategy: str = ""
    source: str = ""
    validated: bool = True
    drafts: bool = True
    measure: Mapping[str, Any] = field(default_factory=dict)
    scores: tuple[ScoreUse, ...] = ()

    def fields(self) -> Iterator[Field]:
        """Every field in the order of the page, a group of entries as one."""
        for section in self.sections:
            yield from section.fields

    def field(self, key: str) -> Field:
        """The field called `key`; raises KeyError."""
        return next_by_key(tuple(self.fields()), key)

    def groups(self) -> Iterator[EntriesGroup]:
        """The groups of entries."""
        return (each for each in self.fields() if isinstance(each, EntriesGroup))

    def group(self, key: str) -> EntriesGroup:
        """The group of entries called `key`; raises KeyError."""
        found = self.field(key)
        if not isinstance(found, EntriesGroup):
            raise KeyError(key)
        return found

    @property
    def is_sensitive(self) -> bool:
        """True where no answer may stay in a browser: measures, and anything with a safety question."""
        return self.kind is Kind.MEASURE or any(each.safety for each in self.fields())


def next_by_key(fields: tuple[Field, ...], key: str) -> Field:
    """The one field called `key`; raises KeyError."""
    for each in fields:
        if each.key == key:
            return each
    raise KeyError(key)
