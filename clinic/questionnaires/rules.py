"""What holds for answers as a whole: which fields show, what stands in the way of sending, how much is done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from clinic.questionnaires.definition import Definition, EntriesGroup, Field, MultiField, ShowIf, Visibility
from clinic.questionnaires.errors import AnswerError, Message
from clinic.questionnaires.values import Raw, Reading, Value, read
from clinic.questionnaires.visibility import entry_visibility

Answers = Mapping[str, Value]
REQUIRED = Message("Please answer this one.")
UNDO = timedelta(seconds=10)
"""As long after sending one can take it back, and nobody else reads it."""


@dataclass(frozen=True, slots=True)
class FilledEntry:
    """One entry of a group with what was answered in it; `on` is its day where the group is dated."""

    group: str
    answers: Answers
    on: date | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """Everything that was answered in one response."""

    answers: Answers = field(default_factory=dict)
    entries: Sequence[FilledEntry] = ()

    def of_group(self, key: str) -> list[FilledEntry]:
        """The entries of one group, in their order."""
        return [entry for entry in self.entries if entry.group == key]


@dataclass(frozen=True, slots=True)
class Checked:
    """Typed answers, and for each field that does not fit the message to show at it."""

    answers: dict[str, Value]
    errors: dict[str, Message]


@dataclass(frozen=True, slots=True)
class Share:
    """So many `done` of `total`."""

    done: int
    total: int

    @property
    def ratio(self) -> float:
        """From 0.0 to 1.0; nothing asked for is all done."""
        return min(1.0, self.done / self.total) if self.total else 1.0


def holds(condition: ShowIf, answers: Answers) -> bool:
    """True when the answer named by the condition meets it; an open answer meets none."""
    value = answers.get(condition.field)
    if value is None:
        return False
    if condition.codes:
        return not condition.codes.isdisjoint(_codes(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    low, high = condition.at_least, condition.at_most
    return (low is None or value >= low) and (high is None or value <= high)


def _codes(value: Value) -> tuple[str, ...]:
    match value:
        case bool():
            return ("yes" if value else "no",)
        case tuple():
            return value
        case _:
            return (str(value),)


def shown(fields: Iterable[Field], answers: Answers) -> Iterator[Field]:
    """The fields that show given these answers; what hangs on a hidden field is hidden with it."""
    visible: dict[str, Value] = {}
    for each in fields:
        if each.show_if is not None and not holds(each.show_if, visible):
            continue
        if each.key in answers:
            visible[each.key] = answers[each.key]
        yield each


def check(fields: Sequence[Field], raws: Mapping[str, Raw], reading: Reading) -> Checked:
    """Read what was sent for `fields`; what does not fit leaves an error and no value. Nothing is demanded."""
    result = Checked({}, {})
    for each in fields:
        if isinstance(each, EntriesGroup):
            continue
        try:
            value = read(each, raws.get(each.key), reading)
        except AnswerError as error:
            result.errors[each.key] = Message(error.message, error.values)
            continue
        if value is not None:
            result.answers[each.key] = value
    return result


def missing(fields: Sequence[Field], answers: Answers) -> dict[str, Message]:
    """What stands in the way of sending, per field: required ones without an answer, too few choices."""
    result: dict[str, Message] = {}
    for each in shown(fields, answers):
        if isinstance(each, EntriesGroup):
            continue
        value = answers.get(each.key)
        if value is None and each.required:
            result[each.key] = REQUIRED
        elif isinstance(each, MultiField) and isinstance(value, tuple) and len(value) < each.at_least:
            result[each.key] = Message("Choose at least %(least)s.", {"least": each.at_least})
    return result


def completeness(definition: Definition, filled: Filled) -> Share:
    """Required answers given, of those asked for; hidden fields do not count."""
    done = total = 0
    for each in shown(tuple(definition.fields()), filled.answers):
        if not each.required:
            continue
        total += 1
        if isinstance(each, EntriesGroup):
            done += bool(filled.of_group(each.key))
        else:
            done += each.key in filled.answers
    return Share(done, total)


def counts(group: EntriesGroup, entry: FilledEntry) -> bool:
    """True when the entry counts as done. A kept one never does: what is kept reaches nobody, in no count."""
    if is_kept(group, entry):
        return False
    return group.counts_if is None or holds(group.counts_if, entry.answers)


def is_kept(group: EntriesGroup, entry: FilledEntry) -> bool:
    """True for an entry that its writer keeps for themselves."""
    if not group.readers:
        return all(each.visibility is Visibility.CLIENT for each in group.fields)
    return all(_entry_letter(group, each, entry) is Visibility.CLIENT for each in group.fields)


def _entry_letter(group: EntriesGroup, each: Field, entry: FilledEntry) -> Visibility:
    code = entry.answers.get(group.readers) if group.readers else None
    return entry_visibility(group, each, code if isinstance(code, str) else None)


def quantity(definition: Definition, filled: Filled) -> Share | None:
    """Entries done, of the target, over the groups that have one; None where no group has."""
    groups = [group for group in definition.groups() if group.target is not None]
    if not groups:
        return None
    done = sum(counts(group, entry) for group in groups for entry in filled.of_group(group.key))
    return Share(done, sum(group.target or 0 for group in groups))


def quantity_towards(definition: Definition, filled: Filled, target: int | None) -> Share | None:
    """As `quantity`, with the assignment's own target in place of the definition's."""
    share = quantity(definition, filled)
    return share if share is None or target is None else Share(share.done, target)


def readable(definition: Definition, filled: Filled) -> Filled:
    """`filled` without anything that its writer keeps: the only form in which answers may be scored or counted."""
    hidden = {each.key for each in definition.fields() if each.visibility is Visibility.CLIENT}
    answers = {key: value for key, value in filled.answers.items() if key not in hidden}
    entries = [_readable_entry(definition.group(entry.group), entry) for entry in filled.entries]
    return Filled(answers, [entry for entry in entries if entry is not None])


def _readable_entry(group: EntriesGroup, entry: FilledEntry) -> FilledEntry | None:
    if is_kept(group, entry):
        return None
    open_keys = {each.key for each in group.fields if _entry_letter(group, each, entry) is not Visibility.CLIENT}
    kept = {key: value for key, value in entry.answers.items() if key in open_keys}
    return FilledEntry(entry.group, kept, entry.on, entry.id)


def hidden_keys(fields: Sequence[Field], answers: Answers) -> set[str]:
    """The answered fields that no longer show; their answers are dropped when the rest is sent."""
    return set(answers) - {each.key for each in shown(fields, answers)}
