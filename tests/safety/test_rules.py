"""What is a sign, and what is grave."""

from pathlib import Path

import pytest

from clinic.questionnaires.files import load_folder
from clinic.questionnaires.values import Value
from clinic.safety.rules import ITEMS, KEY, Grade, grade, is_sign
from clinic.safety.service import QUESTIONS

NOTHING: dict[str, Value] = {f"{item}_{when}": "never" for item in ITEMS for when in ("year", "ever")}
CALM = NOTHING | {"weapon": False, "free": True, "reachable": True, "safe_way": "after five"}


def test_rules_know_every_question_of_the_page() -> None:
    ((definition, _body),) = load_folder(Path(QUESTIONS))
    assert (definition.key, definition.drafts, definition.validated) == (KEY, False, False)
    assert [each.key for each in definition.fields()] == [*NOTHING, "weapon", "free", "reachable", "safe_way"]
    assert all(each.safety and not each.required for each in definition.fields())


@pytest.mark.parametrize("answers", [{}, NOTHING, CALM, CALM | {"reachable": False}, {"safe_way": "by the back door"}])
def test_nothing_said_is_no_sign(answers: dict[str, Value]) -> None:
    assert (is_sign(answers), grade(answers)) == (False, None)


@pytest.mark.parametrize("code", ["once", "more", "talk"])
@pytest.mark.parametrize("item", NOTHING)
def test_anything_but_never_is_a_sign(item: str, code: str) -> None:
    assert is_sign(CALM | {item: code})


@pytest.mark.parametrize(("field", "value"), [("weapon", True), ("free", False)])
def test_a_weapon_or_not_being_free_is_a_sign_and_not_grave(field: str, value: bool) -> None:
    assert (is_sign(CALM | {field: value}), grade(CALM | {field: value})) == (True, None)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"choked_year": "once"}, Grade.URGENT),
        ({"forced_year": "more"}, Grade.URGENT),
        ({"threat_year": "once", "weapon": True}, Grade.URGENT),
        ({"choked_ever": "more"}, Grade.SAME_DAY),
        ({"forced_ever": "once"}, Grade.SAME_DAY),
        ({"threat_ever": "once", "weapon": True}, Grade.SAME_DAY),
        ({"choked_ever": "once", "forced_year": "once"}, Grade.URGENT),
        ({"threat_year": "more"}, None),
        ({"hit_year": "more", "weapon": True}, None),
        ({"choked_year": "talk", "forced_ever": "talk"}, None),
        ({"pressed_year": "more", "control_ever": "more"}, None),
    ],
)
def test_what_is_grave_says_how_soon(answers: dict[str, Value], expected: Grade | None) -> None:
    assert is_sign(CALM | answers)
    assert grade(CALM | answers) == expected
