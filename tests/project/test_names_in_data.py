"""Names of bodies and joints are data: no module spells one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import fem_lumbar

PACKAGE = Path(fem_lumbar.__file__).parent
NAME = re.compile(r"(?<![A-Za-z0-9])(?:[LT]\d{1,2}|S1)(?![A-Za-z0-9])(?! norm)")
"""A lumbar, thoracic or sacral level that is no part of a longer word; the L2 norm is none."""


def spelled(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every name and every text, but for docstrings, that spells a level."""
    tree = ast.parse(source)
    docstrings = {
        id(statement.value)
        for node in ast.walk(tree)
        for statement in (node.body if isinstance(getattr(node, "body", None), list) else ())
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            text = node.value
        elif isinstance(node, ast.Name):
            text = node.id
        elif isinstance(node, ast.Attribute):
            text = node.attr
        else:
            continue
        if NAME.search(text.replace("_", " ")):
            yield node.lineno, text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = "L4"', True), ('f"{a}.L3-L4"', True), ("anatomy.levels.L5", True), ('x = "atrophy_L5_left"', True),
        ('x = "error in the L2 norm"', False), ('def f():\n    """Such as L4."""', False), ('x = "XL4"', False),
    ],
)  # fmt: skip
def test_the_test_itself(source, found):
    assert bool(list(spelled(source))) is found


def test_no_module_spells_a_level():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text[:80]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in spelled(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)
