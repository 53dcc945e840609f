"""Definitions as YAML files, which only an installation reads. What is wrong is said with the file and the reason."""

import re
from pathlib import Path
from typing import Any

import yaml

from clinic.questionnaires.definition import Definition
from clinic.questionnaires.errors import DefinitionError
from clinic.questionnaires.loading import Body, load_body


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


def read_yaml(path: Path) -> Any:
    """What a YAML file spells; raises DefinitionError where it is none."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 -- a SafeLoader underneath
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DefinitionError(path.name, "the file", f"is not YAML: {error}") from error


def load_file(path: Path) -> tuple[Definition, Body]:
    """The definition in one YAML file, with the checked body to store; raises DefinitionError."""
    body = read_yaml(path)
    return load_body(body, path.name), body


def load_folder(folder: Path) -> list[tuple[Definition, Body]]:
    """Every definition of a folder by file name; raises DefinitionError for the first unsound one."""
    return [load_file(path) for path in sorted(folder.glob("*.yaml"))]
