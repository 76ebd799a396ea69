"""Work along a path, retracing it, and which load cases are loaded alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from fem_lumbar.measures.path_work import work_between
from fem_lumbar.measures.quantities import mirrored_case, prescribed
from fem_lumbar.measures.retrace import retrace_error_deg
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.load import Ramp
from fem_lumbar.mechanics.prescribed_motion import PrescribedTranslation
from fem_lumbar.mechanics.pull import LinePull

FORCE_N = 20.0


@dataclass(frozen=True)
class State:
    """What the work of a step asks of a solution."""

    x: np.ndarray
    rate: np.ndarray


def pull(history: Ramp) -> LinePull:
    """A pull along x of a node at 10 mm from a point fixed in space at the origin."""
    fixed = WeightedPoint(np.empty(0, dtype=int), np.empty(0), np.zeros(3))
    node = WeightedPoint(np.array([0]), np.ones(1), np.array([10.0, 0, 0]))
    return LinePull("pull", [fixed], [node], np.array([FORCE_N])).during(history)


def shortened(load_factor: float) -> State:
    """The node comes nearer by load² mm."""
    return State(np.array([-(load_factor**2), 0, 0, 0]), np.array([-2 * load_factor, 0, 0, 0]))


@pytest.mark.parametrize(
    ("history", "work"),
    [(Ramp(), 2 / 3), (Ramp(1.0, 1.0), 1.0), (Ramp(1.0, 0.0), 1 / 3), (Ramp(0.0, 0.0), 0.0)],
)
def test_work_of_a_pull(history, work):
    """F times the integral of the factor over the way s = t²: t · 2t, 2t, or (1 − t) 2t."""
    item = pull(history)
    for loads in ([0.0, 1.0], [0.0, 0.3, 0.55, 1.0]):
        done = sum(work_between([item], a, shortened(a), b, shortened(b)) for a, b in pairwise(loads))
        assert done == pytest.approx(FORCE_N * work, abs=1e-12)


def test_work_of_a_motion_whose_force_is_an_unknown():
    """The force 3 s² over the way s = t is a cubic's slope: the work is 1 N·mm."""
    item = PrescribedTranslation("motion", np.array([0, 0, -1.0]), 1.0, np.arange(3), 3)

    def state(load_factor: float) -> State:
        return State(np.array([0, 0, -load_factor, 3 * load_factor**2]), np.array([0, 0, -1.0, 6 * load_factor]))

    assert work_between([item], 0.0, state(0.0), 1.0, state(1.0)) == pytest.approx(1.0, abs=1e-12)


def rows(*points: tuple[float, float]) -> list[dict[str, float]]:
    return [
        {"load_fraction": load, "rotation_deg.L4-L5.flexion": angle, "idp_MPa.L4-L5": 9.0} for load, angle in points
    ]


def test_retrace_error_is_the_largest_difference_at_equal_load():
    loading = rows((0.0, 0.0), (0.4, 2.0), (1.0, 5.0))
    assert retrace_error_deg(loading, rows((0.4, 2.0), (0.0, 0.25))) == pytest.approx(0.25)
    assert retrace_error_deg(loading, rows((0.7, 3.6), (0.4, 2.0), (0.0, 0.0))) == pytest.approx(0.1)  # in between
    assert retrace_error_deg(loading, []) is None


def test_rotations_are_compared_by_what_is_prescribed():
    left = {"moment_Nm": [0, 0, 3.87], "follower_N": 0.0, "muscle_activation": None, "rotation_deg": 3.0}
    right = left | {"moment_Nm": [0, 0, -3.870001]}
    cases = {"axial_rotation_left": {"applied": left}, "axial_rotation_right": {"applied": right}}
    assert prescribed(left) == {"rotation_deg": 3.0, "follower_N": 0.0}
    assert mirrored_case("axial_rotation_left", cases) == "axial_rotation_right"
    for change in ({"rotation_deg": 2.0}, {"follower_first": True}, {"follower_N": 5.0}):
        other = cases | {"axial_rotation_right": {"applied": right | change}}
        assert mirrored_case("axial_rotation_left", other) is None
