"""The examples of docs/python.md and of the README, run as they are printed, at the density `test`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page):
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


@pytest.fixture
def beside_scenarios(tmp_path, monkeypatch):
    """A folder from which ``scenarios/`` is found and into which results go."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def executed(page, names=None):
    names = {} if names is None else names
    for number, code in enumerate(blocks(page)):
        exec(compile(code, f"{page}, block {number + 1}", "exec"), names)
    return names


def test_examples_of_the_page(beside_scenarios, capsys):
    names = executed("docs/python.md")
    run, comparison, sweep = (names[name] for name in ("run", "comparison", "sweep"))
    assert run.completed and list(run.cases) == ["flexion"] and run.density == "test"
    assert run.scenario == names["scenario"]
    assert run.folder == Path("results/baseline")

    table = run.table()
    assert {"rotation_deg", "idp_MPa", "facet_force_N"} <= set(table["kind"])
    row = table.set_index("quantity").loc["rotation_deg.L4-L5.flexion"]
    assert row["value"] == run.cases["flexion"]["rotation_deg"]["L4-L5"]["flexion"] > 1.0
    assert (row["unit"], row["sign"] != "") == ("°", True)
    assert "not defined" not in set(table["definition"])

    assert names["grid"].n_points == len(run.field_arrays("flexion").points)
    assert all(one.passed and one.margin > 0.0 for one in run.checks)
    assert run.worst_check.margin == min(one.margin for one in run.checks)
    assert run.pictures["moment_rotation"]._repr_png_().startswith(b"\x89PNG")
    assert "idp_MPa.L4-L5" in run._repr_html_() and "data:image/png" in run._repr_html_()

    assert "mal.L5.left.state" in comparison.changes
    assert len(comparison.table()) == len(comparison.found.differences) > 100
    assert "<svg" not in comparison._repr_html_() and "data:image/svg+xml" in comparison._repr_html_()

    assert [point.status for point in sweep.points] == ["completed", "completed"]
    pressure = sweep.table().set_index("set:materials.nucleus.c10_MPa")["idp_MPa.L4-L5"]
    assert pressure[0.08] != pressure[0.12]
    assert sweep.run(sweep.points[0]).completed
    (code,) = blocks("docs/fields.md")  # of a run of standing there; this one has flexion
    read: dict = {}
    exec(compile(code.replace("standing", "flexion"), "docs/fields.md", "exec"), read)
    assert 0 < read["annulus"].n_cells < read["tissue"].n_cells and read["lines"].n_cells > 0

    told = capsys.readouterr().out
    assert "--set mal.L5.left.state=type_3: mal.L5.left.state" in told and "did you mean type_I or type_II?" in told


def test_example_of_the_readme_is_part_of_the_page():
    (code,) = blocks("README.md")
    lines = [line for line in code.splitlines() if line]
    page = "".join(blocks("docs/python.md")).splitlines()
    assert lines and all(line in page for line in lines)
