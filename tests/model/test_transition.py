"""Transitional lumbosacral anatomies: what the mesh shows of each type, and what the types have in common exactly."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.population import random_anatomy
from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.comparison.mirror_check import mirror_difference
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.measures.mesh_validity import validity_checks
from fem_lumbar.measures.transition import closed_gaps_mm, transition_nodes
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.meshing.cache import shipped_folder, shipped_name
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.meshing.quality import LOWEST_QUALITY
from fem_lumbar.meshing.sacral_morph import morphed_with_sacrum
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.meshing.transition import with_transition
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.shape.transition import transition_values
from fem_lumbar.simulation.simulation import Simulation

SCENARIOS = Path(__file__).parents[2] / "scenarios"
JOINT = ("segment.bodies=[L5, S1]", "solver.vertebrae=rigid", "materials.set=literature")
LEFT, RIGHT = "L5-S1.transition.left", "L5-S1.transition.right"
CASE = "lateral_bending_left"
AS_BONE = ("anatomy.lumbosacral.joint_modulus_MPa=3500", "anatomy.lumbosacral.joint_poisson_ratio=0.25")


def scenario(castellvi: str | None, side: str | None, *sets: str, cases: tuple[str, ...] = (CASE,)):
    kind = [f"anatomy.lumbosacral.{key}={value}" for key, value in (("castellvi", castellvi), ("side", side)) if value]
    return load_scenario(SCENARIOS / "lumbosacral_L3-S1.yaml", (*kind, *JOINT, *sets), list(cases), "test")


@cache
def mesh_of(castellvi: str | None, side: str | None = None) -> SegmentMesh:
    whole = scenario(castellvi, side, "segment.bodies=[L3, L4, L5, S1]")
    return scenario_mesh(whole)


@cache
def solved(castellvi: str | None, side: str | None = None, *sets: str, case: str = CASE) -> dict:
    found = Simulation(scenario(castellvi, side, *sets, cases=(case,)), mesh_of(castellvi, side)).run_case(case)
    assert found.summary["status"] == "converged"
    return found.summary


def bone_points(mesh: SegmentMesh, level: str) -> np.ndarray:
    return mesh.points[np.unique(mesh.cells[mesh.region_cells(f"{level}.cancellous", f"{level}.posterior")])]


@pytest.mark.parametrize(
    ("castellvi", "side", "layers"),
    [
        (None, None, set()),
        ("Ia", "left", set()),
        ("IIa", "left", {LEFT}),
        ("IIIb", None, {LEFT, RIGHT}),
        ("IV", "left", {LEFT, RIGHT}),
    ],
)
def test_what_the_mesh_shows_of_each_type(castellvi, side, layers):
    mesh = mesh_of(castellvi, side)
    assert {name for name in mesh.region_names if name.part in ("transition", "process", "crest")} == layers
    assert mesh.is_symmetric == (castellvi not in ("Ia", "IIa"))
    assert [check.name for check in validity_checks(mesh) if not check.passed] == []
    assert mesh.meta["minimum_quality"] >= 0.12


def test_an_enlarged_process_is_high_enough_and_clears_the_ala():
    whole = load_mesh(shipped_folder() / shipped_name("test", sacrum=True))
    new = whole.points[
        np.unique(whole.cells[whole.region_cells("L5.process.left", "L5.crest.left")])
    ]  # over and under the process
    frame = whole.frames["S1"]
    assert np.ptp(((new - frame[:3, 3]) @ frame[:3, :3])[:, 2]) >= 19.0  # the definition of type I
    gaps = {}
    for name, mesh in (("normal", mesh_of(None)), ("enlarged", mesh_of("Ia", "left"))):
        process = bone_points(mesh, "L5")
        ala = mesh.points[np.unique(mesh.surfaces["L5-S1.transition.left.lower"])]
        gaps[name] = cKDTree(process).query(ala)[0].min()
    assert gaps["normal"] > 5.0
    assert gaps["enlarged"] == pytest.approx(transition_values()["joint_mm"], abs=0.4)


def test_a_joint_of_bone_is_type_III_and_one_of_nothing_type_I():
    bony, bone = solved("IIa", "left", *AS_BONE), solved("IIIa", "left")
    assert bony["rotation_deg"] == bone["rotation_deg"] and bony["load_path"] == bone["load_path"]
    little = f"load_cases.{CASE}.moment_Nm=2"  # the gap stays open: nothing is not pressed to nothing
    nothing = solved("IIa", "left", "anatomy.lumbosacral.joint_modulus_MPa=1e-6", little)
    gap = solved("Ia", "left", little)
    for component, angle in gap["rotation_deg"]["L5-S1"].items():
        assert nothing["rotation_deg"]["L5-S1"][component] == pytest.approx(angle, abs=1e-5)
    assert nothing["transition"]["left"]["force_N"] < 1e-3 and "force_N" not in gap["transition"]["left"]
    assert bone["transition"]["left"]["force_N"] > 10.0


def test_a_process_of_type_I_that_enters_the_ala_is_told():
    """Nothing holds it back: the gap is 2 mm, and bending under a large moment would close it."""
    given = scenario("Ia", "left")
    segment = build_segment(given, kept_mesh(given, mesh_of("Ia", "left")))
    x, nodes = np.zeros(segment.n_dofs), transition_nodes(segment, "left", "upper")
    assert closed_gaps_mm(given, segment, x) == {"left": 0.0}
    ala = segment.mesh.points[segment.mesh.surfaces[f"{LEFT}.lower"]]
    down = area_vectors(ala).sum(axis=0)
    x[node_dofs(nodes[:, None])] = 3.0 * down / np.linalg.norm(down)
    assert closed_gaps_mm(given, segment, x)["left"] == pytest.approx(3.0 - transition_values()["joint_mm"], abs=0.2)
    joint = scenario("IIa", "left")
    assert closed_gaps_mm(joint, build_segment(joint, kept_mesh(joint, mesh_of("IIa", "left"))), x) == {}


def test_left_and_right_are_mirror_images():
    image = CASE.replace("left", "right")
    solutions = {CASE: solved("IIa", "left"), image: solved("IIa", "right", case=image)}
    left, right = (  # rigid bone leaves nothing but round-off to the arches
        {"load_cases": {name: {key: value for key, value in entry.items() if key != "mal"}}}
        for name, entry in solutions.items()
    )
    found = mirror_difference(left, right)
    assert abs(left["load_cases"][CASE]["rotation_deg"]["L5-S1"]["axial_rotation"]) > 1e-3  # it is not symmetric
    assert found.relative < 1e-8, found


def test_what_crosses_the_joint_is_counted():
    entry = solved("IIa", "left")
    carried = entry["load_path"]["L5-S1"]["carried"]["transition_left"]
    side = entry["transition"]["left"]
    assert side["force_N"] > 5.0 and abs(carried["moment_Nm"]["lateral_bending"]) > 0.1
    assert side["force_N"] ** 2 == pytest.approx(side["compression_N"] ** 2 + side["shear_N"] ** 2)
    assert [name for name, check in entry["checks"].items() if not check["passed"]] == []
    less = {kind: abs(solved(kind, side)["rotation_deg"]["L5-S1"]["lateral_bending"]) for kind, side in
            ((None, None), ("IIa", "left"), ("IIIa", "left"))}  # fmt: skip
    assert less[None] > less["IIa"] > less["IIIa"]


def test_iliolumbar_ligaments_weakened_and_absent():
    def areas(*sets: str) -> dict[str, float]:
        one = scenario("IIb", None, *sets)
        segment = build_segment(one, kept_mesh(one, mesh_of("IIb")))
        names = np.array(segment.strand_names["L5-S1"])
        return {name: float(segment.ligaments["L5-S1"].area[names == name].sum()) for name in set(names)}

    whole, less = areas(), areas("anatomy.lumbosacral.iliolumbar={left: weakened, right: absent}")
    assert less["IL_left"] == pytest.approx(0.5 * whole["IL_left"]) and "IL_right" not in less
    assert {name: area for name, area in less.items() if name[:2] != "IL"} == {
        name: area for name, area in whole.items() if name[:2] != "IL"
    }


def test_other_people_have_a_sacrum_that_follows_and_the_same_joint():
    template = load_mesh(shipped_folder() / shipped_name("test", sacrum=True))
    usual = Anatomy.model_validate(default_anatomy_values())
    unmoved = morphed_with_sacrum(template, usual, usual, LOWEST_QUALITY)
    np.testing.assert_allclose(unmoved.points, template.points, atol=1e-3)
    mesh = with_transition(
        morphed_with_sacrum(template, usual, random_anatomy(3), LOWEST_QUALITY), LumbosacralTransition(castellvi="IIb")
    )
    assert [check.name for check in validity_checks(mesh) if not check.passed] == []
    assert np.abs(mesh.frames["S1"] - template.frames["S1"]).max() > 0.5
    squeezed = morphed_with_sacrum(template, usual, random_anatomy(0), LOWEST_QUALITY)  # cells under a face repaired
    assert [check.name for check in validity_checks(squeezed) if not check.passed] == []
    thickness = {}
    for name, one in (("template", template), ("person", mesh)):
        upper, lower = (one.points[np.unique(one.surfaces[f"{LEFT}.{face}"])] for face in ("upper", "lower"))
        thickness[name] = float(np.median(cKDTree(upper).query(lower)[0]))
    assert thickness["person"] == pytest.approx(thickness["template"], rel=0.3)
