"""Sections of the tunnel: what is measured on them, and on the shipped anatomy."""

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.measures.tunnel import Tunnel
from fem_lumbar.measures.tunnel_section import Section, area
from fem_lumbar.meshing import segment_mesh
from fem_lumbar.nerve.outline import distances, largest_circle
from fem_lumbar.nerve.section import narrowest

SQUARE = np.array([(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)])


def sections(mesh, level="L4", side="left", points=None):
    return Tunnel(mesh, level, side).sections(mesh.points if points is None else points)


def test_distance_and_area_of_a_square():
    assert area(SQUARE) == pytest.approx(4.0)
    found = distances(np.array([(1.0, 0.5), (3.0, 1.0), (-3.0, -4.0)]), SQUARE)
    np.testing.assert_allclose(found, [0.5, -1.0, -5.0])


def test_what_a_crossed_outline_goes_around_backwards_is_outside():
    bow = np.array([(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)])
    inside = distances(np.array([(1.7, 1.0), (0.3, 1.0)]), bow) > 0.0
    assert inside.sum() == 1


@pytest.mark.parametrize(
    "outline, centre, radius",
    [
        (SQUARE, (1.0, 1.0), 1.0),
        (np.array([(0.0, 0.0), (4.0, 0.0), (0.0, 3.0)]), (1.0, 1.0), 1.0),
    ],
)
def test_largest_circle(outline, centre, radius):
    found, size = largest_circle(outline)
    assert size == pytest.approx(radius, abs=2e-4)
    np.testing.assert_allclose(found, centre, atol=0.03)


@pytest.mark.parametrize("level", LEVELS)
def test_both_sides_of_a_symmetric_mesh_have_the_same_tunnel(mesh, level):
    left, right = (narrowest(sections(mesh, level, side)) for side in ("left", "right"))
    assert left[0].area == pytest.approx(right[0].area, rel=1e-9)
    assert left[2] == pytest.approx(right[2], rel=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_tunnels_of_the_shipped_meshes_agree(mesh, coarse_mesh, level):
    """Within what edges of the coarser mesh cut off: of a round opening of radius r those of length h take h² / 6 r².

    The clearance is near groove depth plus rise, 4 mm.
    """
    found = [sections(one, level) for one in (mesh, coarse_mesh)]
    areas = [np.mean([section.area for section in one]) for one in found]
    cut_off = MeshSettings(density="test").sizes_mm()["mal_mm"] ** 2 * np.pi / (6.0 * areas[1])
    assert 0.05 < cut_off < 0.08 and areas[0] == pytest.approx(areas[1], rel=cut_off)
    for one in found:
        assert len(one) == 7
        assert 3.0 < 2.0 * narrowest(one)[2] < 4.2


def test_tunnel_moves_with_the_bone(mesh):
    angle = 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    moved = mesh.points @ turn.T + np.array([5.0, -3.0, 1.0])
    for before, after in zip(sections(mesh), sections(mesh, points=moved)):
        assert after.area == pytest.approx(before.area, rel=1e-9)


def test_height_is_that_under_the_middle_of_the_roof():
    outline = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (2.0, 3.5), (0.0, 3.0)])
    section = Section(outline, np.array([False, False, True, True, False]), 0.0)
    assert section.height == pytest.approx(3.5)
    assert section.with_spur(1.0).height == pytest.approx(2.5)


def flat(width: float, height: float) -> Section:
    """An opening with an even floor and a ligament of many edges above it."""
    along = np.linspace(width, 0.0, 61)
    outline = np.vstack([[(0.0, 0.0), (width, 0.0)], np.column_stack([along, np.full(61, height)])])
    return Section(outline, np.array([False, False] + [True] * 60 + [False]), 0.0)


def test_spur_thicker_than_the_opening_leaves_what_is_open_beside_it():
    section = flat(6.0, 1.5)
    assert section.area == pytest.approx(9.0)
    u = np.linspace(0.25**0.25, 1.0, 10001)  # where 2 (1 - u^4) is below 1.5, on either side
    beside = 6.0 * np.mean(1.5 - 2.0 * (1.0 - u**4)) * (1.0 - u[0])
    spurred = section.with_spur(2.0)
    assert area(spurred.outline) < 0.0 < spurred.area
    assert spurred.area == pytest.approx(beside, rel=0.02)


def test_closed_opening_has_no_area():
    backwards = Section(SQUARE[::-1], np.array([False, False, True, False]), 0.0)
    assert backwards.area == 0.0


def test_open_area_of_a_crossed_outline_is_that_of_its_forward_loop():
    bow = np.array([(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)])
    assert Section(bow, np.zeros(4, dtype=bool), 0.0).area == pytest.approx(1.0)


def test_open_area_of_an_outline_that_does_not_cross_is_its_area(mesh):
    for section in sections(mesh):
        assert section.area == pytest.approx(area(section.outline), rel=1e-12)


def test_section_with_a_spur_is_that_of_the_anatomy_with_one(mesh):
    """Bone added in the section, against the segment with the same spur.

    The mesh takes from the spur what its edges cut off, so the two agree in clearance better than in shape.
    """
    spur = 1.0
    values = default_anatomy_values()
    values["mal"]["L4"]["spur_mm"] = spur
    built = segment_mesh(Anatomy.model_validate(values), MeshSettings(density="test"))
    wanted = narrowest(sections(built))
    before = narrowest(sections(mesh))
    found = narrowest([section.with_spur(spur) for section in sections(mesh)])
    assert 2.0 * wanted[2] == pytest.approx(2.0 * before[2] - spur, abs=0.05)
    assert found[2] == pytest.approx(wanted[2], abs=0.08)
    assert found[0].area == pytest.approx(wanted[0].area, rel=0.1)
