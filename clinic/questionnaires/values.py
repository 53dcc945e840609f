"""Answers as typed values: read from what a form sends, written as one canonical text for encryption, and back."""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import cast

from clinic.core import zones
from clinic.questionnaires.definition import (
    Allow,
    ChoiceField,
    DateField,
    Field,
    MomentField,
    MultiField,
    NumberField,
    TextField,
)
from clinic.questionnaires.errors import AnswerError


@dataclass(frozen=True, slots=True)
class Signature:
    """A name typed under a document, with its statement ticked."""

    name: str


Value = str | int | bool | Decimal | date | datetime | tuple[str, ...] | Signature
Raw = str | Sequence[str] | None
"""What a form sends for one field: one text, or several for a `multi` or `signature` (the name, then "agreed")."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What it takes to read an answer: the present moment (aware) and the person's IANA zone."""

    now: datetime
    zone: str

    @property
    def today(self) -> date:
        """The day it is on the person's wall."""
        return zones.wall(self.now, self.zone).date()


def read(field: Field, raw: Raw, reading: Reading) -> Value | None:
    """The typed value of what was sent, None for an empty answer; raises AnswerError where it does not fit."""
    texts = _texts(raw)
    if field.type == "signature":
        return _signature(texts)
    if not texts:
        return None
    if isinstance(field, MultiField):
        return _multi(field, texts)
    return _READERS[field.type](field, texts[0], reading)


def _texts(raw: Raw) -> list[str]:
    if raw is None:
        return []
    parts = [raw] if isinstance(raw, str) else list(raw)
    return [text for text in (_plain(part) for part in parts) if text]


def _plain(text: str) -> str:
    """NFC, one kind of line ends, no control characters, no space around."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) != "Cc").strip()


def _scale(field: Field, text: str, reading: Reading) -> int:
    del field, reading
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 10:
        raise AnswerError("Choose a number from 0 to 10.")
    return int(text)


def _text(field: Field, text: str, reading: Reading) -> str:
    del reading
    field = cast("TextField", field)
    if len(text) > field.max_length:
        raise AnswerError(
            "This has %(length)s characters. Please keep it to %(most)s.", length=len(text), most=field.max_length
        )
    return text if field.long else " ".join(text.split())


def _choice(field: Field, text: str, reading: Reading) -> str:
    del reading
    if text not in {choice.code for choice in cast("ChoiceField", field).options}:
        raise AnswerError("Choose one of the answers offered.")
    return text


def _multi(field: MultiField, texts: Sequence[str]) -> tuple[str, ...]:
    sent = set(texts)
    if not sent <= {choice.code for choice in field.options}:
        raise AnswerError("Choose among the answers offered.")
    if len(sent) > 1 and any(choice.exclusive for choice in field.options if choice.code in sent):
        raise AnswerError("One of these answers stands alone. Please choose it or the others.")
    if field.at_most is not None and len(sent) > field.at_most:
        raise AnswerError("Choose at most %(most)s.", most=field.at_most)
    return tuple(choice.code for choice in field.options if choice.code in sent)


def _date(field: Field, text: str, reading: Reading) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise AnswerError("Please give a date.") from None
    _require_side(cast("DateField", field).allow, before=day < reading.today, after=day > reading.today)
    return day


def _moment(field: Field, text: str, reading: Reading) -> datetime:
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise AnswerError("Please give a date and a time.") from None
    at = wall.astimezone(UTC) if wall.tzinfo else zones.moment(wall.date(), wall.time(), reading.zone)
    _require_side(cast("MomentField", field).allow, before=at < reading.now, after=at > reading.now)
    return at


def _require_side(allow: Allow, *, before: bool, after: bool) -> None:
    if allow is Allow.PAST and after:
        raise AnswerError("This lies in the future. Please choose a day up to today.")
    if allow is Allow.FUTURE and before:
        raise AnswerError("This lies in the past. Please choose a later day.")


def _number(field: Field, text: str, reading: Reading) -> Decimal:
    del reading
    field = cast("NumberField", field)
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise AnswerError("Please write a number.") from None
    # A giant exponent would become a giant text further on.
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise AnswerError("Please write a number.")
    if field.whole and number != number.to_integral_value():
        raise AnswerError("Please write a whole number.")
    if field.minimum is not None and number < Decimal(str(field.minimum)):
        raise AnswerError("The smallest number here is %(least)s.", least=f"{field.minimum:g}")
    if field.maximum is not None and number > Decimal(str(field.maximum)):
        raise AnswerError("The largest number here is %(most)s.", most=f"{field.maximum:g}")
    return number


def _yes_no(field: Field, text: str, reading: Reading) -> bool:
    del field, reading
    if text not in ("yes", "no"):
        raise AnswerError("Choose yes or no.")
    return text == "yes"


def _signature(texts: Sequence[str]) -> Signature | None:
    names = [text for text in texts if text != "agreed"]
    if not texts:
        return None
    if "agreed" not in texts:
        raise AnswerError("Please tick the sentence above your name as well.")
    if not names or len(" ".join(names[0].split())) < 2:
        raise AnswerError("Please type your full name.")
    if len(names[0]) > 200:
        raise AnswerError("Please type your name in at most 200 characters.")
    return Signature(" ".join(names[0].split()))


_READERS: Mapping[str, Callable[[Field, str, Reading], Value]] = {
    "scale": _scale,
    "text": _text,
    "choice": _choice,
    "date": _date,
    "moment": _moment,
    "number": _number,
    "yes_no": _yes_no,
}


def encode(value: Value) -> str:
    """The one text that stands for `value`; equal values have equal texts. Raises ValueError for a naive moment."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | str():
            return str(value)
        case Decimal():
            return f"{value.normalize():f}"
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a moment without a zone is not a moment")
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Signature():
            return json.dumps({"name": value.name}, ensure_ascii=False)
        case tuple():
            return json.dumps(list(value), ensure_ascii=False)


def decode(field: Field, text: str) -> Value:
    """The value that `encode` wrote for an answer to `field`; raises ValueError for any other text."""
    match field.type:
        case "scale":
            return int(text)
        case "yes_no":
            return text == "yes"
        case "number":
            return Decimal(text)
        case "date":
            return date.fromisoformat(text)
        case "moment":
            return datetime.fromisoformat(text)
        case "multi":
            return tuple(json.loads(text))
        case "signature":
            return Signature(json.loads(text)["name"])
        case "text" | "choice":
            return text
        case _:
            raise ValueError(f"a field of type {field.type} has no answer of its own")


def as_sent(field: Field, value: Value, zone: str) -> str | list[str]:
    """What a form shows for `value` so that sending it back changes nothing; moments on the wall of `zone`."""
    match value:
        case datetime():
            return zones.wall(value, zone).replace(tzinfo=None).isoformat(timespec="minutes")
        case tuple():
            return list(value)
        case Signature():
            return [value.name, "agreed"]
        case _:
            del field
            return encode(value)
