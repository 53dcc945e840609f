"""The house rules that a machine can hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*(ROOT / "clinic").rglob("*.py"), *(ROOT / "worker").rglob("*.py")])
TEMPLATES = sorted((ROOT / "clinic" / "templates").rglob("*.html"))
LONGEST_FUNCTION, LONGEST_MODULE = 45, 350
VAGUE_NAMES = {"utils", "helpers", "manager", "misc", "common", "data"}
LAYERS = {"views", "forms", "service", "mails", "queries", "models", "rules", "errors"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def definitions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert ast.get_docstring(tree), "a module says in one line what it is for"
    assert source.count("\n") <= LONGEST_MODULE
    assert path.stem not in VAGUE_NAMES
    for node in definitions(tree):
        assert node.end_lineno is not None
        if not isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, f"{node.name} is long"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_public_functions_say_what_they_promise(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_time_comes_from_the_clock_and_never_from_the_database(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if path.name != "clock.py" and "standalone" not in path.parts:
        assert not re.search(r"datetime\.now\(|utcnow\(|date\.today\(", source)
    assert not re.search(r"func\.now\(|CURRENT_TIMESTAMP|\bnow\(\)::", source)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_services_never_commit(path: Path) -> None:
    if path.parts[-2:] != ("database", "session.py"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"session\.commit\(|\.session\.rollback\(\)", source) or named(path) in {
            "clinic/app.py",
            "clinic/web/health.py",
        }


def test_nobody_imports_views_but_the_application() -> None:
    importers = {
        named(path)
        for path in MODULES
        if re.search(r"^(from|import) .*\bviews\b|^from \S*views import", path.read_text(encoding="utf-8"), re.M)
    }
    assert importers == {"clinic/features.py"}


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_obey_the_content_policy(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"<[a-z][^>{]*\sstyle\s*=", source), "no inline style"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source), "no inline handler"
    assert "<script>" not in source
    assert "|safe" not in source.replace(" ", ""), "what a person typed is never markup"


def test_no_words_of_the_workshop() -> None:
    """The project speaks of itself alone: no path of a machine, no host of a registry."""
    forbidden = re.compile("|".join(("/wo" + "rk/", "/ho" + "me/", "pypi" + r"\.org", "npmjs" + r"\.org")))
    for path in [*MODULES, *TEMPLATES, *ROOT.glob("*.md"), *(ROOT / "requirements").iterdir()]:
        assert not forbidden.search(path.read_text(encoding="utf-8")), named(path)
