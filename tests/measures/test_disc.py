"""Shortening of a disc under known motions of the two bodies beside it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from fem_lumbar.measures.disc import disc_shortening_mm
from fem_lumbar.measures.kinematics import disc_axis
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from tests.model.conftest import baseline_mesh, scenario

JOINT = "L4-L5"
SPIN = rotation_matrix(np.array([0.1, 0.2, -0.1]))


@cache
def segment() -> Segment:
    disc = scenario("disc_only_L4-L5.yaml")
    return build_segment(disc, kept_mesh(disc, baseline_mesh()))


def state(shift: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """L4 moved by a shift (3,) from L5, mm, and then all of it turned."""
    nodes, model = segment().space.nodes, segment()
    upper = np.unique(model.space.cell_nodes[model.mesh.region_cells("L4.cancellous")])
    places = nodes.copy()
    places[upper] += shift
    x = np.zeros(model.n_dofs)
    x[: nodes.size] = (places @ turn.T - nodes).ravel()
    return x


def axis() -> np.ndarray:
    return disc_axis(segment(), JOINT, {level: np.eye(3) for level in segment().levels})


@pytest.mark.parametrize("turn", [np.eye(3), SPIN])
def test_a_disc_is_shorter_by_what_its_endplates_approach_however_it_is_turned(turn):
    assert disc_shortening_mm(segment(), state(np.zeros(3), turn), JOINT) == pytest.approx(0.0, abs=1e-9)
    assert disc_shortening_mm(segment(), state(-0.7 * axis(), turn), JOINT) == pytest.approx(0.7)


@pytest.mark.parametrize("turn", [np.eye(3), SPIN])
def test_shear_does_not_shorten_a_disc(turn):
    forwards = np.cross([0.0, 1.0, 0.0], axis())
    assert disc_shortening_mm(segment(), state(2.0 * forwards, turn), JOINT) == pytest.approx(0.0, abs=1e-9)
