"""docker-compose.yml as a container engine would read it: extensions merged, variables filled in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "BASE_URL": "https://clinic.example",
    "MAIL_URL": "smtp://mail:1025",
    "MAIL_FROM": "practice@clinic.example",
}
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rest>:[-?][^}]*)?\}")


class MissingVariableError(Exception):
    """A variable that the file insists on has no value; the message is the file's own."""


def composition(variables: Mapping[str, str] = SETTINGS) -> dict[str, Any]:
    """The whole file under these variables. Raises MissingVariableError."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    filled: dict[str, Any] = _fill(loaded, variables)
    return filled


def _fill(part: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _fill(value, variables) for key, value in part.items()}
    if isinstance(part, list):
        return [_fill(value, variables) for value in part]
    if isinstance(part, str):
        return _VARIABLE.sub(lambda found: _value(found["name"], found["rest"] or "", variables), part)
    return part


def _value(name: str, rest: str, variables: Mapping[str, str]) -> str:
    if variables.get(name):
        return variables[name]
    if rest.startswith(":?"):
        raise MissingVariableError(f"{name}: {rest[2:]}")
    return rest[2:]
