"""What a page shows of a questionnaire, worked out before any template sees it: sections, rows, entries, answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from wtforms import Field as Control

from clinic.questionnaires.definition import Definition, EntriesGroup, Field, Section, TextField, Visibility
from clinic.questionnaires.forms import PREFIX, QuestionnaireForm
from clinic.questionnaires.rules import Answers, Filled, FilledEntry, Share, counts, shown
from clinic.questionnaires.visibility import (
    READERS_CODES,
    Readers,
    VisibilityLine,
    entry_visibility,
    undecided_line,
    visibility_line,
)
from clinic.questionnaires.wording import answer_words, entry_title, say, sentences


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry in a list; `is_done` None where the group does not tell done from planned."""

    id: UUID | None
    title: str
    day: date | None
    readers: str
    is_done: bool | None
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the page with who reads it; for a group its entries in place of a control."""

    question: Field
    control: Control | None
    seen: tuple[str, str]
    is_hidden: bool = False
    show_if: Mapping[str, str] = field(default_factory=dict)
    suggestions: Sequence[str] = ()
    entries: Sequence[EntryRow] = ()
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with its rows."""

    title: str
    intro: str
    rows: Sequence[Row]
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One answer as it is read: the question, the words, and the letter and name of who may read it."""

    key: str
    label: str
    words: str
    visibility: Visibility
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """One entry as it is read."""

    id: UUID | None
    title: str
    day: date | None
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """A heading with what was answered under it."""

    title: str
    lines: Sequence[Line]
    entries: Sequence[ReadEntry]


def blocks(definition: Definition, form: QuestionnaireForm, filled: Filled, readers: Readers, zone: str) -> list[Block]:
    """The whole questionnaire as a page to fill in."""
    visible = {each.key for each in shown(tuple(definition.fields()), filled.answers)}
    return [_block(section, form, filled, readers, visible, zone) for section in definition.sections]


def _block(
    section: Section, form: QuestionnaireForm, filled: Filled, readers: Readers, visible: set[str], zone: str
) -> Block:
    said: set[str] = set()
    rows = []
    for each in section.fields:
        seen = _seen(each, each.visibility, readers, said)
        if isinstance(each, EntriesGroup):
            rows.append(_group_row(each, filled, readers, seen, zone))
        else:
            rows.append(Row(each, form.control(each.key), seen, each.key not in visible, _show_if(each)))
    return Block(section.title, section.intro, rows)


def entry_blocks(
    group: EntriesGroup, form: QuestionnaireForm, filled: Filled, answers: Answers | None, readers: Readers
) -> list[Block]:
    """One entry as a page to fill in, stage by stage; a new one (None) has its later stages folded."""
    present = answers or {}
    visible = {each.key for each in shown(group.fields, present)}
    said: set[str] = set()
    rows: dict[str, list[Row]] = {stage.key: [] for stage in group.stages} or {"": []}
    for each in group.fields:
        control = form.control(each.key)
        seen = _seen_in_entry(group, each, present, readers, said)
        hidden = each.key not in visible
        row = Row(each, control, seen, hidden, _show_if(each), _suggestions(each, filled))
        rows[each.stage if group.stages else ""].append(row)
    titles = {stage.key: stage.title for stage in group.stages}
    return [
        Block(titles.get(key, ""), "", some, answers is None and place > 0 and not _has_errors(some))
        for place, (key, some) in enumerate(rows.items())
    ]


def _has_errors(rows: Sequence[Row]) -> bool:
    return any(row.control is not None and row.control.errors for row in rows)


def _seen_in_entry(
    group: EntriesGroup, each: Field, present: Answers, readers: Readers, said: set[str]
) -> tuple[str, str]:
    code = present.get(group.readers)
    letter = entry_visibility(group, each, code if isinstance(code, str) else None)
    is_undecided = bool(group.readers) and READERS_CODES.get(str(code), Visibility.CLIENT) is Visibility.CLIENT
    return _words(undecided_line(each, readers) if is_undecided else visibility_line(each, readers, letter), said)


def _seen(each: Field, letter: Visibility, readers: Readers, said: set[str]) -> tuple[str, str]:
    """The whole promise where it is said first in a block, its short name after that."""
    return _words(visibility_line(each, readers, letter), said)


def _words(line: VisibilityLine, said: set[str]) -> tuple[str, str]:
    whole = sentences(line)
    words = say(line.name) if whole in said else whole
    said.add(whole)
    return line.visibility.value, words


def _show_if(each: Field) -> dict[str, str]:
    if each.show_if is None:
        return {}
    numbers = {"least": each.show_if.at_least, "most": each.show_if.at_most}
    return {
        "field": PREFIX + each.show_if.field,
        "codes": " ".join(sorted(each.show_if.codes)),
        **{name: f"{number:g}" for name, number in numbers.items() if number is not None},
    }


def _suggestions(each: Field, filled: Filled) -> list[str]:
    if not isinstance(each, TextField) or not each.suggest_from:
        return []
    group, _, key = each.suggest_from.partition(".")
    return sorted({str(entry.answers[key]) for entry in filled.of_group(group) if key in entry.answers})


def _group_row(group: EntriesGroup, filled: Filled, readers: Readers, seen: tuple[str, str], zone: str) -> Row:
    entries = filled.of_group(group.key)
    share = None
    if group.target is not None:
        share = Share(sum(counts(group, entry) for entry in entries), group.target)
    rows = [_entry_row(group, entry, readers, zone) for entry in reversed(entries)]
    if group.readers:
        seen = ("C", sentences(visibility_line(group, readers, Visibility.CLIENT)))
    return Row(group, None, seen, entries=rows, share=share)


def _entry_row(group: EntriesGroup, entry: FilledEntry, readers: Readers, zone: str) -> EntryRow:
    code = entry.answers.get(group.readers)
    letter = entry_visibility(group, group, code if isinstance(code, str) else None)
    return EntryRow(
        entry.id,
        entry_title(group, entry, zone),
        entry.on,
        say(visibility_line(group, readers, letter).name) if group.readers else "",
        counts(group, entry) if group.counts_if is not None else None,
        letter is Visibility.CLIENT,
    )


def read_blocks(definition: Definition, filled: Filled, zone: str) -> list[ReadBlock]:
    """What was answered, under the headings of the questionnaire; headings without answers are left out."""
    result = []
    for section in definition.sections:
        lines = list(_lines(section.fields, filled.answers, None, zone))
        entries = [
            _read_entry(group, entry, zone)
            for group in section.fields
            if isinstance(group, EntriesGroup)
            for entry in filled.of_group(group.key)
        ]
        if lines or entries:
            result.append(ReadBlock(section.title, lines, entries))
    return result


def _read_entry(group: EntriesGroup, entry: FilledEntry, zone: str) -> ReadEntry:
    lines = list(_lines(group.fields, entry.answers, group, zone))
    return ReadEntry(entry.id, entry_title(group, entry, zone), entry.on, lines)


def _lines(fields: Iterable[Field], answers: Answers, group: EntriesGroup | None, zone: str) -> Iterator[Line]:
    code = None if group is None else answers.get(group.readers)
    for each in fields:
        value = answers.get(each.key)
        if value is None or isinstance(each, EntriesGroup):
            continue
        letter = each.visibility
        if group is not None:
            letter = entry_visibility(group, each, code if isinstance(code, str) else None)
        number = value if each.type == "scale" and isinstance(value, int) else None
        yield Line(each.key, each.label, answer_words(each, value, zone), letter, number)
