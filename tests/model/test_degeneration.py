"""Degenerated joints in the segment: items of each side by hand, and left and right as mirror images of one another."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.measures.quantities import mirrored_path, numbers
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.simulation.simulation import Simulation
from tests.model.conftest import scenario

JOINT = "L4-L5"
FACETS = {"cartilage_thickness_ratio": 0.5, "cartilage_modulus_ratio": 0.6, "capsule_ratio": 2.0}
DISC = {"annulus_ground_ratio": 2.0, "annulus_fibre_ratio": 3.0, "nucleus_shear_ratio": 4.0, "nucleus_bulk_ratio": 0.1}
DISC |= {"fibre_slack": 0.0}


def numbers_of(grade: int, given: dict[str, float]) -> str:
    return f"{{grade: {grade}, {', '.join(f'{name}: {value}' for name, value in given.items())}}}"


@pytest.fixture(scope="module")
def segments(runs):
    """The healthy segment and one with a degenerated disc and left facet joint, on the cells of the former."""
    sets = (
        f"degeneration.{JOINT}.facets.left={numbers_of(3, FACETS)}",
        f"degeneration.{JOINT}.disc={numbers_of(3, DISC)}",
    )
    wanted = [scenario(), scenario("baseline.yaml", *sets)]
    return [build_segment(one, kept_mesh(one, runs.mesh())) for one in wanted]


def ratio(segments, region: str, cauchy_green: np.ndarray) -> np.ndarray:
    """Energy of the law of each cell of a region at one state of strain, over that of the healthy segment."""
    energies = []
    for segment in segments:
        (item, *_) = segment.solids[region]
        n_cells = len(item.law.parameters)
        energies.append(item.law.response(np.broadcast_to(cauchy_green, (n_cells, 1, 3, 3)))[0])
    return energies[1] / energies[0]


def test_cartilage_contact_and_capsule_of_the_left_alone(segments):
    shear = np.array([[1, 0.1, 0], [0, 1, 0], [0, 0, 1]])
    strain = shear.T @ shear
    for side, modulus, capsule in (("left", 0.6, 2.0), ("right", 1.0, 1.0)):
        for region in (f"L4.facet_cartilage.inferior.{side}", f"L5.facet_cartilage.superior.{side}"):
            assert ratio(segments, region, strain) == pytest.approx(modulus, rel=1e-10)
        thickness = 0.5 if side == "left" else 1.0
        penalty = [one.contacts[JOINT, side].penalty for one in segments]  # numerical: as stiff as healthy cartilage
        assert penalty[1].stiffness / penalty[0].stiffness == pytest.approx(1 / thickness**2, rel=1e-10)
        assert penalty[1].hardening_depth / penalty[0].hardening_depth == pytest.approx(thickness, rel=1e-10)
        tension = [one.ligaments[JOINT].tension(np.zeros(one.n_dofs)) for one in segments]
        of_side = np.array(segments[0].strand_names[JOINT]) == f"CL_{side}"
        assert tension[0][of_side].max() > 0.0
        np.testing.assert_allclose(tension[1][of_side], capsule * tension[0][of_side], rtol=1e-10)
    assert set(SIDES) == {"left", "right"}


def test_disc_of_the_joint_alone(segments):
    squeezed = np.diag([0.9, 0.9, 1 / 0.81])  # axial in no particular direction: ground substance of the nucleus alone
    assert ratio(segments, f"{JOINT}.nucleus", squeezed) == pytest.approx(4.0, rel=1e-10)
    nuclei = [one.solids[f"{JOINT}.nucleus"][0] for one in segments]
    bulk = [one.bulk_modulus + one.law.parameters[0, 2] for one in nuclei]  # by the field and at points
    assert bulk[1] / bulk[0] == pytest.approx(0.1)
    found = ratio(segments, f"{JOINT}.annulus", squeezed)
    assert found.min() >= 2.0 - 1e-9 and found.max() <= 3.0 + 1e-9 and found.max() > 2.1
    for region in ("L3-L4.annulus", "L3-L4.nucleus"):
        assert ratio(segments, region, squeezed) == pytest.approx(1.0, rel=1e-12)


def test_left_and_right_facets_are_mirror_images():
    """Each on the mesh of its own, solved tightly: every number of one is that of the other on the other side."""
    results = []
    for side in SIDES:
        one = scenario(
            "baseline.yaml",
            "segment.bodies=[L4, L5]",
            "solver.relative_tolerance=2e-9",
            f"degeneration.{JOINT}={{disc: 1, facets: {{{side}: 3}}}}",
        )
        mesh = scenario_mesh(one)
        results.append(numbers(Simulation(one, mesh).run_case("extension").summary))
    left, right = results
    largest = max(abs(value) for path, value in left.items() if path[0] == "facet_force_N")
    assert largest > 1.0
    assert left["facet_force_N", JOINT, "left"] != pytest.approx(left["facet_force_N", JOINT, "right"], rel=1e-3)
    for path in [path for path in left if path[0] in ("facet_force_N", "rotation_deg", "idp_MPa", "ligament_force_N")]:
        there, sign = mirrored_path(path)
        scale = max(abs(left[path]), 1e-3 if path[0] != "facet_force_N" else largest)
        assert left[path] == pytest.approx(sign * right[there], abs=1e-8 * scale), path
