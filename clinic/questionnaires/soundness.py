"""What a schema cannot say: keys that stand once, conditions that point back, scores that find their fields."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from clinic.questionnaires.definition import (
    HELD_ON,
    ChoiceField,
    Definition,
    EntriesGroup,
    Field,
    Kind,
    MultiField,
    NumberField,
    ScaleField,
    ShowIf,
    TextField,
    Visibility,
    YesNoField,
)
from clinic.questionnaires.scoring import RULES
from clinic.questionnaires.visibility import READERS_CODES

Fault = tuple[str, str]
"""Where it is, and what is wrong there."""


def find_fault(definition: Definition) -> Fault | None:
    """The first thing that is not sound, or None."""
    return next(iter(_faults(definition)), None)


def _faults(definition: Definition) -> Iterator[Fault]:
    fields = tuple(definition.fields())
    yield from _field_faults(fields)
    for group in definition.groups():
        yield from _group_faults(group)
    for each in _all_fields(fields):
        yield from _suggestion_faults(definition, each)
    yield from _score_faults(definition)
    if definition.kind is Kind.EXERCISE:
        yield from _ending_faults(definition)


def _all_fields(fields: Iterable[Field]) -> Iterator[Field]:
    for each in fields:
        yield each
        if isinstance(each, EntriesGroup):
            yield from each.fields


def _field_faults(fields: Sequence[Field]) -> Iterator[Fault]:
    seen: dict[str, Field] = {}
    for each in fields:
        if each.key in seen:
            yield each.key, "this key stands twice"
        if each.show_if is not None:
            yield from _condition_faults(each.key, each.show_if, seen)
        yield from _option_faults(each)
        if isinstance(each, NumberField) and (each.minimum or 0) > (each.maximum or float("inf")):
            yield each.key, "minimum is above maximum"
        seen[each.key] = each


def _option_faults(each: Field) -> Iterator[Fault]:
    if not isinstance(each, ChoiceField | MultiField):
        return
    codes = [choice.code for choice in each.options]
    for code in codes:
        if codes.count(code) > 1:
            yield each.key, f"the option {code} stands twice"
    if isinstance(each, MultiField):
        most = len(codes) if each.at_most is None else each.at_most
        if most > len(codes) or each.at_least > most:
            yield each.key, "at_least and at_most do not fit the options"


def _condition_faults(key: str, condition: ShowIf, earlier: dict[str, Field]) -> Iterator[Fault]:
    target = earlier.get(condition.field)
    if target is None:
        yield key, f"hangs on {condition.field}, which is no earlier field here"
    elif condition.codes:
        for code in sorted(condition.codes - set(_codes(target))):
            yield key, f"hangs on the answer {code}, which {condition.field} does not offer"
    elif not isinstance(target, ScaleField | NumberField):
        yield key, f"hangs on a number, but {condition.field} has none"


def _codes(target: Field) -> Iterable[str]:
    if isinstance(target, ChoiceField | MultiField):
        return [choice.code for choice in target.options]
    return ("yes", "no") if isinstance(target, YesNoField) else ()


def _group_faults(group: EntriesGroup) -> Iterator[Fault]:
    place: Callable[[Fault], Fault] = lambda fault: (f"{group.key} > {fault[0]}", fault[1])  # noqa: E731 -- one use
    yield from map(place, _field_faults(group.fields))
    stages = {stage.key for stage in group.stages}
    for each in group.fields:
        if isinstance(each, EntriesGroup):
            yield f"{group.key} > {each.key}", "entries inside entries are not possible"
        if each.type == "signature":
            yield f"{group.key} > {each.key}", "a signature stands outside entries"
        if each.key == HELD_ON:
            yield f"{group.key} > {each.key}", "this key is that of the entry's own day"
        if stages and each.stage not in stages:
            yield f"{group.key} > {each.key}", "names no stage of its group"
    inside = {each.key: each for each in group.fields}
    if group.counts_if is not None:
        yield from _condition_faults(group.key, group.counts_if, inside)
    if group.readers:
        readers = inside.get(group.readers)
        if not isinstance(readers, ChoiceField) or not set(_codes(readers)) <= set(READERS_CODES):
            yield group.key, f"readers has to be a choice among {', '.join(READERS_CODES)}"


def _suggestion_faults(definition: Definition, each: Field) -> Iterator[Fault]:
    if not isinstance(each, TextField) or not each.suggest_from:
        return
    group, key = each.suggest_from.split(".")
    try:
        definition.group(group).field(key)
    except KeyError:
        yield each.key, f"suggests from {each.suggest_from}, which is not there"


def _score_faults(definition: Definition) -> Iterator[Fault]:
    for use in definition.scores:
        rule = RULES.get(use.rule)
        if rule is None:
            yield "scores", f"there is no rule called {use.rule}"
            continue
        for name in rule.fields:
            if name not in use.settings:
                yield "scores", f"{use.rule} needs {name}"
        for name in sorted(set(use.settings) - {*rule.fields, *rule.optional}):
            yield "scores", f"{use.rule} knows no {name}"
        yield from _reference_faults(definition, use.rule, [use.settings.get(name) for name in rule.fields])


def _reference_faults(definition: Definition, rule: str, references: Iterable[object]) -> Iterator[Fault]:
    keys = [each.key for each in _all_fields(definition.fields())]
    for reference in references:
        for name in reference if isinstance(reference, list) else [reference]:
            # A name that ends in an underscore is the beginning of several keys.
            known = name in keys or (str(name).endswith("_") and any(key.startswith(str(name)) for key in keys))
            if name is not None and not known:
                yield "scores", f"{rule} works on {name}, which is no field here"


def _ending_faults(definition: Definition) -> Iterator[Fault]:
    fields = {each.key: each for each in definition.fields()}
    note, hard = fields.get("note"), fields.get("how_hard")
    if note is None or note.visibility is not Visibility.CLIENT or note.type != "text":
        yield "note", "every exercise ends with a private note (C)"
    if hard is None or hard.visibility is not Visibility.THERAPIST or hard.type != "scale":
        yield "how_hard", 'every exercise asks "how hard was this" (T)'
