"""Asymmetry over the load, of coupled rotations, discs and mirror images, on numbers known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.comparison.asymmetry import average_asymmetry_factors, coupled_rotations_deg
from fem_lumbar.comparison.mirror_check import mirror_difference
from fem_lumbar.measures.disc_centre import disc_force
from tests.synthetic_run import KUHN, synthetic_entry


def summary(*cases):
    return {"load_cases": {case: synthetic_entry(case) for case in cases}}


def rows(case, fractions, left, right):
    names = ("load_fraction", "facet_force_N.L4-L5.left", "facet_force_N.L4-L5.right")
    values = zip(fractions, left, right, strict=True)
    return [{"case": case, "branch": "loading", **dict(zip(names, row, strict=True))} for row in values]


def factor(run, curves):
    (found,) = [one for one in average_asymmetry_factors(run, curves) if one.case == curves[0]["case"]]
    return found


def test_constant_ratio_gives_the_same_factor_whatever_the_steps():
    run = summary("standing")
    for fractions in ([0.0, 1.0], [0.0, 0.1, 0.4, 1.0]):
        curves = rows("standing", fractions, [3.0 * f for f in fractions], [1.0 * f for f in fractions])
        assert factor(run, curves).factor == pytest.approx(1.0)


def test_factor_is_two_on_one_side_and_zero_when_equal_or_unloaded():
    run, load = summary("standing"), [0.0, 0.5, 1.0]
    assert factor(run, rows("standing", load, [1.0, 2.0, 3.0], [0.0, 0.0, 0.0])).factor == pytest.approx(2.0)
    assert factor(run, rows("standing", load, [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])).factor == 0.0
    unloaded = factor(run, rows("standing", load, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]))
    assert (unloaded.factor, unloaded.loaded) == (0.0, 0.0)


def test_factor_takes_the_right_side_from_the_mirrored_case_at_the_same_load():
    run = summary("axial_rotation_left", "axial_rotation_right")
    here = rows("axial_rotation_right", [0.0, 1.0], [0.0, 30.0], [0.0, 0.0])
    there = rows("axial_rotation_left", [0.0, 0.25, 1.0], [0.0, 0.0, 0.0], [0.0, 7.5, 30.0])
    assert factor(run, here + there).factor == pytest.approx(0.0, abs=1e-12)


def test_coupled_rotations_are_those_of_symmetric_loads_only():
    run = summary("flexion", "axial_rotation_left", "axial_rotation_right")
    run["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["axial_rotation"] = 0.02
    found = coupled_rotations_deg(run)
    assert {case for case, _ in found} == {"flexion"}
    assert found["flexion", ("rotation_deg", "L4-L5", "axial_rotation")] == 0.02


def test_mirror_image_of_a_run_differs_by_what_was_changed():
    left, right = summary("standing"), summary("standing")
    left["load_cases"]["standing"]["facet_force_N"]["L4-L5"]["left"] = 8.0
    right["load_cases"]["standing"]["facet_force_N"]["L4-L5"]["right"] = 8.0
    assert mirror_difference(left, right).relative == 0.0
    right["load_cases"]["standing"]["facet_force_N"]["L4-L5"]["right"] = 8.1
    found = mirror_difference(left, right)
    assert found.path == ("facet_force_N", "L4-L5", "left")
    assert found.relative == pytest.approx(0.1 / 8.1)


def test_number_that_only_one_of_two_mirrored_runs_has_is_a_difference():
    left, right = summary("standing"), summary("standing")
    del right["load_cases"]["standing"]["facet_force_N"]["L4-L5"]["right"]
    for first, second, side, value, image in ((left, right, "left", 5.0, None), (right, left, "right", None, 5.0)):
        found = mirror_difference(first, second)
        assert found.relative == float("inf")
        assert (found.path, found.value, found.image) == (("facet_force_N", "L4-L5", side), value, image)


def carried(case, **applied):
    """A run of one load case that bends to the left, with more applied to it."""
    run = summary(case)
    run["load_cases"][case]["applied"] |= applied
    run["load_cases"][case]["rotation_deg"]["L4-L5"]["lateral_bending"] = -2.0
    return run


def test_runs_are_mirror_images_under_loads_that_are():
    """What hangs on the left of one hangs on the right of the other; the same on the same side is no image."""
    left, right = (carried("carrying", upper_body_lateral_offset_mm=offset) for offset in (30.0, -30.0))
    found = mirror_difference(left, right)
    assert (found.path, found.value, found.image) == (("rotation_deg", "L4-L5", "lateral_bending"), -2.0, 2.0)
    right["load_cases"]["carrying"]["rotation_deg"]["L4-L5"]["lateral_bending"] = 2.0
    assert mirror_difference(left, right).relative == 0.0
    assert mirror_difference(left, left) is None


def test_moments_by_components_are_mirrored_as_pseudovectors():
    one, same, image = (carried("oblique", moment_Nm=[x, 5.0, 0.0]) for x in (-3.0, -3.0, 3.0))
    assert mirror_difference(one, same) is None
    assert mirror_difference(one, image).value == -2.0


def box(n=4):
    """A box 40 × 50 × 10 mm of tetrahedra, its middle at the origin."""
    grid = np.stack(np.meshgrid(*[np.arange(n + 1) / n] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    number = np.arange(len(grid)).reshape(n + 1, n + 1, n + 1)
    cells = [
        [number[i + (c & 1), j + (c >> 1 & 1), k + (c >> 2 & 1)] for c in tet]
        for i in range(n) for j in range(n) for k in range(n) for tet in KUHN
    ]  # fmt: skip
    return (grid - 0.5) * (40.0, 50.0, 10.0), np.array(cells)


def test_centre_of_a_disc_under_stress_that_rises_to_one_side():
    points, cells = box(10)
    lateral = points[cells].mean(axis=1)[:, 1]
    stress = np.zeros((len(cells), 6))
    stress[:, 2] = -(0.2 + 0.004 * lateral)  # MPa; force 0.2 A, first moment 0.004 I = 0.004 · 40 · 50³ / 12
    found = disc_force(points, cells, stress, np.array([0.0, 0.0, 1.0]), 10.0)
    assert found.compression_N == pytest.approx(0.2 * 40.0 * 50.0, rel=1e-9)
    assert found.lateral_mm == pytest.approx(0.004 * 40.0 * 50.0**3 / 12.0 / 400.0, rel=0.02)
    mirrored = disc_force(points * (1, -1, 1), cells, stress, np.array([0.0, 0.0, 1.0]), 10.0)
    assert mirrored.lateral_mm == pytest.approx(-found.lateral_mm)
    assert disc_force(points, cells, -stress, np.array([0.0, 0.0, 1.0]), 10.0).lateral_mm is None
