"""Which density the bands are meant for, and what to expect at another."""

from __future__ import annotations

import pytest

from fem_lumbar.comparison.discretisation_bars import DiscretisationBars, stored_bars
from fem_lumbar.experiments.validation.density import (
    compared_density,
    expectation,
    largest_shift,
    meant_density,
)


def bars():
    def entry(values):
        return {"value": values}

    return DiscretisationBars(
        {
            "provenance": {"scenario": "baseline"},
            "densities": ["test", "standard"],
            "load_cases": {
                "extension": {
                    "quantities": {
                        "facet_force_N.L4-L5.left": entry([120.0, 100.0]),
                        "facet_force_N.L3-L4.left": entry([5.0, 0.003]),
                        "rotation_deg.L4-L5.flexion": entry([-3.8, -4.0]),
                        "ligament_force_N.L4-L5.ALL": entry([30.0, 10.0]),
                    }
                }
            },
        }
    )


def test_shift_is_that_of_stored_values():
    found = largest_shift("test", "standard", bars())
    assert found == {"facet_force_N": pytest.approx(0.2), "rotation_deg": pytest.approx(0.05)}


def test_words():
    assert meant_density() == "standard"
    assert expectation("standard", "standard", bars()).endswith("standard density, as used here")
    told = expectation("test", "standard", bars())
    assert "at test density values deviate from those (rotations up to 5 %, facet forces up to 20 % in" in told
    assert expectation("fine", "standard", bars()).endswith("is not stored")


def test_where_the_meant_density_is_not_stored_the_finest_one_stands_for_it():
    told = expectation("test", "fine", bars())
    assert (
        "at test density values deviate from those at standard, the finest density stored (rotations up to 5 %" in told
    )
    assert expectation("standard", "fine", bars()).endswith("is not stored")
    assert expectation("test", "fine", DiscretisationBars({})).endswith("is not stored")


def test_the_shipped_study_answers_for_the_roughest_mesh():
    finest = compared_density(meant_density(), stored_bars())
    found = largest_shift("test", finest, stored_bars())
    assert found.keys() == {"rotation_deg", "idp_MPa", "facet_force_N"}
    assert max(found.values()) < 1.0
