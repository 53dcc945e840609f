"""Any definition becomes a form and a page: every type, what was sent, errors at the field, who reads it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict

from clinic.questionnaires.definition import (
    HELD_ON,
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
    Section,
    ShowIf,
    SignatureField,
    TextField,
    Visibility,
    YesNoField,
)
from clinic.questionnaires.errors import Message
from clinic.questionnaires.forms import build_form
from clinic.questionnaires.pages import blocks, entry_blocks, read_blocks
from clinic.questionnaires.rules import Filled, FilledEntry
from clinic.questionnaires.values import Signature, Value
from clinic.questionnaires.visibility import Readers
from clinic.questionnaires.wording import answer_words, entry_title
from tests.questionnaires.test_rules import CIRCLE, TRACE

pytestmark = pytest.mark.usefixtures("database")
ZONE = "America/New_York"
AB = (Choice("a", "Apples"), Choice("b", "Berries"))
EACH: dict[str, tuple[Field, Value]] = {
    "scale": (ScaleField(key="scale", label="Scale", low="none", high="full"), 0),
    "text": (TextField(key="text", label="Text"), "words"),
    "long": (TextField(key="long", label="Long", long=True), "two\nlines"),
    "choice": (ChoiceField(key="choice", label="Choice", options=AB), "b"),
    "multi": (MultiField(key="multi", label="Multi", options=AB), ("a", "b")),
    "date": (DateField(key="date", label="Date"), date(2026, 2, 28)),
    "moment": (MomentField(key="moment", label="Moment"), datetime(2026, 1, 2, 15, 30, tzinfo=UTC)),
    "number": (NumberField(key="number", label="Number", unit="nights"), Decimal(3)),
    "yes_no": (YesNoField(key="yes_no", label="Yes or no"), False),
    "signature": (SignatureField(key="signature", label="Sign", document="x", statement="I agree"), Signature("Alice")),
}
FIELDS = tuple(field for field, _value in EACH.values())
ANSWERS = {key: value for key, (_field, value) in EACH.items()}
ALL = Definition(
    key="all",
    version=1,
    kind=Kind.FORM,
    language="en",
    title="All",
    sections=(Section("Everything", FIELDS),),
    sha256="0" * 64,
)
SENT = {
    "a_scale": "0",
    "a_text": "words",
    "a_long": "two\nlines",
    "a_choice": "b",
    "a_multi": ["a", "b"],
    "a_date": "2026-02-28",
    "a_moment": "2026-01-02T10:30",
    "a_number": "3",
    "a_yes_no": "no",
    "a_signature": ["agreed", "Alice"],
}
PAGE = """{% import "questionnaires/fields.html" as questionnaire with context %}{{ questionnaire.blocks(blocks) }}"""


def page_of(app: Flask, answers: dict[str, Value], errors: dict[str, Message] | None = None) -> str:
    with app.test_request_context("/"):
        form = build_form(FIELDS, answers, ZONE)
        form.refuse(errors or {})
        list_of_blocks = blocks(ALL, form, Filled(answers), Readers("Dana"), ZONE)
        return render_template_string(PAGE, blocks=list_of_blocks)


def test_page_shows_stored_answers_of_every_type(app: Flask) -> None:
    html = page_of(app, ANSWERS)
    assert html.count("checked") == 6  # scale, choice, two of multi, no, agreed
    for value in ('value="words"', "two\nlines", "2026-02-28", "2026-01-02T10:30", 'value="3"', 'value="Alice"'):
        assert value in html
    assert html.count("Dana reads this") == len(FIELDS)
    assert html.count("<legend>") == 5


def test_empty_page_has_nothing_chosen(app: Flask) -> None:
    assert "checked" not in page_of(app, {})


def test_error_stands_at_its_field(app: Flask) -> None:
    html = page_of(
        app, {}, {"number": Message("The largest number here is %(most)s.", {"most": "9"}), "gone": Message("x")}
    )
    assert html.count('class="error"') == 1
    assert 'id="a_number-error"' in html
    assert 'aria-invalid="true"' in html
    assert "The largest number here is 9." in html


def test_what_is_sent_comes_as_it_was_sent(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data=MultiDict(SENT)):
        form = build_form(FIELDS, {}, ZONE)
        assert form.raws() == {
            key.removeprefix("a_"): value if isinstance(value, list) else [value] for key, value in SENT.items()
        }


def test_unpressed_radio_clears_only_when_the_page_asked_for_it(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"asked": "scale text nonsense", "a_text": ""}):
        assert build_form(FIELDS, ANSWERS, ZONE).raws() == {"scale": [], "text": [""]}


def test_entry_of_a_dated_group_asks_for_its_day_first(app: Flask) -> None:
    group = CIRCLE.group("meetings")
    with app.test_request_context("/"):
        form = build_form(group.fields, {}, ZONE, held_on=date(2026, 11, 24), is_dated=True)
        assert form.keys[0] == HELD_ON
        assert form.control(HELD_ON).data == "2026-11-24"


def test_group_has_no_control_of_its_own(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(ValueError, match="no control"):
        build_form([Field(key="x", label="X")], {}, ZONE)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("scale", "0 of 10"),
        ("text", "words"),
        ("choice", "Berries"),
        ("multi", "Apples, Berries"),
        ("date", "Feb 28, 2026"),
        ("moment", "Jan 2, 2026, 10:30\u202fAM"),
        ("number", "3 nights"),
        ("yes_no", "No"),
        ("signature", "Alice"),
    ],
)
def test_answer_is_read_aloud(app: Flask, key: str, words: str) -> None:
    field, value = EACH[key]
    with app.test_request_context("/"):
        assert answer_words(field, value, ZONE) == words


def test_entry_is_named_by_its_first_words(app: Flask) -> None:
    group = TRACE.group("traces")
    with app.test_request_context("/"):
        assert entry_title(group, FilledEntry("traces", {"trigger": "A shut\ndoor"}), ZONE) == "A shut door"
        assert entry_title(group, FilledEntry("traces", {"trigger": "x" * 61}), ZONE) == "x" * 59 + "…"
        assert entry_title(group, FilledEntry("traces", {}), ZONE) == "a trace"


def test_hidden_question_is_on_the_page_but_not_shown(app: Flask) -> None:
    asked = YesNoField(key="smokes", label="Smokes")
    count = NumberField(key="count", label="How many", show_if=ShowIf("smokes", frozenset({"yes"})))
    later = TextField(key="later", label="Later", show_if=ShowIf("count", at_least=10))
    form_of = Definition(
        key="d", version=1, kind=Kind.FORM, language="en", title="D",
        sections=(Section("S", (asked, count, later)),), sha256="0" * 64,
    )  # fmt: skip
    with app.test_request_context("/"):
        form = build_form((asked, count, later), {"smokes": True}, ZONE)
        (block,) = blocks(form_of, form, Filled({"smokes": True}), Readers("Dana"), ZONE)
        assert [row.is_hidden for row in block.rows] == [False, False, True]
        html = render_template_string(PAGE, blocks=[block])
    assert html.count("hidden>") == 1
    assert 'data-show-if="a_smokes"' in html
    assert 'data-show-codes="yes"' in html
    assert 'data-show-least="10"' in html


def seen_in_entry(app: Flask, answers: dict[str, Value] | None) -> dict[str, tuple[str, str]]:
    group = TRACE.group("traces")
    with app.test_request_context("/"):
        form = build_form(group.fields, answers or {}, ZONE)
        list_of_blocks = entry_blocks(group, form, Filled(), answers, Readers("Dana", in_couple=True))
        return {row.question.key: row.seen for block in list_of_blocks for row in block.rows}


def test_entry_without_a_choice_promises_no_more_than_it_keeps(app: Flask) -> None:
    seen = seen_in_entry(app, None)
    assert seen["trigger"] == ("C", "Only you, until you choose otherwise")
    assert seen["at"][1].endswith("At the end you choose whether Dana may read it too.")
    assert seen["origin_note"][1].startswith("Only you. No one at the practice reads this")
    assert seen["sentence"][0] == "P"


def test_entry_that_is_shared_says_who_reads_it(app: Flask) -> None:
    seen = seen_in_entry(app, {"readers": "therapist"})
    assert seen["trigger"] == ("T", "Dana reads this")
    assert seen["origin_note"][0] == "C"


def test_later_stages_of_a_new_entry_are_folded_unless_something_is_wrong_there(app: Flask) -> None:
    group = TRACE.group("traces")
    with app.test_request_context("/"):
        form = build_form(group.fields, {}, ZONE)
        folded = entry_blocks(group, form, Filled(), None, Readers("Dana"))
        assert [block.is_folded for block in folded] == [False, True, True]
        form.refuse({"fear": Message("Too long")})
        folded = entry_blocks(group, form, Filled(), None, Readers("Dana"))
        assert [block.is_folded for block in folded] == [False, False, True]
        there = entry_blocks(group, form, Filled(), {}, Readers("Dana"))
        assert [block.is_folded for block in there] == [False, False, False]


def test_initials_are_offered_from_the_people_already_named(app: Flask) -> None:
    group = CIRCLE.group("meetings")
    filled = Filled(entries=[FilledEntry("people", {"initials": name}) for name in ("MK", "A", "MK")])
    with app.test_request_context("/"):
        form = build_form(group.fields, {}, ZONE)
        rows = {
            row.question.key: row
            for block in entry_blocks(group, form, filled, None, Readers("Dana"))
            for row in block.rows
        }
        assert rows["who"].suggestions == ["A", "MK"]
        assert rows["kind"].suggestions == []


def test_reading_leaves_out_what_is_empty_and_keeps_the_letters(app: Flask) -> None:
    filled = Filled(
        {"share": "I laughed", "note": "mine"},
        [FilledEntry("meetings", {"who": "MK", "enjoyment": 8}, date(2026, 11, 20))],
    )
    with app.test_request_context("/"):
        read = read_blocks(CIRCLE, filled, ZONE)
    assert [block.title for block in read] == ["Meetings without my partner", "One line to share", "To finish"]
    assert [(line.key, line.words, line.visibility) for line in read[1].lines] == [
        ("share", "I laughed", Visibility.PARTNER)
    ]
    assert [(entry.title, [line.number for line in entry.lines]) for entry in read[0].entries] == [("MK", [None, 8])]


def test_list_of_entries_says_what_is_kept_and_what_is_done(app: Flask) -> None:
    form_fields = tuple(TRACE.fields())
    filled = Filled(
        entries=[
            FilledEntry("traces", {"trigger": "kept"}),
            FilledEntry("traces", {"trigger": "told", "readers": "therapist"}),
        ]
    )
    with app.test_request_context("/"):
        row = blocks(TRACE, build_form(form_fields, {}, ZONE), filled, Readers("Dana"), ZONE)[0].rows[0]
    assert isinstance(row.question, EntriesGroup)
    assert [(entry.title, entry.readers, entry.is_kept) for entry in row.entries] == [
        ("told", "Dana reads this", False),
        ("kept", "Only you", True),
    ]
    assert row.share is not None
    assert (row.share.done, row.share.total) == (1, 3)
