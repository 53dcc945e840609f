"""Words are plain text with placeholders from a list: what is typed is shown as typed, and never run."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.wordings import rules
from clinic.wordings.errors import (
    BlockInTextError,
    BrokenLineError,
    EmptyWordsError,
    HiddenMarkError,
    LongWordsError,
    LooseBraceError,
    MissingPlaceholderError,
    OddPlaceholderError,
    TellingWordError,
    UnknownPlaceholderError,
    WordsError,
)
from clinic.wordings.rules import Wording, Words

REMINDER = Wording(
    "reminder",
    "reminder",
    "A reminder",
    "Your appointment",
    "Hello {first_name},\n\n{when}\n\n{link}",
    ("when", "link"),
    ("first_name", "account", "practice"),
)
VALUES = {
    "first_name": "Alice",
    "when": "Tuesday, 3:00 PM",
    "link": "https://x/a",
    "account": "",
    "practice": "Elm Street Practice",
}
GOOD = Words("See you soon", "Hi {first_name}: {when}\n\n{link}")
PLAIN = st.text(st.characters(blacklist_characters="{}\r"), max_size=30)
NAMES = st.sampled_from(sorted(VALUES))
PIECES = st.lists(st.tuples(PLAIN, NAMES), max_size=6)


@given(PIECES, PLAIN)
def test_reading_gives_back_each_piece_as_it_was_written(pieces: list[tuple[str, str]], ending: str) -> None:
    text = "".join(f"{plain}{{{name}}}" for plain, name in pieces) + ending
    assert list(rules.read(text)) == [*pieces, (ending, None)]


@given(PIECES, PLAIN, st.text(max_size=40))
def test_what_stands_in_a_value_stays_as_it_is(pieces: list[tuple[str, str]], ending: str, name: str) -> None:
    """A reader may be called {link} or {0.__class__}."""
    line = [(plain.replace("\n", " "), place) for plain, place in pieces if place != "account"]
    body = "".join(f"{plain}{{{place}}}" for plain, place in line) + ending.replace("\n", " ")
    values = VALUES | {"first_name": name}
    expected = "".join(plain + values[place] for plain, place in line) + ending.replace("\n", " ")
    assert rules.fill(Words("", body), values).body == expected + "\n"


@given(st.text(max_size=60))
def test_whatever_is_typed_is_either_refused_in_words_or_comes_out_in_full(typed: str) -> None:
    words = rules.tidy(Words("See you soon", f"{typed} {{when}} {{link}}"))
    try:
        rules.check(REMINDER, words)
    except WordsError:
        return
    said = rules.fill(words, VALUES).body
    assert not re.search(r"[{}]", said)
    assert said.rstrip("\n").endswith("Tuesday, 3:00 PM https://x/a")


@pytest.mark.parametrize(
    "odd",
    [
        "{first_name.__class__}",
        "{first_name!r}",
        "{first_name:>99}",
        "{0}",
        "{}",
        "{First_Name}",
        "{ when }",
        "{{ config }}",
        "{% for x in y %}",
        "{when[0]}",
        "${when}{",
        "}{",
    ],
)
def test_nothing_but_a_placeholder_stands_in_braces(odd: str) -> None:
    with pytest.raises((OddPlaceholderError, LooseBraceError)):
        rules.check(REMINDER, Words(GOOD.subject, f"{GOOD.body} {odd}"))


@pytest.mark.parametrize(
    ("words", "error", "field"),
    [
        (Words("", GOOD.body), EmptyWordsError, "subject"),
        (Words("See\r\nBcc: all@example.org", GOOD.body), BrokenLineError, "subject"),
        (Words("See\nyou", GOOD.body), BrokenLineError, "subject"),
        (Words("See\u2028you", GOOD.body), BrokenLineError, "subject"),
        (Words("See\u200byou", GOOD.body), HiddenMarkError, "subject"),
        (Words("See you, {first_name}", GOOD.body), UnknownPlaceholderError, "subject"),
        (Words("See you {when}", GOOD.body), UnknownPlaceholderError, "subject"),
        (Words("a" * 81, GOOD.body), LongWordsError, "subject"),
        (Words(GOOD.subject, " \n"), EmptyWordsError, "body"),
        (Words(GOOD.subject, GOOD.body + "a" * 3000), LongWordsError, "body"),
        (Words(GOOD.subject, GOOD.body + "\x07"), HiddenMarkError, "body"),
        (Words(GOOD.subject, GOOD.body + " {partner}"), UnknownPlaceholderError, "body"),
        (Words(GOOD.subject, GOOD.body + " {when"), LooseBraceError, "body"),
        (Words(GOOD.subject, GOOD.body + " when}"), LooseBraceError, "body"),
        (Words(GOOD.subject, "Hello, {when}"), MissingPlaceholderError, "body"),
        (Words(GOOD.subject, GOOD.body + " {account}"), BlockInTextError, "body"),
    ],
)
def test_words_that_cannot_go_out_are_refused_at_their_field(words: Words, error: type[WordsError], field: str) -> None:
    with pytest.raises(error) as raised:
        rules.check(REMINDER, words)
    assert raised.value.field == field


def test_a_block_that_is_empty_takes_its_paragraph_along() -> None:
    words = Words("See you", "{when}\n\n{account}\n\n{link}")
    rules.check(REMINDER, words)
    assert rules.fill(words, VALUES).body == "Tuesday, 3:00 PM\n\nhttps://x/a\n"
    assert rules.fill(words, VALUES | {"account": "Call us."}).body == "Tuesday, 3:00 PM\n\nCall us.\n\nhttps://x/a\n"


def test_a_message_without_a_practice_to_name_has_none_in_its_subject() -> None:
    bare = Wording("bare", "bare", "", "Your account", "{link}", ("link",))
    with pytest.raises(UnknownPlaceholderError):
        rules.check(bare, Words("From {practice}", "{link}"))
    rules.check(REMINDER, Words("From {practice}", GOOD.body))


@pytest.mark.parametrize("word", ["therapy", "Therapist", "counseling", "PHQ-9", "codependency", "Depression"])
def test_words_that_tell_what_the_practice_does_are_refused(word: str) -> None:
    for words in (Words(f"Your {word}", GOOD.body), Words(GOOD.subject, f"{GOOD.body} Your {word}.")):
        with pytest.raises(TellingWordError) as raised:
            rules.check_discretion(words, "Elm Street Practice")
        assert raised.value.values["word"] == word


@pytest.mark.parametrize("word", ["homework", "session", "partner", "couples", "fear", "report"])
def test_words_that_hint_are_refused_in_a_subject_and_named_in_a_body(word: str) -> None:
    with pytest.raises(TellingWordError):
        rules.check_discretion(Words(f"Your {word}", GOOD.body), "Elm Street Practice")
    rules.check_discretion(Words(GOOD.subject, f"{GOOD.body} Your {word}."), "Elm Street Practice")
    assert rules.hinting(f"Your {word}, and your {word}. {{when}}") == [word]


def test_a_subject_is_looked_at_as_it_arrives() -> None:
    words = Words("From {practice}", GOOD.body)
    rules.check_discretion(words, "Elm Street Practice")
    with pytest.raises(TellingWordError):
        rules.check_discretion(words, "Elm Street Couples Therapy")


def test_what_is_pasted_comes_to_plain_lines_and_blanks() -> None:
    assert rules.tidy(Words(" See\u00a0you ", "a\u00a0b  \r\n\r\n\r\n\r\nc\rd\n")) == Words("See you", "a b\n\nc\nd")
