"""The modulus of an arch: one key for its fibrous part, one for its bone in every state; the old key is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fem_lumbar.runs.run import Run
from fem_lumbar.scenario.earlier_keys import in_keys_of_today
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
FIBROUS, BONE = "fibrous_modulus_MPa", "bone_modulus_MPa"


@pytest.mark.parametrize(
    ("arch", "way_out"),
    [
        ("state: type_III, modulus_MPa: 100", BONE),
        ("state: fibrous, modulus_MPa: 100", FIBROUS),
        ("modulus_MPa: 100", FIBROUS),
        ("state: type_I, modulus_MPa: 100", f"{FIBROUS} or {BONE}"),
        ("state: type_I, ossified_fraction: 1, modulus_MPa: 100", BONE),
        ("state: type_III, ossified_fraction: 0.9, modulus_MPa: 100", f"{FIBROUS} or {BONE}"),
        ("state: absent, modulus_MPa: 100", "no value"),
        ("state: type_II, ossified_modulus_MPa: 3500", BONE),
    ],
)
def test_old_key_is_refused_with_the_one_to_use(tmp_path, arch, way_out):
    path = tmp_path / "a.yaml"
    path.write_text(f"extends: {BASELINE}\nmal: {{L5: {{left: {{{arch}}}}}}}\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert f"a.yaml:2: mal.L5.left.{'ossified_' if 'ossified_m' in arch else ''}modulus_MPa: " in str(caught.value)
    assert str(caught.value).splitlines()[-1] == f"    allowed: {way_out}"


def test_the_removed_template_is_refused_with_the_one_to_write(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(f"extends: {BASELINE}\nanatomy:\n  source: parametric\n  levels: {{L4: {{pedicle_width_mm: 9}}}}\n")
    for sets, origin in (((), f"{path}:3"), (("anatomy.source=parametric",), "--set anatomy.source=parametric")):
        with pytest.raises(ScenarioError) as caught:
            load_scenario(path, sets)
        (problem,) = caught.value.problems
        told, allowed = str(problem).splitlines()
        assert told.startswith(f"{origin}: anatomy.source: parametric: ") and "removed in version 0.1.0" in told
        assert allowed.startswith("    allowed: smooth, ")


def test_old_key_as_an_option_is_refused():
    with pytest.raises(
        ScenarioError, match=r"--set mal.L5.left.modulus_MPa=100: mal.L5.left.modulus_MPa: ambiguous: the modulus"
    ):
        load_scenario(BASELINE, ["mal.L5.left.state=type_III", "mal.L5.left.modulus_MPa=100"])


def test_a_grid_of_states_and_moduli_does_not_confound():
    """The same key is the same modulus in every state; without such a tissue it is refused or said to do nothing."""
    for state in ("fibrous", "type_I", "type_II"):
        arch = load_scenario(BASELINE, [f"mal.L5.left.state={state}", f"mal.L5.left.{FIBROUS}=100"]).mal["L5"]["left"]
        assert (arch.fibrous_modulus_MPa, arch.bone_modulus_MPa) == (100, None)
    with pytest.raises(ScenarioError, match="there is no fibrous part"):
        load_scenario(BASELINE, ["mal.L5.left.state=type_III", f"mal.L5.left.{FIBROUS}=100"])
    for state in ("type_I", "type_II", "type_III"):
        arch = load_scenario(BASELINE, [f"mal.L5.left.state={state}", f"mal.L5.left.{BONE}=900"]).mal["L5"]["left"]
        assert (arch.fibrous_modulus_MPa, arch.bone_modulus_MPa) == (None, 900)
    told = load_scenario(BASELINE, [f"mal.L5.left.{BONE}=900"]).warnings
    assert f"mal.L5.left.{BONE} has no effect: nothing of it is ossified" in told


def test_stored_runs_with_the_old_keys_are_read(tmp_path):
    stored = {
        "mal": {
            "L4": {"left": {"state": "type_I", "modulus_MPa": 60.0, "ossified_modulus_MPa": 500.0}},
            "L5": {"left": {"state": "type_III", "ossified_modulus_MPa": 3500.0}},
        }
    }
    (tmp_path / "scenario.resolved.yaml").write_text(yaml.safe_dump(stored))
    arches = Run(tmp_path, {}).resolved["mal"]
    assert arches["L4"]["left"] == {"state": "type_I", FIBROUS: 60.0, BONE: 500.0}
    assert arches["L5"]["left"] == {"state": "type_III", BONE: 3500.0}


def test_scenarios_of_today_are_read_as_they_are():
    resolved = load_scenario(BASELINE, [f"mal.L5.left.{FIBROUS}=60"]).resolved()
    assert in_keys_of_today(resolved) == resolved
    assert in_keys_of_today({"name": "without arches"}) == {"name": "without arches"}
