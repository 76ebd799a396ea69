"""Python that the pages print: it compiles; docs/python.md and docs/fields.md are run by ``tests/api/test_docs.py``."""

from __future__ import annotations

import ast

import pytest

from fem_lumbar.runs.outputs import column_definition
from tests.docs.pages import blocks

RUN_ELSEWHERE = {"README.md", "python.md", "fields.md"}
"""Pages whose blocks need a run of the model; ``tests/api/test_docs.py`` makes one and runs them."""
COLUMNS = {f"facet_force_N.L4-L5.{side}": [60.0, 61.0] for side in ("left", "right")}


@pytest.mark.parametrize("block", list(blocks("python", "py")), ids=str)
def test_python_compiles(block):
    ast.parse(block.text)


def test_figure_of_the_first_study(tmp_path, monkeypatch):
    """Drawn from a table with the columns of a sweep."""
    import pandas

    (block,) = (one for one in blocks("python") if one.page.name not in RUN_ELSEWHERE)
    assert block.page.name == "first_study.md"
    assert all(column_definition(name) is not None for name in COLUMNS)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "first_study"
    folder.mkdir(parents=True)
    table = pandas.DataFrame({"set:muscles.scale.L5.left": [1.0, 0.7], **COLUMNS})
    table.to_csv(folder / "table.csv", index=False)
    exec(compile(block.text, str(block), "exec"), {})
    assert (tmp_path / "first_study.png").stat().st_size > 10_000
