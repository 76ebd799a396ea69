"""L4-L5 alone: one motion segment with its posterior parts, as a part of the template."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.loads import build_loads
from fem_lumbar.model.muscles import given_pulls

UNIT = "segment.bodies=[L4, L5]"
ROUND_OFF = 1e-4  # of mirror images, as far as the solver goes


def test_it_has_the_cells_of_the_template(runs):
    whole, part = runs.mesh(), runs.simulation("baseline.yaml", UNIT).mesh
    assert part.levels == ("L4", "L5")
    assert {name.place for name in part.region_names} == {"L4", "L5", "L4-L5"}
    assert {"L4.mal.left", "L5.mal.right", "L4.facet_cartilage.inferior.left"} <= set(part.region_names)
    assert "L4.facet_cartilage.superior.left" not in part.region_names  # of the joint above
    for name in part.region_names:
        own, theirs = (mesh.points[mesh.cells[mesh.region_cells(name)]] for mesh in (part, whole))
        assert np.array_equal(own, theirs), name
    assert np.array_equal(part.points[part.mirror], part.points * [1, -1, 1])


def test_its_supports_and_fixture(runs):
    segment = runs.simulation("baseline.yaml", UNIT).segment
    surfaces = segment.mesh.surfaces
    base = np.unique(segment.space.triangle_nodes(surfaces["L5.endplate.inferior"]))
    assert np.array_equal(segment.fixed_nodes, base)
    corners = segment.mesh.points[surfaces["L4.endplate.superior"]]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    assert np.allclose(
        segment.fixture.reference_point, np.average(corners.mean(axis=1), axis=0, weights=area), atol=1e-9
    )
    assert list(segment.ligaments) == ["L4-L5"] and set(segment.contacts) == {("L4-L5", side) for side in SIDES}


def test_fascicles_from_above_move_with_its_uppermost_body(runs):
    """Where L4 and its fixture go, the upper ends of fascicles from L1 to L3 go along; lower ends below L5 stay."""
    simulation = runs.simulation("baseline.yaml", UNIT)
    scenario, segment = simulation.scenario, simulation.segment
    pulls = given_pulls(scenario, segment, 1.0)
    assert ("multifidus.m3.laminar", "left") in pulls and ("multifidus.m1.laminar", "left") not in pulls
    assert ("multifidus.m3s", "left") not in pulls  # bypasses: its pull is part of what the follower load means
    loads = build_loads(scenario, segment, "standing")
    x, shift = np.zeros(segment.n_dofs), np.array([0.3, -0.2, 0.5])
    regions = [name for name in segment.mesh.region_names if name.place == "L4"]
    nodes = np.unique(segment.space.cell_nodes[segment.mesh.region_cells(*regions)])
    nodes = np.concatenate([nodes, segment.fixture.nodes])
    for axis in range(3):
        x[3 * nodes + axis] = shift[axis]
    muscles = loads.of(MuscleLoad)
    (item,) = muscles.items
    spans, uppers = muscles.spans, item.upper_ends(x) - item.upper_ends(0.0 * x)
    from_above = [row for row, span in enumerate(spans) if span.upper in ("L1", "L2", "L3")]
    assert len(from_above) > 10 and np.allclose(uppers[from_above], shift)
    lowers = [item.upper_ends(y) - item.vectors(y) for y in (0.0 * x, x)]
    to_sacrum = [row for row, span in enumerate(spans) if span.lower == "sacrum" and span.upper == "L5"]
    assert len(to_sacrum) > 5 and np.allclose(lowers[0][to_sacrum], lowers[1][to_sacrum])


def test_compression_of_the_segment(runs):
    """The follower load, and nothing else, passes the disc and the facets; both sides alike."""
    result = runs.case("compression", "baseline.yaml", UNIT)
    assert result.status == "converged"
    summary = result.summary
    for section in ("rotation_deg", "idp_MPa", "disc_bulge_mm", "facet_force_N", "load_share", "ligament_force_N"):
        assert set(summary[section]) == {"L4-L5"}, section
    assert set(summary["mal"]) == {"L4", "L5"}
    share = summary["load_share"]["L4-L5"]
    assert share["axial_N"] == pytest.approx(500.0, rel=0.03) and abs(share["closure_error"]) < 1e-3
    facets = summary["facet_force_N"]["L4-L5"]
    assert facets["left"] == pytest.approx(facets["right"], abs=ROUND_OFF)
    assert abs(summary["rotation_deg"]["L4-L5"]["lateral_bending"]) < ROUND_OFF
