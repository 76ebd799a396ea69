"""Swollen discs are under pressure at rest, in the anatomy that was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.numerics import IN_SITU_MM
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.sensitivity.study import sensitivities
from fem_lumbar.simulation.in_situ import keep_anatomy, swollen_discs
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.solution import NotConverged

DISC = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"
SWOLLEN = ["materials.nucleus.swelling_strain=0.05", "materials.annulus.swelling_strain=0.05"]


def scenario(sets):
    return load_scenario(DISC, sets, ["compression"], "test")


def solved(sets):
    one = scenario(sets)
    return Simulation(one, scenario_mesh(one, str)).run_case("compression")


def test_swollen_disc_rests_under_pressure_in_the_anatomy_given():
    swollen, plain = solved(SWOLLEN).summary, solved([])
    assert swollen["off_anatomy_mm"] <= IN_SITU_MM
    resting = swollen["resting_idp_MPa"]["L4-L5"]
    assert 0.05 < resting < 0.1  # MPa; Wilke 1999: 0.10 to 0.12 lying
    assert swollen["idp_MPa"]["L4-L5"] > plain.summary["idp_MPa"]["L4-L5"] + 0.5 * resting
    assert all(check["passed"] for check in swollen["checks"].values())
    assert "resting_idp_MPa" not in plain.summary
    assert plain.curves[0]["idp_MPa.L4-L5"] == pytest.approx(0.0, abs=1e-6)


def test_swollen_discs_have_no_derivatives():
    one = scenario(SWOLLEN)
    with pytest.raises(InputError, match="shape of swollen discs"):
        sensitivities(one, scenario_mesh(one, str), ["materials.nucleus.c10_MPa"])


def test_a_search_in_vain_leaves_nothing_to_the_next_load_case():
    """The next one begins with the shape of the mesh again: from a half-found one it did not converge either."""
    one = scenario(SWOLLEN)
    segment = build_segment(one, kept_mesh(one, scenario_mesh(one, str)))
    discs = swollen_discs(segment)
    swollen = np.zeros(segment.n_dofs)
    swollen[discs[0].dofs[0, :3]] = 0.3
    volume = sum(disc.weights.sum() for disc in discs)

    def in_vain(x, off_mm):
        if off_mm > 0.0:
            raise NotConverged("tried")
        return swollen

    with pytest.raises(NotConverged, match="tried"):
        keep_anatomy(segment, discs, in_vain)
    assert sum(disc.weights.sum() for disc in discs) != pytest.approx(volume, rel=1e-6)
    begun = []

    def at_rest(x, off_mm):
        begun.append(sum(disc.weights.sum() for disc in discs))
        return np.zeros_like(x)

    keep_anatomy(segment, discs, at_rest)
    assert begun == [pytest.approx(volume, rel=1e-12)]
