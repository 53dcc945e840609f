"""From YAML to a checked Definition. What is wrong is said with the file, the field and the reason."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from clinic.questionnaires.building import build
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.errors import DefinitionError
from clinic.questionnaires.soundness import find_fault

Body = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML in which `yes`, `no` and dates are plain text, as in YAML 1.2, and a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(problem=f"the key {twice!r} stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def load_file(path: Path) -> tuple[Definition, Body]:
    """The definition in one YAML file, with the checked body to store; raises DefinitionError."""
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 -- a SafeLoader underneath
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DefinitionError(path.name, "the file", f"is not YAML: {error}") from error
    return load_body(body, path.name), body


def load_folder(folder: Path) -> list[tuple[Definition, Body]]:
    """Every definition of a folder by file name; raises DefinitionError for the first unsound one."""
    return [load_file(path) for path in sorted(folder.glob("*.yaml"))]


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
def _schema() -> Draft202012Validator:
    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _weight(error: ValidationError) -> tuple[bool, int]:
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
