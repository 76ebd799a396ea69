"""Nucleotomy and facetectomy: what is gone carries nothing, and the rest is in balance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.model.facetectomy import facet_cut
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
DISC = "disc_only_L4-L5.yaml"
HALF_LEFT = "structures.facetectomy.L4-L5.left=0.5"
ALL_RIGHT = "structures.facetectomy.L4-L5.right=1.0"
FACES = ("L4.facet.inferior", "L5.facet.superior")


def scenario(*sets: str) -> Scenario:
    return load_scenario(BASELINE, sets=("materials.set=literature", *sets), density="test")


def areas(mesh, triangles: np.ndarray) -> np.ndarray:
    corners = mesh.points[triangles]
    return 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)


def failed(summary: dict) -> dict:
    return {name: found for name, found in summary["checks"].items() if not found["passed"]}


def test_removed_nucleus_has_no_pressure_and_stiffens_nothing(runs):
    sets = ("structures.removed_nuclei=[L4-L5]",)
    simulation = runs.simulation("baseline.yaml", *sets)
    assert "L4-L5.nucleus" not in simulation.mesh.region_names
    assert "L3-L4.nucleus" in simulation.mesh.region_names
    empty = runs.case("compression", "baseline.yaml", *sets)
    whole = runs.case("compression").summary
    assert empty.status == "converged"
    assert not failed(empty.summary)
    assert list(empty.summary["idp_MPa"]) == ["L3-L4"]
    assert "idp_MPa.L4-L5" not in empty.curves[-1]
    assert empty.summary["load_share"]["L4-L5"]["disc_N"] > 0
    for side in SIDES:  # the facets take over what the disc no longer carries
        assert empty.summary["facet_force_N"]["L4-L5"][side] > 2 * whole["facet_force_N"]["L4-L5"][side]
    assert any("nucleus of L4-L5 is removed" in line for line in simulation.assumptions)


def test_lone_disc_without_nucleus(runs):
    empty = runs.case("flexion", DISC, "structures.removed_nuclei=[L4-L5]").summary
    assert empty["status"] == "converged"
    assert not failed(empty)
    assert empty["idp_MPa"] == {}
    whole = runs.case("flexion", DISC).summary
    assert empty["rotation_deg"]["L4-L5"]["flexion"] > whole["rotation_deg"]["L4-L5"]["flexion"]


@pytest.mark.parametrize("fraction", [0.25, 0.5, 0.9])
def test_fraction_is_that_of_the_area(runs, fraction):
    cut_off = scenario(*(f"structures.facetectomy.L4-L5.{side}={fraction}" for side in SIDES))
    mesh = runs.mesh()
    cuts = {side: facet_cut(cut_off, mesh, "L4-L5", side) for side in SIDES}
    for side, cut in cuts.items():
        faces = [mesh.surfaces[f"{face}.{side}"] for face in FACES]
        stays = sum(areas(mesh, cut.kept(mesh, f"{face}.{side}")).sum() for face in FACES)
        whole = sum(areas(mesh, face).sum() for face in faces)
        largest = max(areas(mesh, face).max() for face in faces)
        assert abs(1 - stays / whole - fraction) * whole <= largest
        kept = mesh.points[cut.kept(mesh, f"{FACES[0]}.{side}")].mean(axis=1)
        gone = mesh.points[faces[0]].mean(axis=1)[cut.takes(mesh.points[faces[0]].mean(axis=1))]
        assert np.abs(gone[:, 1]).mean() < np.abs(kept[:, 1]).mean()  # the medial part is gone
    assert cuts["left"].place == pytest.approx(cuts["right"].place, abs=1e-9)


def test_capsule_goes_with_its_part_of_the_joint(runs):
    def strands(*sets: str) -> dict[str, np.ndarray]:
        wanted = scenario(*sets)
        segment = build_segment(wanted, kept_mesh(wanted, runs.mesh()))
        names, area = segment.strand_names["L4-L5"], segment.ligaments["L4-L5"].area
        return {side: area[[name == f"CL_{side}" for name in names]] for side in SIDES}

    whole, cut = strands(), strands(HALF_LEFT, ALL_RIGHT)
    assert 0 < len(cut["left"]) < len(whole["left"])
    assert len(cut["right"]) == 0
    assert cut["left"] == pytest.approx(whole["left"][0])  # what stays is no thicker than before


def test_no_contact_where_the_whole_facet_is_gone(runs):
    result = runs.case("axial_rotation_left", "baseline.yaml", HALF_LEFT, ALL_RIGHT)
    summary = result.summary
    assert result.status == "converged"
    assert not failed(summary)
    assert set(summary["facet_force_N"]["L4-L5"]) == {"left"}
    assert set(summary["facet_force_N"]["L3-L4"]) == {"left", "right"}
    assert summary["load_share"]["L4-L5"]["facet_right"] is None  # a pure moment has no shares
    assert summary["load_share"]["L4-L5"]["facet_right_N"] == 0.0
    assert summary["load_path"]["L4-L5"]["carried"]["facet_right"]["moment_Nm"]["axial_rotation"] == 0.0
    assert "CL_right" not in summary["ligament_force_N"]["L4-L5"]
    whole = runs.case("axial_rotation_left").summary["rotation_deg"]["L4-L5"]["axial_rotation"]
    assert summary["rotation_deg"]["L4-L5"]["axial_rotation"] > 1.2 * whole


def test_partial_facetectomy_leaves_a_joint_that_carries(runs):
    half = "structures.facetectomy.L4-L5.right=0.5"
    result = runs.case("axial_rotation_left", "baseline.yaml", half)
    assert result.status == "converged"
    assert not failed(result.summary)
    assert result.summary["facet_force_N"]["L4-L5"]["right"] > 10.0
    cut = facet_cut(scenario(half), runs.mesh(), "L4-L5", "right")
    assert not cut.takes(np.array(result.summary["facet"]["L4-L5"]["right"]["centre_mm"]))
    whole = runs.case("axial_rotation_left").summary["rotation_deg"]["L4-L5"]["axial_rotation"]
    found = result.summary["rotation_deg"]["L4-L5"]["axial_rotation"]
    assert found == pytest.approx(whole, rel=1e-9)  # contact is on the lateral half alone, and its shape stays
