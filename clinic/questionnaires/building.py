"""Turns a body that the schema has passed into the typed definition."""

from collections.abc import Mapping
from typing import Any

from clinic.questionnaires.definition import (
    Allow,
    Choice,
    ChoiceField,
    DateField,
    Definition,
    EntriesGroup,
    Field,
    Kind,
    MomentField,
    MultiField,
    NumberField,
    ScaleField,
    ScoreUse,
    Section,
    ShowIf,
    SignatureField,
    Stage,
    TextField,
    Visibility,
    Who,
    YesNoField,
)

_TYPES: Mapping[str, type[Field]] = {
    each.type: each
    for each in (
        ScaleField,
        TextField,
        ChoiceField,
        MultiField,
        DateField,
        MomentField,
        NumberField,
        YesNoField,
        SignatureField,
        EntriesGroup,
    )
}


def build(body: Mapping[str, Any], sha256: str) -> Definition:
    """The typed definition; `body` has passed the schema."""
    plain = {key: value for key, value in body.items() if key not in ("kind", "who", "sections", "scores", "steps")}
    return Definition(
        **plain,
        kind=Kind(body["kind"]),
        who=Who(body.get("who", Who.ONE)),
        steps=tuple(body.get("steps", ())),
        sections=tuple(_section(each) for each in body["sections"]),
        scores=tuple(ScoreUse(each["rule"], dict(each.get("with", {}))) for each in body.get("scores", ())),
        sha256=sha256,
    )


def _section(body: Mapping[str, Any]) -> Section:
    return Section(body["title"], tuple(_field(each) for each in body["fields"]), body.get("intro", ""))


def _field(body: Mapping[str, Any]) -> Field:
    values = {key: value for key, value in body.items() if key != "type"}
    values["visibility"] = Visibility(body.get("visibility", Visibility.THERAPIST))
    for key in ("show_if", "counts_if"):
        if key in body:
            values[key] = _condition(body[key])
    if "options" in body:
        values["options"] = tuple(Choice(**each) for each in body["options"])
    if "allow" in body:
        values["allow"] = Allow(body["allow"])
    if "fields" in body:
        values["fields"] = tuple(_field(each) for each in body["fields"])
    if "stages" in body:
        values["stages"] = tuple(Stage(**each) for each in body["stages"])
    return _TYPES[body["type"]](**values)


def _condition(body: Mapping[str, Any]) -> ShowIf:
    codes = body.get("is", ())
    return ShowIf(
        body["field"],
        frozenset([codes] if isinstance(codes, str) else codes),
        body.get("at_least"),
        body.get("at_most"),
    )
