"""Linear forecast of a sweep against the runs that it forecasts, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.materials.parameters import default_material_values
from fem_lumbar.measures.quantities import numbers
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario, with_values
from fem_lumbar.sensitivity.forecast import forecasts
from fem_lumbar.sensitivity.parameters import Parameter, parameters
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives
from fem_lumbar.simulation.simulation import Simulation

DISC = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"
BASELINE = DISC.with_name("baseline.yaml")
CASE, GROUND = "compression", "materials.annulus.c10_MPa"
MAIN = ("rotation_deg.L4-L5.flexion", "idp_MPa.L4-L5", "disc_shortening_mm.L4-L5")
COMMON = ["--density", "test", "--cases", CASE, "--quiet"]


def table(kinks=None, derivatives=((2.0, 0.0), (-1.0, np.nan))):
    slopes = np.array(derivatives)
    found = CaseDerivatives(
        [("idp_MPa", "L4-L5"), ("disc_shortening_mm", "L4-L5")],
        np.array([1.0, 3.0]),
        slopes,
        np.array([[0.1, 0.0], [0.0, 0.0]]),
        kinks or {},
    )
    return Derivatives("made up", "test", [Parameter("a", 5.0), Parameter("b", 1.0)], {"flexion": found})


def test_parts_and_their_errors_add():
    pressure, shortening = forecasts(table({0: "L4-L5 LF slackens"}), {"a": 5.1, "b": 0.9})
    assert [one.change for one in pressure.parts] == pytest.approx([0.2, 0.1])
    assert pressure.value == pytest.approx(1.3)
    assert pressure.error == pytest.approx(0.1 * 0.1 + 0.01 * 0.1)  # stated, and what is verified where that is more
    assert pressure.kink == "L4-L5 LF slackens" and not pressure.is_beyond_linear
    assert np.isnan(shortening.value)  # with b it comes or goes


def test_a_kink_of_a_number_that_does_nothing_is_none():
    pressure, shortening = forecasts(table({0: "L4-L5 LF slackens"}), {"a": 6.0, "b": 1.0})
    assert shortening.kink == "" and shortening.change == 0.0 and shortening.error == 0.0
    assert pressure.is_beyond_linear


def test_forecast_is_what_runs_give(tmp_path):
    """A modulus of the annulus changed by 2 % each way: within 3 % of the change, as far as results bend."""
    base = load_scenario(DISC, ["mesh.density=test"], [CASE])
    values = [round(base.materials.annulus.c10_MPa * (1.0 + step), 8) for step in (-0.02, 0.02)]
    sweep = f"{GROUND}={values[0]},{values[1]}"
    assert main(["sweep", str(DISC), *COMMON, "--sweep", sweep, "--forecast", "--out", str(tmp_path)]) == 0
    with (tmp_path / "forecast.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert not any(tmp_path.glob("*/summary.json"))  # nothing was run
    for value in values:
        changed = with_values(base, {GROUND: value})
        found = Simulation(changed, scenario_mesh(changed, str)).run_case(CASE)
        run = {".".join(path): number for path, number in numbers(found.summary).items()}
        told = {row["quantity"]: row for row in rows if float(row[f"set:{GROUND}"]) == value}
        for name in MAIN:
            change = run[name] - float(told[name]["base"])
            assert float(told[name]["change"]) == pytest.approx(change, rel=3e-2), name


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("muscles.scale.L5.left", 1.0),
        ("muscles.fat_fraction.L4.right", 0.0),
        ("anatomy.left.joints.L4-L5.facet_angle_deg", 42.1633),
        ("mal.L5.left.fibrous_modulus_MPa", 100.0),
        ("materials.joints.L4-L5.annulus.c10_MPa", default_material_values()["annulus"]["c10_MPa"]),
    ],
)
def test_values_of_one_place_start_from_that_of_all(key, value):
    (one,) = parameters(load_scenario(BASELINE), [key])
    assert one.value == pytest.approx(value) and one.range is not None


REFUSED = {
    "state": (["mal.L5.left.state=fibrous,type_III"], "fibrous is not a number"),
    "setting": (["mesh.disc_mm=3,4"], "mesh.disc_mm: no forecast"),
    "two at once": (["mal.L5.left.state=fibrous,type_III", "segment.bodies=[L4,L5]"], "2 problems in the forecast"),
    "value and what it stands in for": (
        [f"{GROUND}=0.03,0.04", "materials.joints.L4-L5.annulus.c10_MPa=0.03,0.04"],
        f"it stands in for {GROUND}",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_keys_without_derivative_are_refused_by_name(tmp_path, capsys, name):
    sweeps, told = REFUSED[name]
    options = [text for sweep in sweeps for text in ("--sweep", sweep)]
    assert main(["sweep", str(BASELINE), *options, "--forecast", "--quiet", "--out", str(tmp_path)]) == 2
    complaint = capsys.readouterr().err
    assert told in complaint and "Traceback" not in complaint
    assert f"--sweep {sweeps[0].split('=')[0]}=" in complaint or name == "value and what it stands in for"
    assert not (tmp_path / "forecast.csv").exists()


def test_options_of_runs_do_not_go_with_a_forecast(tmp_path, capsys):
    options = ["--sweep", f"{GROUND}=0.03,0.04", "--forecast", "--pictures", "--quiet", "--out", str(tmp_path)]
    assert main(["sweep", str(DISC), *options]) == 2
    assert "--pictures is for points that are run; --forecast runs none" in capsys.readouterr().err
