"""Room of the canal: sections known by hand, and the one of the default anatomy."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.measures.canal import CanalSection, canal_entry, canal_section
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.segment import build_segment, kept_mesh
from tests.model.conftest import baseline_mesh, scenario

SETS = ("ossification.L4-L5={PLL: {fraction: 0.6, thickness_mm: 4}, LF: {left: {fraction: 0.5, thickness_mm: 6}}}",)
NOTHING = {"PLL": 0.0, "LF_left": 0.0, "LF_right": 0.0}


def test_a_rectangle_loses_what_grows_into_it():
    """20 mm wide, 15 mm deep; a PLL 8 mm wide grows by 3 mm, the left LF by 2 mm over 10 mm."""
    aside = np.linspace(-10.0, 10.0, 2001)
    whole = CanalSection(aside, np.full(2001, 15.0))
    assert (whole.diameter_mm, whole.area_mm2) == (15.0, pytest.approx(300.0))
    assert whole.narrowed(NOTHING, 4.0).area_mm2 == pytest.approx(300.0)
    left = whole.narrowed({**NOTHING, "PLL": 3.0, "LF_left": 2.0}, 4.0)
    assert left.diameter_mm == pytest.approx(10.0)
    assert left.area_mm2 == pytest.approx(300.0 - 3.0 * 8.0 - 2.0 * 10.0, abs=0.1)
    assert whole.narrowed({**NOTHING, "PLL": 40.0}, 20.0).area_mm2 == 0.0


def test_the_section_moves_with_the_segment_and_is_that_of_a_canal():
    """Mid-sagittal diameters of lumbar canals are some 15 to 20 mm; a rigid motion changes nothing."""
    wanted = scenario("baseline.yaml", *SETS)
    segment = build_segment(wanted, kept_mesh(wanted, baseline_mesh()))
    at_rest = np.zeros(segment.n_dofs)
    moved = at_rest.copy()
    spin, nodes = rotation_matrix(np.array([0.1, -0.2, 0.15])), segment.space.nodes
    moved[: nodes.size] = (nodes @ spin.T + [5.0, -3.0, 2.0] - nodes).ravel()
    for joint in segment.joints:
        section, turned = canal_section(segment, at_rest, joint), canal_section(segment, moved, joint)
        assert 15.0 < section.diameter_mm < 20.0
        assert section.depth == pytest.approx(section.depth[::-1], rel=1e-9)
        assert turned.area_mm2 == pytest.approx(section.area_mm2, rel=1e-9)
    found = canal_entry(wanted, segment, at_rest)["canal"]
    assert found.keys() == {"L4-L5"}  # nothing is ossified at L3-L4
    assert found["L4-L5"]["occupied_diameter_mm"] == pytest.approx(2.5 + 2.5)  # 4 - 1.5 and 6 - 3.5 mm


def test_sides_take_together_what_both_take_and_a_band_what_its_width_says():
    """Sums over places across the canal: they must not depend on how many of these a band happens to cover."""
    segment = build_segment(scenario(), kept_mesh(scenario(), baseline_mesh()))
    section = canal_section(segment, np.zeros(segment.n_dofs), "L4-L5")

    def taken(half_width_mm: float = 0.0, **growth_mm: float) -> float:
        return section.area_mm2 - section.narrowed({**NOTHING, **growth_mm}, half_width_mm).area_mm2

    assert taken(LF_left=2.0) + taken(LF_right=2.0) == pytest.approx(taken(LF_left=2.0, LF_right=2.0), rel=1e-3)
    for half_width in (4.0, 5.0, 5.2):
        assert taken(half_width, PLL=2.0) == pytest.approx(2.0 * 2.0 * half_width, rel=2e-3)


def test_a_solid_bridge_takes_the_room_where_it_lies():
    """A narrow one leaves what is beside it, one that is turned to a side leaves the midline; mirror images agree."""

    def taken(**settings: float) -> dict[str, float]:
        told = ", ".join(f"{key}: {value}" for key, value in settings.items())
        wanted = scenario("baseline.yaml", f"ossification.L4-L5.PLL={{bridge: true, thickness_mm: 4, {told}}}")
        segment = build_segment(wanted, kept_mesh(wanted, scenario_mesh(wanted)))
        return canal_entry(wanted, segment, np.zeros(segment.n_dofs))["canal"]["L4-L5"]

    narrow, left, right = taken(width_mm=10), taken(azimuth_deg=25), taken(azimuth_deg=-25)
    assert narrow["occupied_diameter_mm"] == pytest.approx(2.5, abs=1e-6)  # 4 - 1.5 mm
    assert 0.0 < narrow["occupied_area_mm2"] < 0.5 * left["occupied_area_mm2"]
    assert left["occupied_diameter_mm"] == 0.0
    assert left["occupied_area_mm2"] == pytest.approx(right["occupied_area_mm2"], rel=1e-6)
