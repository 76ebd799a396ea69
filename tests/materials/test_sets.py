"""Parameter sets: shipped files are complete and in range; show and diff tell both sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.materials.parameters import default_material_values, material_set_head, material_set_names
from fem_lumbar.materials.tissues import Materials
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.parameter_sets import differences, in_range, named_set

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
FITTED = """\
schema_version: 1
parameter_set: {name: mine, keys: [materials.nucleus.c10_MPa], provenance: {calibration: c.yaml, created: 2026-01-01}}
materials: {set: literature, nucleus: {c10_MPa: 0.15}, annulus: {c10_MPa: 0.2}}
"""


@pytest.mark.parametrize("name", material_set_names())
def test_shipped_set_is_complete_and_in_range(name, tmp_path):
    Materials.model_validate(default_material_values(name))
    shown = named_set(name)
    assert shown.about
    assert [key for key, quantity in shown.quantities.items() if in_range(quantity) is False] == []
    assert all(shown.quantities[key].source for key in shown.own)
    path = tmp_path / "uses.yaml"
    path.write_text(f"schema_version: 1\nmaterials: {{set: {name}}}\nload_cases: {{flexion: {{moment_Nm: 1}}}}\n")
    scenario = load_scenario(path)
    assert not scenario.warnings and not scenario.set_warnings


def test_a_value_outside_what_is_published_is_told():
    given = load_scenario(BASELINE, sets=("materials.ligaments.SSL.prestrain=-0.5",))
    assert [line.split(" is ")[0] for line in given.warnings] == ["materials.ligaments.SSL.prestrain = -0.5"]


def test_a_set_says_only_what_differs():
    head = material_set_head("vinyas_2023")
    assert head.based_on == "literature" and len(head.own) == 9
    own, base = named_set("vinyas_2023"), named_set("literature")
    assert {key for key, _, _ in differences(base, own)} == set(head.own)
    changed, same = own.quantities["annulus.c10_MPa"], own.quantities["nucleus.c10_MPa"]
    assert "Vinyas 2023" in changed.source and changed.unit == "MPa" and changed.range == (0.035, 0.7)
    assert same == base.quantities["nucleus.c10_MPa"]


def test_unknown_set_names_the_nearest():
    with pytest.raises(InputError, match="did you mean gruber_2024"):
        named_set("gruber2024")


def test_diff_of_a_shipped_and_a_fitted_set(tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text(FITTED)
    assert main(["params", "diff", "literature", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["values"]
    assert set(told) == {"nucleus.c10_MPa", "annulus.c10_MPa"}
    before, after = told["nucleus.c10_MPa"]
    assert (before["value"], after["value"]) == (0.12, 0.15)
    assert after["source"] == "fitted: mine" and after["confidence"] == "calibrated" and after["in_range"]
    assert told["annulus.c10_MPa"][1]["source"] == "set in mine.yaml"


def test_tables(capsys):
    assert main(["params", "list"]) == 0
    assert main(["params", "show", "remus_2021"]) == 0
    assert main(["params", "diff", "literature", "oconnell_2009"]) == 0
    shown = capsys.readouterr().out
    assert "literature and oconnell_2009: 9 of" in shown and "remus_2021" in shown
    assert main(["params", "diff", "literature", "literature"]) == 0
    assert "0 of" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["params", "show", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["params", "diff", "literature", "defualt"], "did you mean default?"),
    ],
)
def test_wrong_sets_are_exit_2(arguments, expected, capsys):
    assert main(arguments) == 2
    assert expected in capsys.readouterr().err


def test_file_that_is_no_set(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("schema_version: 1\n")
    with pytest.raises(InputError, match="not a parameter set: no materials"):
        named_set(str(path))
    path.write_text("materials: {nucleus: {c11_MPa: 1}}\n")
    with pytest.raises(InputError, match=r"a.yaml:1: materials.nucleus.c11_MPa: 1 is not a value"):
        named_set(str(path))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("hello", "a.yaml:1: parameter_set: "),
        ("{name: x, keys: 5}", "a.yaml:1: parameter_set.keys: "),
        ("{}", "name: Field required"),
    ],
)
def test_wrong_words_about_a_fitted_set(told, expected, tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(f"parameter_set: {told}\nmaterials: {{nucleus: {{c10_MPa: 0.1}}}}\n")
    with pytest.raises(InputError) as caught:
        named_set(str(path))
    assert expected in str(caught.value)
