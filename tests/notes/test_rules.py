"""Formats, what moves from one to another, and signatures."""

import pytest

from clinic.notes import rules
from clinic.notes.errors import NoTextError, WrongSignatureError
from clinic.notes.wording import FORMATS, SECTION_WORDS


def test_every_format_and_heading_has_words() -> None:
    assert set(FORMATS) == set(rules.FORMATS)
    assert set(SECTION_WORDS) == set(rules.ALL_SECTIONS)


@pytest.mark.parametrize(
    ("texts", "old", "new", "expected"),
    [
        ({"text": "all of it"}, "free", "soap", {"subjective": "all of it"}),
        (
            {"data": "d", "assessment": "a", "plan": "p"},
            "dap",
            "soap",
            {"subjective": "d", "assessment": "a", "plan": "p"},
        ),
        ({"behavior": "b", "response": "r", "plan": "p"}, "birp", "dap", {"data": "b\n\nr", "plan": "p"}),
        ({"subjective": "s", "plan": "p"}, "soap", "free", {"text": "s\n\np"}),
        ({"subjective": " ", "plan": "p"}, "soap", "soap", {"plan": "p"}),
        ({}, "dap", "birp", {}),
    ],
)
def test_change_of_format_loses_no_word(texts: dict[str, str], old: str, new: str, expected: dict[str, str]) -> None:
    assert rules.carried(texts, old, new) == expected


@pytest.mark.parametrize("texts", [{}, {"text": ""}, {"text": " \n "}])
def test_nothing_is_not_signed(texts: dict[str, str]) -> None:
    with pytest.raises(NoTextError):
        rules.require_text(texts)


@pytest.mark.parametrize("typed", ["Dana Whitfield", " dana  whitfield ", "Dana M. Whitfield"])
def test_own_name_signs(typed: str) -> None:
    assert rules.signature(typed, "Dana", "Whitfield") == " ".join(typed.split())


@pytest.mark.parametrize("typed", ["", "Erik Lindqvist", "Dana", "yes"])
def test_another_name_does_not_sign(typed: str) -> None:
    with pytest.raises(WrongSignatureError) as caught:
        rules.signature(typed, "Dana", "Whitfield")
    assert "Dana Whitfield" in str(caught.value)
