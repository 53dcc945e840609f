"""The first page promises what there is."""

import re
from collections.abc import Callable
from pathlib import Path

import yaml

import clinic
from tests.browser import Browser
from tests.factories import Practice

EXERCISES = Path(clinic.__file__).parent / "homework" / "exercises"


def test_home_names_the_exercises_that_there_are(practice: Practice, browser: Callable[..., Browser]) -> None:
    page = browser().get("/").text
    told = re.findall(r"<h3>(.*?)</h3>", page.partition('id="practices"')[2].partition("</section>")[0])
    assert sorted(told) == sorted(yaml.safe_load(path.read_text())["title"] for path in EXERCISES.glob("*.yaml"))


def test_home_promises_no_sealed_answers_while_no_question_has_one(
    practice: Practice, browser: Callable[..., Browser]
) -> None:
    used = [path for path in Path(clinic.__file__).parent.rglob("*.yaml") if "visibility: S" in path.read_text()]
    assert used == []
    assert "ealed" not in browser().get("/").text
