"""The hash of the program covers what computes and writes results, and nothing that only words or draws them."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import fem_lumbar
from fem_lumbar.runs.provenance import MAKES_RESULTS, program_files, program_sha256

ROOT = Path(fem_lumbar.__file__).parent
WORDING = (
    "fem_lumbar.cli.run",
    "fem_lumbar.cli.main",
    "fem_lumbar.documents.figures",
    "fem_lumbar.documents.summary_text",
    "fem_lumbar.documents.style",
    "fem_lumbar.documents.scenes",
)
"""What words and draws results, and asks for them."""


def module_file(name: str) -> Path | None:
    place = ROOT.joinpath(*name.split(".")[1:])
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def imported(node: ast.AST) -> Iterator[str]:
    """Names below ``fem_lumbar`` that a module imports when it runs, in functions too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.ImportFrom) and (child.module or "").startswith("fem_lumbar"):
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        yield from imported(child)


def reached(start: str) -> set[Path]:
    """Files that a module imports, directly or not."""
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        path = module_file(waiting.pop())
        if path is not None and path not in found:
            found.add(path)
            waiting += imported(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_all_that_a_run_imports_is_covered():
    covered = set(program_files(ROOT))
    missing = {path.relative_to(ROOT).as_posix() for path in reached("fem_lumbar.runs.execution") - covered}
    assert missing == set(), "add them, or their package, to MAKES_RESULTS"


@pytest.mark.parametrize("name", MAKES_RESULTS)
def test_every_name_is_a_package_or_module(name):
    place = ROOT.joinpath(*name.split(".")[1:])
    assert place.is_dir() or place.with_suffix(".py").is_file()


@pytest.mark.parametrize("name", WORDING)
def test_wording_is_not_covered(name):
    path = module_file(name)
    assert path is not None and path not in program_files(ROOT)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the files of the program that may be changed."""
    kept = shutil.ignore_patterns("__pycache__", "*.npz", "*.json")
    shutil.copytree(ROOT, tmp_path / "fem_lumbar", ignore=kept)
    monkeypatch.setattr(fem_lumbar, "__file__", str(tmp_path / "fem_lumbar" / "__init__.py"))
    return tmp_path / "fem_lumbar"


@pytest.mark.parametrize(
    ("name", "decides"),
    [
        ("fem_lumbar.mechanics.contact", True),
        ("fem_lumbar.runs.provenance", True),
        ("anatomy/data/fascicles.csv", True),
        ("materials/data/default.yaml", True),
        ("fem_lumbar.cli.run", False),
        ("fem_lumbar.documents.figures", False),
        ("runs/data/outputs.yaml", False),
        ("scenario/data/key_words.yaml", False),
    ],
)
def test_hash_changes_with_what_makes_results_alone(copy, name, decides):
    before = program_sha256.__wrapped__()
    path = copy / (module_file(name) or ROOT / name).relative_to(ROOT)
    path.write_text(path.read_text(encoding="utf-8") + "\n# a word\n", encoding="utf-8")
    assert (program_sha256.__wrapped__() != before) is decides
