"""What in the answers of the private page is a sign of danger, and how grave it is. Plain functions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from clinic.questionnaires.values import Value

KEY: Final = "intake_private"
ITEMS: Final = ("afraid", "control", "threat", "hit", "choked", "pressed", "forced", "own")
GRAVE: Final = ("choked", "forced")
HAPPENED: Final = frozenset({"once", "more"})
YEAR, EVER = "year", "ever"


class Grade(StrEnum):
    """How soon somebody has to call by the safe way, in the words of a risk alert."""

    URGENT = "urgent"
    SAME_DAY = "same_day"


def is_sign(answers: Mapping[str, Value]) -> bool:
    """True for anything but "never", a weapon at hand, or not being free to speak. What stays open is no sign."""
    often = (answers.get(f"{item}_{when}", "never") for item in ITEMS for when in (YEAR, EVER))
    return any(code != "never" for code in often) or answers.get("weapon") is True or answers.get("free") is False


def grade(answers: Mapping[str, Value]) -> Grade | None:
    """How grave it is: choking, forced sex, or a threat with a weapon at hand; None for all else.

    Of the last twelve months it is urgent, from before it is for the same day.
    """
    for when, how_soon in ((YEAR, Grade.URGENT), (EVER, Grade.SAME_DAY)):
        has_threat = answers.get("weapon") is True and answers.get(f"threat_{when}") in HAPPENED
        if has_threat or any(answers.get(f"{item}_{when}") in HAPPENED for item in GRAVE):
            return how_soon
    return None
