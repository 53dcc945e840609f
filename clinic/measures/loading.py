"""Measures from their files, and from there with a wording to a questionnaire that can be installed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinic.measures import INSTRUMENTS
from clinic.measures.errors import WordingError
from clinic.measures.instrument import Instrument, Scale, build, item_key
from clinic.questionnaires.definition import ChoiceField, Definition
from clinic.questionnaires.errors import DefinitionError, Message

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Body = dict[str, Any]
AFTER = "difficulty"
"""The key of the question after the items, which is not scored."""
LONGEST = 1000
_SOME = ("items", Message("there are more or fewer words than items"))


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a measure: for each item its question and its answers, the lowest number first."""

    title: str
    stem: str
    items: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    after: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Shipped:
    """A measure as its file has it; `wording` where it ships."""

    instrument: Instrument
    body: Body
    version: int
    wording: Wording | None


@cache
def shipped() -> Mapping[str, Shipped]:
    """Every measure that ships, by key, those with their wording first; raises DefinitionError for an unsound file."""
    found = [load(path) for path in sorted(INSTRUMENTS.glob("*.yaml"))]
    return {each.instrument.key: each for each in sorted(found, key=lambda each: each.instrument.letter)}


def load(path: Path) -> Shipped:
    """One measure from its file; raises DefinitionError with the place and the reason."""
    from clinic.questionnaires.files import read_yaml  # noqa: PLC0415 -- most pages show no measures

    body = json.loads(json.dumps(read_yaml(path)))  # so that keys are text, as they are once it is stored
    fault = max(_schema().iter_errors(body), key=lambda each: len(each.absolute_path), default=None)
    if fault is not None:
        place = " > ".join(str(step) for step in fault.absolute_path)
        raise DefinitionError(path.name, place or "the file", fault.message)
    words = body.pop("wording", None)
    instrument = build(body)
    for unsound in _faults(instrument):
        raise DefinitionError(path.name, *unsound)
    wording = _wording(instrument, words) if words else None
    if wording is not None:
        for field, message in (
            _misfits(instrument, wording) if len(wording.items) == len(instrument.ranges) else [_SOME]
        ):
            raise DefinitionError(path.name, f"wording > {field}", str(message))
    return Shipped(instrument, body, body["version"], wording)


def questionnaire(shipped: Shipped, wording: Wording, version: int) -> Body:
    """The body of a questionnaire that asks the items in these words and carries its own scoring.

    Raises WordingError where the words do not fit the items.
    """
    instrument = shipped.instrument
    require_fitting(instrument, wording)
    unsafe = instrument.safety.item if instrument.safety else None
    fields = [
        _field(item_key(number), question, answers, instrument.ranges[number - 1][0])
        | ({"safety": True} if number == unsafe else {})
        for number, (question, answers) in enumerate(zip(wording.items, wording.answers, strict=True), 1)
    ]
    if wording.after is not None:
        fields.append(_field(AFTER, *wording.after, first=0) | {"required": False})
    return {
        "key": instrument.key,
        "version": version,
        "kind": "measure",
        "language": instrument.language,
        "title": wording.title,
        "source": instrument.source,
        "drafts": False,
        "sections": [{"title": wording.stem, "fields": fields}],
        "measure": shipped.body,
    }


def require_fitting(instrument: Instrument, wording: Wording) -> None:
    """Raise WordingError, by the fields of the owner's form, where words are missing, too long or too many."""
    errors = dict(_misfits(instrument, wording))
    if errors:
        raise WordingError(errors)


def wording_of(definition: Definition) -> Wording:
    """The words of an installed version."""
    asked = [each for each in definition.fields() if isinstance(each, ChoiceField)]
    items = [each for each in asked if each.key != AFTER]
    after = next(((each.label, _labels(each)) for each in asked if each.key == AFTER), None)
    return Wording(
        title=definition.title,
        stem=definition.sections[0].title,
        items=tuple(each.label for each in items),
        answers=tuple(_labels(each) for each in items),
        after=after,
    )


def _labels(field: ChoiceField) -> tuple[str, ...]:
    return tuple(each.label for each in field.options)


def _misfits(instrument: Instrument, wording: Wording) -> Iterator[tuple[str, Message]]:
    lines = [("title", wording.title), ("stem", wording.stem)]
    lines += [(item_key(number), words) for number, words in enumerate(wording.items, 1)]
    for field, words in lines:
        if not words:
            yield field, Message("Please write the words.")
        elif len(words) > LONGEST:
            yield field, Message("Please keep it to %(most)s characters.", {"most": LONGEST})
    for number, ((low, high), answers) in enumerate(zip(instrument.ranges, wording.answers, strict=True), 1):
        count = high - low + 1
        if len(answers) != count or any(len(words) > LONGEST for words in answers):
            here = {"count": count, "low": low, "high": high}
            text = "This question has %(count)s answers, from %(low)s to %(high)s, one on each line."
            yield f"answers_{number}", Message(text, here)


def _field(key: str, label: str, answers: tuple[str, ...], first: int) -> Body:
    options = [{"code": f"n{value}", "label": words, "score": value} for value, words in enumerate(answers, first)]
    return {"key": key, "type": "choice", "label": label, "required": True, "options": options}


def _wording(instrument: Instrument, words: Body) -> Wording:
    after = words.get("after")
    return Wording(
        title=words["title"],
        stem=words["stem"],
        items=tuple(words["items"]),
        answers=(tuple(words["answers"]),) * len(instrument.ranges),
        after=(after["label"], tuple(after["answers"])) if after else None,
    )


def _faults(instrument: Instrument) -> Iterator[tuple[str, str]]:
    """What the schema cannot say."""
    for number, (low, high) in enumerate(instrument.ranges, 1):
        if low >= high:
            yield f"item {number}", "its range is empty"
    names = [scale.name for scale in instrument.scales]
    if len(set(names)) < len(names):
        yield "scales", "a name stands twice"
    for scale in instrument.scales:
        yield from ((f"scales > {scale.name}", reason) for reason in _scale_faults(instrument, scale))
    if instrument.safety is not None and instrument.safety.item > len(instrument.ranges):
        yield "safety", "there is no such item"


def _scale_faults(instrument: Instrument, scale: Scale) -> Iterator[str]:
    if max(scale.items) > len(instrument.ranges):
        yield "works on an item that is not there"
        return
    if not scale.reversed | scale.never_prorated <= set(scale.items):
        yield "says something about an item that it does not count"
    if scale.least_answered > len(scale.items):
        yield "asks for more answers than it has items"
    if [each.low for each in scale.bands] != sorted({each.low for each in scale.bands}):
        yield "its bands are not in order"
    low, high = instrument.range_of(scale)
    marks = [each.low for each in scale.bands] + ([scale.cut_off.value] if scale.cut_off else [])
    if any(not low <= mark <= high for mark in marks):
        yield f"has a band or a cut-off outside {low:g} to {high:g}"


@cache
def _schema() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- three megabytes, where measures are read

    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
