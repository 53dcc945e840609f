"""Answers are read into typed values, written as one canonical text, and shown again unchanged."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.questionnaires.definition import (
    Allow,
    Choice,
    ChoiceField,
    DateField,
    EntriesGroup,
    Field,
    MomentField,
    MultiField,
    NumberField,
    ScaleField,
    SignatureField,
    TextField,
    YesNoField,
)
from clinic.questionnaires.errors import AnswerError
from clinic.questionnaires.values import Raw, Reading, Signature, Value, as_sent, decode, encode, read

READING = Reading(datetime(2026, 11, 24, 3, tzinfo=UTC), "America/New_York")
AB = (Choice("a", "A"), Choice("b", "B"), Choice("none", "None of them", exclusive=True))
SCALE = ScaleField(key="s", label="S", low="none", high="full")
TEXT = TextField(key="t", label="T", max_length=10)
LONG = TextField(key="t", label="T", max_length=100, long=True)
CHOICE = ChoiceField(key="c", label="C", options=AB)
MULTI = MultiField(key="m", label="M", options=AB, at_most=2)
DATE = DateField(key="d", label="D")
MOMENT = MomentField(key="o", label="O")
NUMBER = NumberField(key="n", label="N", minimum=1, maximum=20)
YES_NO = YesNoField(key="y", label="Y")
SIGNATURE = SignatureField(key="g", label="G", document="informed_consent", statement="I agree")


@pytest.mark.parametrize(
    ("field", "raw", "value", "text"),
    [
        (SCALE, "0", 0, "0"),
        (SCALE, " 10 ", 10, "10"),
        (TEXT, " two\n words ", "two words", "two words"),
        (LONG, "two\r\nlines", "two\nlines", "two\nlines"),
        (TEXT, "e\u0301", "\u00e9", "\u00e9"),
        (TEXT, "nul\x00byte", "nulbyte", "nulbyte"),
        (CHOICE, "b", "b", "b"),
        (MULTI, ["b", "a"], ("a", "b"), '["a", "b"]'),
        (MULTI, "a", ("a",), '["a"]'),
        (DATE, "2026-02-28", date(2026, 2, 28), "2026-02-28"),
        (MOMENT, "2026-11-01T01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "2026-11-01T05:30:00+00:00"),
        (MOMENT, "2026-03-08T02:30", datetime(2026, 3, 8, 7, 30, tzinfo=UTC), "2026-03-08T07:30:00+00:00"),
        (NUMBER, "7", Decimal(7), "7"),
        (NumberField(key="n", label="N", whole=False), "2,50", Decimal("2.50"), "2.5"),
        (YES_NO, "yes", True, "yes"),
        (YES_NO, "no", False, "no"),
        (SIGNATURE, ["Alice  Ames", "agreed"], Signature("Alice Ames"), '{"name": "Alice Ames"}'),
    ],
)
def test_answer_is_read_encoded_and_read_back(field: Field, raw: Raw, value: Value, text: str) -> None:
    assert read(field, raw, READING) == value
    assert encode(value) == text
    assert decode(field, text) == value
    assert read(field, as_sent(field, value, READING.zone), READING) == value


@pytest.mark.parametrize("field", [SCALE, TEXT, CHOICE, MULTI, DATE, MOMENT, NUMBER, YES_NO, SIGNATURE])
@pytest.mark.parametrize("raw", [None, "", "   ", [], ["", " "]])
def test_empty_answer_clears_any_field(field: Field, raw: Raw) -> None:
    assert read(field, raw, READING) is None


@pytest.mark.parametrize(
    ("field", "raw", "message"),
    [
        (SCALE, "11", "Choose a number from 0 to 10."),
        (SCALE, "-1", "Choose a number from 0 to 10."),
        (SCALE, "7.5", "Choose a number from 0 to 10."),
        (SCALE, "\u0663", "Choose a number from 0 to 10."),
        (TEXT, "x" * 11, "This has 11 characters. Please keep it to 10."),
        (CHOICE, "z", "Choose one of the answers offered."),
        (MULTI, ["a", "z"], "Choose among the answers offered."),
        (MULTI, ["a", "b", "none"], "One of these answers stands alone. Please choose it or the others."),
        (MultiField(key="m", label="M", options=AB, at_most=1), ["a", "b"], "Choose at most 1."),
        (DATE, "2026-02-30", "Please give a date."),
        (MOMENT, "tomorrow", "Please give a date and a time."),
        (NUMBER, "NaN", "Please write a number."),
        (NUMBER, "1e999999", "Please write a number."),
        (NUMBER, "many", "Please write a number."),
        (NUMBER, "1.5", "Please write a whole number."),
        (NUMBER, "0", "The smallest number here is 1."),
        (NUMBER, "21", "The largest number here is 20."),
        (YES_NO, "maybe", "Choose yes or no."),
        (SIGNATURE, ["Alice Ames"], "Please tick the sentence above your name as well."),
        (SIGNATURE, ["agreed"], "Please type your full name."),
        (SIGNATURE, ["A", "agreed"], "Please type your full name."),
        (SIGNATURE, ["A" * 201, "agreed"], "Please type your name in at most 200 characters."),
    ],
)
def test_unfit_answer_says_what_to_do(field: Field, raw: Raw, message: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read(field, raw, READING)
    assert str(caught.value) == message


def test_past_and_future_go_by_the_wall_of_the_person() -> None:
    past, future = DateField(key="d", label="D", allow=Allow.PAST), DateField(key="d", label="D", allow=Allow.FUTURE)
    # It is still the 23rd in New York, though the 24th in UTC.
    assert read(past, "2026-11-23", READING) == read(future, "2026-11-23", READING) == date(2026, 11, 23)
    with pytest.raises(AnswerError, match="future"):
        read(past, "2026-11-24", READING)
    with pytest.raises(AnswerError, match="past"):
        read(future, "2026-11-22", READING)
    with pytest.raises(AnswerError, match="future"):
        read(MomentField(key="o", label="O", allow=Allow.PAST), "2026-11-23T22:01", READING)


def test_encoding_refuses_a_naive_moment() -> None:
    with pytest.raises(ValueError, match="zone"):
        encode(datetime(2026, 1, 1))  # noqa: DTZ001 -- the point of the test


def test_group_of_entries_has_no_answer_of_its_own() -> None:
    group = EntriesGroup(key="x", label="X", one="x", many="xs", fields=(TEXT,))
    with pytest.raises(ValueError, match="entries"):
        decode(group, "text")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    for field in (SCALE, LONG, CHOICE, MULTI, DATE, MOMENT, NUMBER, YES_NO, SIGNATURE):
        try:
            value = read(field, text, READING)
        except AnswerError:
            continue
        if value is not None:
            assert decode(field, encode(value)) == value
