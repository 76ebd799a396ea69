"""A nerve between plates against hand calculations, and in sections."""

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError, PhysicsError
from fem_lumbar.measures.tunnel_section import Section
from fem_lumbar.nerve.critical import as_it_is, by_all_walls
from fem_lumbar.nerve.outline import largest_circle
from fem_lumbar.nerve.parameters import nerve_tissue
from fem_lumbar.nerve.press import Press
from fem_lumbar.nerve.walls import Moved, SectionWalls
from tests.nerve.flat_walls import Plates


@pytest.fixture(scope="module")
def press():
    return Press(nerve_tissue(1.0))


def squeezed(press, share):
    """The nerve between plates that take a share of its diameter."""
    whole = 2.0 * press.radius
    return press.follow(press.at_rest(np.zeros(2)), Plates, whole, (1 - share) * whole, 0.05)


def force(pressed):
    """Of the upper plate, N per mm of length."""
    contact = pressed.contact
    upper = contact.normals[:, 1] < 0.0
    return -(contact.pressure * contact.length * contact.normals[:, 1])[upper].sum()


def section(outline):
    outline = np.asarray(outline, float)
    return Section(outline, np.zeros(len(outline), bool), 0.0)


def box(width, height):
    return section(
        [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    )


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_light_squeeze_is_hertz_line_contact(press, share):
    """Approach of plates on a cylinder, Johnson 1985, Contact Mechanics, sec. 5.6: 2 P / (pi E*) (2 ln(4 R / a) - 1).

    E* = 4 mu of an incompressible cylinder, a^2 = 4 P R / (pi E*), mean pressure P / 2 a. Tolerance: the theory is for
    small strains, the penalty lets walls overlap by some per cent of the approach.
    """
    found = squeezed(press, share)
    plain = 4.0 * press.tissue.shear_modulus_MPa
    load, radius = force(found), press.radius
    half_width = np.sqrt(4 * load * radius / (np.pi * plain))
    approach = 2 * load / (np.pi * plain) * (2 * np.log(4 * radius / half_width) - 1)
    assert approach == pytest.approx(share * 2 * radius, rel=0.03)
    assert found.pressures.contact_mean / 1000 == pytest.approx(load / (2 * half_width), rel=0.1)


def test_hard_squeeze_keeps_the_area_and_fills_the_gap(press):
    """Three fifths in height: as wide as its area says, between a rectangle and a strip with half circles for ends."""
    found = squeezed(press, 0.4)
    _, areas = press.nerve.pressures(found.x)
    area, height = np.pi * press.radius**2, 1.2 * press.radius
    assert areas.sum() == pytest.approx(area, rel=0.005)
    width = np.ptp(press.nerve.positions(found.x)[:, 0])
    assert area / height < width < (area - np.pi / 4 * height**2) / height + height


def test_forces_balance_and_make_the_stress(press):
    """Walls push as hard from both sides; the stress over the section is what they do to it (virial)."""
    found = squeezed(press, 0.3)
    contact = found.contact
    assert np.abs(contact.force).max() < 1e-6 * force(found)
    pushes = (contact.pressure * contact.length)[:, None] * contact.normals
    virial = np.einsum("ni,nj->ij", pushes, contact.points)
    np.testing.assert_allclose(press.nerve.mean_stress(found.x), virial, atol=2e-3 * np.abs(virial).max())


def test_squeeze_is_symmetric(press):
    found = squeezed(press, 0.2)
    positions = press.nerve.positions(found.x)
    for mirror in ([1, -1], [-1, 1]):
        apart = np.linalg.norm(positions[:, None] * mirror - positions, axis=2).min(axis=1)
        assert apart.max() < 1e-6


def test_finer_meshes_change_little():
    """Mean pressure in the nerve: differences between meshes fall."""
    found = [squeezed(Press(nerve_tissue(1.0), edges), 0.15) for edges in (24, 48, 96)]
    values = [one.pressures.nerve_mean for one in found]
    assert abs(values[2] - values[1]) < 0.5 * abs(values[1] - values[0])
    assert values[2] == pytest.approx(values[1], rel=0.01)


def test_stiffness_of_contact_is_a_derivative(press):
    rng = np.random.default_rng(1)
    walls = SectionWalls(box(1.5, 0.95).outline, 0.05, 0.04)
    x = press.at_rest(np.array([0.05, 0.02]))
    way, step = rng.normal(size=len(x)), 1e-7
    here, ahead, behind = (press.contact.assemble(x + sign * step * way, walls) for sign in (0, 1, -1))
    assert here.forces @ way == pytest.approx((ahead.energy - behind.energy) / (2 * step), rel=1e-5)
    product = np.bincount(here.rows, here.values * way[here.columns], minlength=len(x))
    np.testing.assert_allclose(product, (ahead.forces - behind.forces) / (2 * step), atol=1e-4 * np.abs(product).max())


def test_nerve_with_room_is_not_pressed(press):
    wide = box(3.0, 1.2)
    found = as_it_is(press, wide, *largest_circle(wide.outline))
    assert found.pressures.contact_mean == found.pressures.nerve_mean == 0.0
    assert np.abs(press.nerve.positions(found.x).mean(axis=0)[1]) < 0.01


def test_flat_tunnel_presses_like_plates(press):
    flat = box(4.0, 0.9)
    found = as_it_is(press, flat, np.zeros(2), 0.45)
    plates = squeezed(press, 0.1)
    assert found.pressures.nerve_mean == pytest.approx(plates.pressures.nerve_mean, rel=0.01)
    assert force(found) == pytest.approx(force(plates), rel=0.01)


def test_mirrored_tunnel_presses_as_hard(press):
    outline = np.array([(-1.0, -0.3), (0.9, -0.5), (1.1, 0.4), (-0.8, 0.5)])
    mirrored = (outline * [-1, 1])[::-1]
    found = [as_it_is(press, section(one), *largest_circle(one)).pressures for one in (outline, mirrored)]
    assert found[0].contact_mean > 0.0
    assert found[0].nerve_mean == pytest.approx(found[1].nerve_mean, rel=0.01)


def test_narrowing_found_is_where_the_pressure_is(press):
    flat = box(4.0, 1.4)
    path = by_all_walls(press, flat, np.zeros(2), 0.7, 3.0)
    inwards = path.reaches(3.0, "nerve_mean")
    assert 0.2 < inwards < 0.35
    walls = SectionWalls(flat.outline, 0.05, 0.04)
    there = press.follow(press.at_rest(np.zeros(2)), lambda t: Moved(walls, t), 0.19, inwards, 0.02)
    assert there.pressures.nerve_mean == pytest.approx(3.0, rel=0.02)
    assert path.reaches(1e6, "nerve_mean") is None


def test_impossible_squeeze_is_told(press):
    tiny = box(0.4, 0.4)
    with pytest.raises(PhysicsError, match="into the walls"):
        as_it_is(press, tiny, np.zeros(2), 0.2)


@pytest.mark.parametrize("diameter", [0.0, -1.0, 50.0, float("nan")])
def test_impossible_diameter_is_refused(diameter):
    with pytest.raises(InputError, match="between"):
        nerve_tissue(diameter)
