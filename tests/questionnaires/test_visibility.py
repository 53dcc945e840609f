"""The words next to a field say who reads it, and promise no more than is kept."""

import pytest

from clinic.questionnaires.definition import Choice, ChoiceField, EntriesGroup, TextField, Visibility
from clinic.questionnaires.visibility import Readers, entry_visibility, undecided_line, visibility_line

ALONE = Readers("Dana")
COUPLE = Readers("Dana", in_couple=True)
KEPT = (
    "Only you. No one at the practice reads this, so no one is watching it. "
    "A court could ask for it. You can delete it."
)
PARTNER_NEVER = "Clinic never shows it to your partner."
SAFETY = "Dana does not pass this to your partner unless someone is in immediate danger."
SHARE = "Your partner reads it only if you share it. You see first what they will see."
TOGETHER = "Your answer and your partner's open together, when Dana opens them. Until then you can take yours back."


def words(visibility: Visibility, readers: Readers, *, safety: bool = False) -> list[str]:
    field = TextField(key="a", label="A", visibility=visibility, safety=safety)
    return [str(sentence) for sentence in visibility_line(field, readers).sentences]


@pytest.mark.parametrize(
    ("visibility", "readers", "safety", "sentences"),
    [
        (Visibility.CLIENT, ALONE, False, [KEPT]),
        (Visibility.CLIENT, COUPLE, True, [KEPT]),
        (Visibility.THERAPIST, ALONE, False, ["Dana reads this."]),
        (Visibility.THERAPIST, COUPLE, False, ["Dana reads this.", PARTNER_NEVER]),
        (Visibility.THERAPIST, ALONE, True, ["Dana reads this."]),
        (Visibility.THERAPIST, COUPLE, True, ["Dana reads this.", PARTNER_NEVER, SAFETY]),
        (Visibility.PARTNER, ALONE, False, ["Dana reads this."]),
        (Visibility.PARTNER, COUPLE, False, ["Dana reads this.", SHARE]),
        (Visibility.PARTNER, COUPLE, True, ["Dana reads this.", SHARE, SAFETY]),
        (Visibility.SEALED, COUPLE, False, [TOGETHER]),
    ],
)
def test_sentences_fit_the_letter_and_who_is_around(
    visibility: Visibility, readers: Readers, safety: bool, sentences: list[str]
) -> None:
    assert words(visibility, readers, safety=safety) == sentences


def test_sealed_line_names_nobody_but_the_therapist_and_reads_alike_whoever_has_sent() -> None:
    field = TextField(key="a", label="A", visibility=Visibility.SEALED)
    assert str(visibility_line(field, COUPLE).name) == "Opens with Dana"


def test_single_person_never_reads_about_a_partner() -> None:
    for visibility in Visibility:
        assert "partner" not in " ".join(words(visibility, ALONE, safety=True))


READERS = ChoiceField(
    key="readers", label="Who", options=tuple(Choice(code, code) for code in ("only_me", "therapist", "partner"))
)
THERAPISTS = TextField(key="trigger", label="Trigger")
PRIVATE = TextField(key="note", label="Note", visibility=Visibility.CLIENT)
SENTENCE = TextField(key="sentence", label="Sentence", visibility=Visibility.PARTNER)
GROUP = EntriesGroup(
    key="g", label="G", one="g", many="gs", fields=(READERS, THERAPISTS, PRIVATE, SENTENCE), readers="readers"
)


@pytest.mark.parametrize(
    ("code", "letters"),
    [
        (None, "CCCC"),
        ("only_me", "CCCC"),
        ("nonsense", "CCCC"),
        ("therapist", "TTCT"),
        ("partner", "TTCP"),
    ],
)
def test_choice_inside_an_entry_decides_who_reads_it(code: str | None, letters: str) -> None:
    assert "".join(entry_visibility(GROUP, field, code) for field in GROUP.fields) == letters


def test_group_without_that_choice_leaves_each_field_its_own_letter() -> None:
    group = EntriesGroup(key="g", label="G", one="g", many="gs", fields=(THERAPISTS, PRIVATE, SENTENCE))
    assert "".join(entry_visibility(group, field, None) for field in group.fields) == "TCP"


def test_entry_that_nobody_was_chosen_for_says_that_a_choice_will_come() -> None:
    line = undecided_line(THERAPISTS, COUPLE)
    assert [str(sentence) for sentence in line.sentences] == [
        KEPT,
        "At the end you choose whether Dana may read it too.",
    ]
    assert (line.visibility, str(line.name)) == (Visibility.CLIENT, "Only you, until you choose otherwise")
    assert undecided_line(PRIVATE, COUPLE) == visibility_line(PRIVATE, COUPLE)
    assert undecided_line(SENTENCE, COUPLE) == visibility_line(SENTENCE, COUPLE)
