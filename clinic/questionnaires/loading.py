"""From a body to a checked Definition. What is wrong is said with its source, the field and the reason."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinic.questionnaires.building import build
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.errors import DefinitionError
from clinic.questionnaires.soundness import find_fault

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

Body = dict[str, Any]


def load_body(body: object, name: str) -> Definition:
    """The definition that a stored or parsed body spells; `name` is what an error calls its source."""
    fault = min(_schema().iter_errors(body), key=_weight, default=None)
    if fault is not None:
        raise DefinitionError(name, _place(body, list(fault.absolute_path)), fault.message)
    assert isinstance(body, dict)  # noqa: S101 -- the schema has just said so
    definition = build(body, sha256(body))
    unsound = find_fault(definition)
    if unsound is not None:
        raise DefinitionError(name, *unsound)
    return definition


def canonical_bytes(body: Body) -> bytes:
    """The bytes that stand for a body whatever the spacing, comments and order of keys in its file."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha256(body: Body) -> str:
    """The SHA-256 of the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(canonical_bytes(body)).hexdigest()


@cache
def _schema() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- three megabytes, where a form or an exercise is opened

    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _weight(error: "ValidationError") -> tuple[bool, int]:
    # "Unevaluated" comes along with every deeper fault of a field, so the deeper fault explains more.
    return error.validator == "unevaluatedProperties", -len(error.absolute_path)


def _place(body: object, path: list[str | int]) -> str:
    """The path in words: keys of fields instead of their numbers, for example `field chosen, at_most`."""
    words: list[str] = []
    here: Any = body
    for step in path:
        here = here[step]
        if isinstance(step, str) and step not in ("sections", "fields", "options"):
            words.append(step)
        elif isinstance(step, int):
            named = here.get("key") or here.get("code") or here.get("title") if isinstance(here, dict) else None
            words.append(str(named or step + 1))
    return " > ".join(words) or "the file"
