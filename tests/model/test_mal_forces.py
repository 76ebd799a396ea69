"""What an arch passes to bone: balance of its ends with the muscle on it, its mirror image, and strain beside it."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.quantiles import percentile_by_volume
from fem_lumbar.measures.mal import ENDS, angle_deg, muscle_pull
from fem_lumbar.measures.process_strain import bone_strain
from fem_lumbar.measures.quantities import mirrored_path, numbers
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.pull import LinePull

CASES = [("standing", ()), ("flexion", ())]


def end_totals(arch: dict) -> tuple[np.ndarray, np.ndarray]:
    """Force (N) of both ends on bone, and its moment (N·mm) about the middle between the feet."""
    ends = [arch["ends"][end] for end in ENDS]
    force = [np.array(end["force_vector_N"]) for end in ends]
    place = [np.array(end["centre_mm"]) for end in ends]
    middle = np.mean(place, axis=0)
    moment = [np.array(e["moment_vector_Nmm"]) + np.cross(p - middle, f) for e, p, f in zip(ends, place, force)]
    return sum(force), sum(moment)


@pytest.mark.parametrize(("case", "sets"), CASES)
def test_ends_balance_the_muscle_on_the_arch(runs, case, sets):
    """Forces of the ends come from the strain of the arch, that of muscle from its lines: they know nothing of each
    other but equilibrium."""
    summary = runs.case(case, "baseline.yaml", *sets).summary
    for level in LEVELS:
        for side in SIDES:
            arch = summary["mal"][level][side]
            force, moment = end_totals(arch)
            assert force == pytest.approx(arch["pull"]["force_vector_N"], abs=1e-6)
            assert moment == pytest.approx(arch["pull"]["moment_vector_Nmm"], abs=1e-5)
            if case == "standing":
                assert arch["pull"]["size_N"] > 0.1
                assert 0.0 < arch["pull"]["direction_change_deg"] < 10.0
            else:
                assert arch["pull"]["size_N"] == 0.0
                assert arch["pull"]["direction_change_deg"] is None
                assert arch["force_mammillary_N"] > 1e-3
            assert not [key for key in arch["pull"] if key.startswith("share")]  # strain of bone is in the end forces
            assert arch["strain_p95"] <= arch["strain_max"]
            assert arch["von_mises_max_MPa"] > 0.0


def test_symmetric_case_has_mirrored_arches(runs):
    found = numbers(runs.case("standing").summary, ("mal",))
    size = max(abs(value) for path, value in found.items() if path[-2] == "moment_vector_Nmm")
    for path, value in found.items():
        other, sign = mirrored_path(path)
        assert found[other] == pytest.approx(sign * value, rel=1e-4, abs=1e-6 * size), path


def test_direction_of_a_pull_turns_with_its_insertion(runs):
    """A line from the arch to a fixed point 50 mm above, the arch moved by 5 mm across it: atan(1/10)."""
    segment = runs.simulation().segment
    insertion = segment.point("L4.mal.left.dorsal")
    above = WeightedPoint(np.empty(0, dtype=int), np.empty(0), insertion.position + np.array([0.0, 0.0, 50.0]))
    line = LinePull("line", [insertion], [above], np.array([3.0]))
    x = np.zeros(segment.n_dofs)
    x[: 3 * segment.space.n_nodes : 3] = 5.0
    pull = muscle_pull(segment, "L4.mal.left", [line], x, 1.0)
    assert np.linalg.norm(pull.force) == pytest.approx(3.0)
    assert pull.before == pytest.approx([0.0, 0.0, 3.0])
    assert angle_deg(pull.force, pull.before) == pytest.approx(np.degrees(np.arctan(0.1)))
    assert pull.moment == pytest.approx(np.cross(insertion.position + np.array([5.0, 0.0, 0.0]), pull.force))
    assert np.linalg.norm(muscle_pull(segment, "L5.mal.left", [line], x, 1.0).force) == 0.0


def test_bone_strain_of_a_known_deformation(runs):
    """Uniform stretch gives the same strain everywhere, whatever rotation comes on top; rotation alone none."""
    segment = runs.simulation().segment
    centre = segment.point("L5.mal.left.dorsal").position
    turn = np.array([[np.cos(0.3), -np.sin(0.3), 0.0], [np.sin(0.3), np.cos(0.3), 0.0], [0.0, 0.0, 1.0]])

    def strained(gradient: np.ndarray) -> dict[str, float]:
        x = np.zeros(segment.n_dofs)
        x[: 3 * segment.space.n_nodes] = (segment.space.nodes @ (gradient - np.eye(3)).T).ravel()
        return bone_strain(segment, "L5", centre, x)

    stretched = strained(turn @ np.diag([1.01, 1.0, 0.98]))
    for value in ("peak", "p95"):
        assert stretched[f"tensile_strain_{value}"] == pytest.approx(0.5 * (1.01**2 - 1.0), rel=1e-9)
        assert stretched[f"compressive_strain_{value}"] == pytest.approx(0.5 * (1.0 - 0.98**2), rel=1e-9)
    assert max(map(abs, strained(turn).values())) < 1e-12


def test_percentile_counts_volume_not_cells():
    values, volumes = np.array([1.0, 2.0, 3.0]), np.array([90.0, 8.0, 2.0])
    assert percentile_by_volume(values, volumes, 95.0) == pytest.approx(2.0 + (0.95 - 0.94) / 0.05)
    assert percentile_by_volume(values, volumes, 100.0) == 3.0
    assert percentile_by_volume(values, np.array([1.0, 1.0, 98.0]), 95.0) > 2.9
