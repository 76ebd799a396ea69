"""The floor of an asymmetry index comes from those of both sides."""

import numpy as np
import pytest

from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.studies.outputs import ASYMMETRY, outputs_of


def summary(left, right, floor_left, floor_right):
    forces = {"facet_force_N": {"L4-L5": {"left": left, "right": right}}}
    floors = {"facet_force_N": {"L4-L5": {"left": floor_left, "right": floor_right}}}
    standing = {"status": "converged", "applied": {}, **forces, "numerical_floor": floors}
    return {"load_cases": {"standing": standing}, "model": {"density": "test"}}


def index(*numbers):
    name = f"{ASYMMETRY}facet_force_N.L4-L5.left"
    return outputs_of(summary(*numbers), [name], DiscretisationBars())["standing"][name]


def test_floor_is_the_scatter_of_the_index():
    found = index(30.0, 20.0, 0.02, 0.03)
    assert found.value == pytest.approx(0.2)
    random = np.random.default_rng(0)
    left, right = 30.0 + 0.02 * random.normal(size=20000), 20.0 + 0.03 * random.normal(size=20000)
    assert found.floor == pytest.approx(np.std((left - right) / (left + right)), rel=0.03)
