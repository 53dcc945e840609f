"""Crisis lines by country, read once from `crisis_lines.toml`. A country that is not in it gets those for anywhere."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("crisis_lines.toml")
ELSEWHERE: Final = "elsewhere"
VIOLENCE: Final = "violence"


@dataclass(frozen=True, slots=True)
class Line:
    """One line. What it does not offer is empty; `word` is what to text to it; `topic` says for whom it is."""

    name: str
    hours: str
    call: str = ""
    text: str = ""
    word: str = ""
    site: str = ""
    topic: str = ""

    @property
    def dialled(self) -> str:
        """The number as a telephone link has it."""
        return self.call.replace("-", "")


@dataclass(frozen=True, slots=True)
class Country:
    """What a page says about danger in one country. `emergency` is the number, empty where we know none."""

    footer: str
    danger: str
    emergency: str
    lines: tuple[Line, ...]

    def about(self, topics: frozenset[str]) -> tuple[Line, ...]:
        """The lines for everybody, and those for these topics."""
        return tuple(each for each in self.lines if not each.topic or each.topic in topics)


def lines_in(country: str) -> Country:
    """What holds in the country of that code."""
    known = _countries()
    return known.get(country, known[ELSEWHERE])


def footer_in(country: str) -> str:
    """The sentence at the foot of every page."""
    return lines_in(country).footer


@cache
def _countries() -> dict[str, Country]:
    found: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        code: Country(**each | {"lines": tuple(Line(**line) for line in each["lines"])}) for code, each in found.items()
    }
