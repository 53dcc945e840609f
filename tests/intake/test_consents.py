"""The texts that ship: complete, their places known, and the same bytes for the same facts."""

import re
from pathlib import Path

import pytest

from clinic.intake import consents
from clinic.intake.consents import NAMES, Consent, Facts
from clinic.intake.errors import DocumentError, EditedDocumentError
from clinic.intake.rules import STEPS, StepKind
from clinic.intake.signing import install_documents
from tests.conftest import NOW, Acting

FACTS = Facts(
    practice="Elm & Oak <Practice>",
    phone="(212) 555-0148",
    email="hello@elm-street.example",
    address="12 Elm Street",
    licensed_in="New York",
    therapist="Dana Whitfield",
    therapist_title="Marriage and family therapist",
    fees=("Individual, 50 minutes: $140.00", "Couple {phone}: $210.00"),
    late_windows=("Individual: up to 24 hours before it begins",),
)
HEAD = """---
key: a_text
version: 1
language: en
title: A
minutes: 1
summary: S
statement: I agree, {practice}
---
"""


def shipped() -> dict[str, Consent]:
    return {each.key: each for each in consents.load_files()}


def words_of(key: str) -> str:
    return re.sub(r"<[^>]+>", "", consents.show(shipped()[key], FACTS).html).lower()


def test_every_text_of_the_steps_ships() -> None:
    assert set(shipped()) == {step.key for step in STEPS if step.kind is StepKind.TEXT}


def test_minutes_of_the_texts_are_those_of_the_steps() -> None:
    minutes = {step.key: step.minutes for step in STEPS}
    assert {key: each.minutes for key, each in shipped().items()} == {key: minutes[key] for key in shipped()}


@pytest.mark.parametrize(
    ("key", "subjects"),
    [
        ("electronic_records", ["paper copy", "take this agreement back", "what you need", "counts like one written"]),
        (
            "privacy_notice",
            ["this notice describes how medical information", "30 days", "complain", "partner", "court"],
        ),
        (
            "informed_consent",
            [
                "licensed in",
                "how we work",
                "can bring",
                "cost",
                "other ways",
                "abused",
                "court orders",
                "right to stop",
            ],
        ),
        (
            "telehealth_consent",
            ["make sure it is you", "where you are", "number to call back", "line fails", "no recording", "both ends"],
        ),
        ("fees_policy", ["$140.00", "24 hours", "good-faith estimate", "1 business day", "3 business days", "$400"]),
    ],
)
def test_text_says_all_that_it_has_to(key: str, subjects: list[str]) -> None:
    words = words_of(key)
    assert [subject for subject in subjects if subject not in words] == []


@pytest.mark.parametrize("key", sorted(shipped()))
def test_shown_text_leaves_no_place_open_and_has_no_exclamation(key: str) -> None:
    shown = consents.show(shipped()[key], FACTS)
    assert re.findall(r"\{(?!phone\}: \$210)[a-z_]+\}", shown.html + shown.statement) == []
    assert "!" not in shown.html


def test_facts_are_escaped_and_never_filled_twice() -> None:
    html = consents.show(shipped()["fees_policy"], FACTS).html
    assert "<li>Couple {phone}: $210.00</li>" in html
    assert "Elm &amp; Oak &lt;Practice&gt;" in consents.show(shipped()["privacy_notice"], FACTS).html
    assert consents.show(shipped()["fees_policy"], FACTS).statement.endswith("of Elm & Oak <Practice>.")


def test_equal_facts_give_equal_bytes() -> None:
    one, two = (consents.show(shipped()["informed_consent"], FACTS) for _ in range(2))
    assert (one.content, one.sha256) == (two.content, two.sha256)


def test_markup_in_a_text_shows_as_text() -> None:
    consent = consents.parse((HEAD + "<script>alert(1)</script>\n").encode(), "a.md")
    assert "<script>" not in consents.show(consent, FACTS).html


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no head", "has no head between two lines of ---"),
        (HEAD.replace("key: a_text\n", ""), "has a head with other keys than"),
        (HEAD.replace("version: 1", "version: one"), "version is not a number from 1 on"),
        (HEAD.replace("title: A", "title: 7"), "title is not a text"),
        (HEAD.replace("key: a_text", "key: ["), "has a head that is not YAML"),
        (HEAD + "Dear {client_name},", "names client_name, which is no fact of the practice"),
        (HEAD.replace("{practice}", "{password}"), "names password, which is no fact of the practice"),
        (HEAD + "We ask {fees} of you.", "fees is a list and stands in a paragraph of its own"),
    ],
)
def test_unsound_text_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(DocumentError) as refused:
        consents.parse(text.encode(), "bad.md")
    assert str(refused.value).startswith(f"bad.md: {reason}")


def test_places_are_a_fixed_set() -> None:
    assert sorted(NAMES) == [
        "address",
        "email",
        "fees",
        "late_windows",
        "licensed_in",
        "phone",
        "practice",
        "therapist",
        "therapist_title",
    ]


def test_text_edited_under_its_version_is_refused(acting: Acting, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(HEAD + "First words.\n", encoding="utf-8")
    with acting():
        assert install_documents(NOW, tmp_path) == 1
        assert install_documents(NOW, tmp_path) == 0
    (tmp_path / "a.md").write_text(HEAD + "Other words.\n", encoding="utf-8")
    with acting(), pytest.raises(EditedDocumentError):
        install_documents(NOW, tmp_path)
    (tmp_path / "a.md").write_text(HEAD.replace("version: 1", "version: 2") + "Other words.\n", encoding="utf-8")
    with acting():
        assert install_documents(NOW, tmp_path) == 1
