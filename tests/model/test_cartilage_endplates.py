"""Cartilaginous endplates: a layer that fills the room the disc gives up, and what it does to a disc."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.tetrahedra import mean_ratio, signed_volumes
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.meshing.cartilage_endplates import UNCOVERED_BELOW, layer_region, with_cartilage_endplates
from fem_lumbar.meshing.narrowing import narrowed
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.meshing.quality import LOWEST_QUALITY
from fem_lumbar.model.segment import build_segment
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.sensitivity.parameters import parameters
from fem_lumbar.sensitivity.variation import Model, Variations
from fem_lumbar.simulation.simulation import Simulation

PLAIN = "structures.cartilage_endplates=false"
BASELINE = Path(__file__).parents[2] / "scenarios/baseline.yaml"
JOINTS = ("L3-L4", "L4-L5")
DISC = Path(__file__).parents[2] / "fem_lumbar/experiments/validation/protocols/disc_compression.yaml"


def outer_faces(mesh) -> np.ndarray:
    """Faces (k, 3) that one cell alone has, each with its lowest node first."""
    faces = np.sort(mesh.cells[:, [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]].reshape(-1, 3), axis=1)
    each, uses = np.unique(faces, axis=0, return_counts=True)
    assert uses.max() == 2
    return each[uses == 1]


@pytest.fixture(scope="module")
def layered(mesh):
    return with_cartilage_endplates(mesh, dict.fromkeys(JOINTS, 0.6), linear_bone=True)


def test_layers_fill_what_the_discs_give_up(mesh, layered):
    plain = mesh
    volumes = signed_volumes(layered.points, layered.cells)
    assert volumes.min() > 0.0
    assert volumes.sum() == pytest.approx(signed_volumes(plain.points, plain.cells).sum(), rel=1e-12)
    assert mean_ratio(layered.points, layered.cells).min() > LOWEST_QUALITY
    assert np.array_equal(outer_faces(layered), outer_faces(plain))  # conforming inside, and nothing new outside
    assert layered.is_symmetric
    bone = [name for name in plain.region_names if name.is_bone]
    assert np.array_equal(layered.cells[layered.region_cells(*bone)], plain.cells[plain.region_cells(*bone)])
    assert np.array_equal(layered.points[: len(plain.points)][np.unique(plain.cells[plain.region_cells(*bone)])],
                          plain.points[np.unique(plain.cells[plain.region_cells(*bone)])])  # fmt: skip


@pytest.mark.parametrize("joint", JOINTS)
def test_layers_are_as_thick_as_asked_and_leave_the_rim(mesh, layered, joint):
    """Volume over covered area is the thickness, less what runs out at the border."""
    plain = mesh
    upper, lower = joint.split("-")
    wall = np.unique(layered.surfaces[f"{joint}.annulus.outer"])
    for end, plate in (("cranial", f"{upper}.endplate.inferior"), ("caudal", f"{lower}.endplate.superior")):
        cells = layered.cells[layered.region_cells(layer_region(joint, end))]
        assert np.isin(wall, layered.cells[layered.region_cells(f"{joint}.annulus")]).all()
        triangles = plain.surfaces[plate]
        area = np.linalg.norm(area_vectors(plain.points[triangles]), axis=1).sum()
        assert 0.4 < signed_volumes(layered.points, cells).sum() / area < 0.6
        nucleus = np.unique(plain.cells[plain.region_cells(f"{joint}.nucleus")])
        inner = np.setdiff1d(np.intersect1d(triangles, nucleus),
                             plain.cells[plain.region_cells(f"{joint}.annulus")])  # fmt: skip
        twins = np.setdiff1d(cells, triangles)
        away = np.linalg.norm(layered.points[twins][:, None] - plain.points[inner], axis=2).min(axis=0)
        assert away == pytest.approx(0.6, abs=1e-9)


def test_layers_that_cells_are_too_coarse_or_a_disc_too_low_for_are_refused(mesh, monkeypatch):
    with pytest.raises(AnatomyError, match=r"L4-L5: cells of a cartilaginous endplate 0\.05 mm .* make it thicker"):
        with_cartilage_endplates(mesh, {"L4-L5": 0.05}, linear_bone=True)
    low = narrowed(mesh, {"L4-L5": 0.6})  # 29 % of the place stays bare
    monkeypatch.setattr("fem_lumbar.meshing.cartilage_endplates.LEAST_COVERED", 0.8)
    with pytest.raises(AnatomyError, match=r"L4-L5: the disc beside a cartilaginous endplate .* make it thinner"):
        with_cartilage_endplates(low, {"L4-L5": 0.6}, linear_bone=True)


def test_bare_places_of_a_low_disc_are_told(mesh):
    lines: list[str] = []
    with_cartilage_endplates(mesh, {"L4-L5": 0.6}, True, lines.append)
    assert not lines
    with_cartilage_endplates(narrowed(mesh, {"L4-L5": 0.6}), {"L4-L5": 0.6}, True, lines.append)
    assert re.fullmatch(r"L4-L5: cartilaginous endplates leave \d\d% of their place bare, where .*", lines[0])


@pytest.mark.parametrize(
    "sets",
    [
        ("segment.bodies=[L4,L5,S1]", "structures.removed_nuclei=[L4-L5]"),
        ("degeneration.L4-L5.disc=3",),
        ("materials.cartilage_endplate.thickness_mm=0.3", "anatomy.posterior_cleft.L5=midline"),
        ("materials.cartilage_endplate.thickness_mm=1.0", "ossification.L4-L5.ALL={bridge: true, thickness_mm: 6}"),
    ],
)
def test_layers_go_with_other_changes_of_a_segment(sets):
    """A node around which cells would be flat is left on the bone, with its mirror image."""
    mesh = scenario_mesh(load_scenario(BASELINE, sets, density="test"))
    layers = [name for name in mesh.region_names if name.part == "cartilage_endplate"]
    assert len(layers) == 4
    assert mesh.is_symmetric
    own = mesh.region_cells(*layers, *(name for name in mesh.region_names if name.part in ("annulus", "nucleus")))
    assert mean_ratio(mesh.points, mesh.cells[own]).min() > UNCOVERED_BELOW
    assert np.unique(np.sort(mesh.cells, axis=1), axis=0).shape == mesh.cells.shape


def test_a_mesh_that_moves_a_little_keeps_its_layers():
    """Measures move the cells of a run; doubled steps move them twice as far."""
    scenario = load_scenario(BASELINE, density="test")
    by_key = {one.key: one for one in parameters(scenario)}
    thickness = by_key["materials.cartilage_endplate.thickness_mm"]
    assert thickness.moves_mesh
    base = build_segment(scenario, scenario_mesh(scenario))
    variations = Variations(Model(scenario, base), lambda line: None)
    layers = [name for name in base.mesh.region_names if name.part == "cartilage_endplate"]
    bone = base.mesh.region_cells("L3.cancellous", "L4.cancellous", "L5.cancellous")
    twins = np.setdiff1d(base.mesh.cells[base.mesh.region_cells(*layers)], base.mesh.cells[bone])
    for parameter in (thickness, by_key["anatomy.joints.L4-L5.disc_height_anterior_mm"]):
        once, twice = (
            variations.at(parameter, parameter.value + n * parameter.step).segment.mesh.points - base.mesh.points
            for n in (1, 2)
        )
        assert twice == pytest.approx(2.0 * once, abs=2e-3 * np.abs(once).max())
    thicker = variations.at(thickness, thickness.value + 0.01).segment.mesh.points - base.mesh.points
    assert np.linalg.norm(thicker[twins], axis=1).max() == pytest.approx(0.01, rel=1e-3)


def test_disc_on_cartilage_is_less_stiff_and_in_balance():
    """The stiffness between 500 and 1000 N falls, and force and load path still balance: all checks pass."""
    shortening = {}
    for name, sets in {"bone": (PLAIN,), "cartilage": ()}.items():
        scenario = load_scenario(DISC, sets, density="test")
        simulation = Simulation(scenario, scenario_mesh(scenario), near_earlier_runs=False)
        found = [simulation.run_case(f"compression_{load}N").summary for load in (500, 1000)]
        assert all(one["status"] == "converged" for one in found)
        assert all(check["passed"] for one in found for check in one["checks"].values())
        shortening[name] = np.diff([one["disc_shortening_mm"]["L4-L5"] for one in found])[0]
    assert 1.05 < shortening["cartilage"] / shortening["bone"] < 1.3


def test_layers_are_usual_and_can_be_left_out():
    usual = load_scenario(BASELINE)
    assert usual.cartilage_endplates_mm == {"L3-L4": 0.77, "L4-L5": 0.77}
    thin = "materials.joints.L4-L5.cartilage_endplate.thickness_mm=0.4"
    layered = load_scenario(BASELINE, [thin])
    assert layered.cartilage_endplates_mm == {"L3-L4": 0.77, "L4-L5": 0.4}
    assert layered.resolved()["materials"]["joints"]["L4-L5"]["cartilage_endplate"] == {"thickness_mm": 0.4}
    plain = load_scenario(BASELINE, [PLAIN])
    assert plain.cartilage_endplates_mm == {}
    assert plain.resolved()["structures"]["cartilage_endplates"] is False
    assert "cartilage_endplate" not in plain.resolved()["materials"]
    assert len({one.sha256 for one in (usual, layered, plain)}) == 3
    unused = load_scenario(BASELINE, [PLAIN, thin])
    assert unused.sha256 == plain.sha256
    assert any("cartilage_endplate" in line and "no effect" in line for line in unused.warnings)
