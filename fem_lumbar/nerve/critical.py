"""Narrowing of a tunnel at which the nerve in it reaches a given pressure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.measures.tunnel_section import Section
from fem_lumbar.nerve.outline import largest_circle
from fem_lumbar.nerve.parameters import numerics
from fem_lumbar.nerve.press import Press, Pressed, Pressures
from fem_lumbar.nerve.walls import Moved, SectionWalls, Walls

_PRECISION_MM = 1e-3
_STEP = 0.04
"""Step of the walls relative to the radius of the nerve; pressures are interpolated in between."""
_FREE = 1.005
"""Radius of the largest circle over that of the nerve at the start of narrowing: just out of contact."""
_LONGEST = 40
"""Number of steps after which a pressure counts as not reached."""
MEASURES = ("contact_mean", "nerve_mean")


@dataclass(frozen=True)
class Narrowing:
    """Pressures along a path of narrowing.

    Attributes
    ----------
    places : tuple of float
        Narrowing relative to the initial section, mm; negative where the section was widened.
    pressures : tuple of Pressures
        Pressures at each of them.
    note : str
        Why the path ends before the highest pressure asked for; empty when that is reached.
    """

    places: tuple[float, ...]
    pressures: tuple[Pressures, ...]
    note: str = ""

    def reaches(self, pressure_kPa: float, measure: str) -> float | None:
        """Narrowing, mm, at which a pressure is first reached; negative if already exceeded; None if never."""
        values = np.array([getattr(pressures, measure) for pressures in self.pressures])
        above = np.flatnonzero(values >= pressure_kPa)
        if not len(above):
            return None
        first = int(above[0])
        if first == 0:
            return float(self.places[0])
        return float(np.interp(pressure_kPa, values[first - 1 : first + 1], self.places[first - 1 : first + 1]))


def section_walls(section: Section) -> SectionWalls:
    """Walls of a section, with the rounding of the data file."""
    choices = numerics()
    return SectionWalls(section.outline, choices.wall_rounding_mm, choices.wall_grid_mm)


def as_it_is(press: Press, section: Section, centre: np.ndarray, radius: float) -> Pressed:
    """Equilibrium of the nerve in a section, starting in its largest circle with a given centre (2,) and radius, mm.

    If the nerve does not fit, the walls are first moved apart and then brought back in steps.
    """
    walls = section_walls(section)
    apart = min(0.0, radius - _FREE * press.radius)
    x = press.at_rest(centre)
    if apart == 0.0:
        return press.pressed(press.equilibrium(x, walls), walls)
    return press.follow(x, lambda inwards: Moved(walls, inwards), apart, 0.0, _STEP * press.radius)


def by_all_walls(press: Press, section: Section, centre: np.ndarray, radius: float, highest_kPa: float) -> Narrowing:
    """Narrowing by moving all walls inwards along their normals until all pressures exceed ``highest_kPa``.

    It starts where the largest circle, of given centre (2,) and radius (mm), just clears the nerve.
    """
    walls = section_walls(section)
    start = radius - _FREE * press.radius
    return _narrowed(press, lambda inwards: Moved(walls, inwards), centre, start, highest_kPa)


def by_spur(press: Press, section: Section, highest_kPa: float) -> Narrowing:
    """Narrowing by growing a bony spur on the roof until all pressures exceed ``highest_kPa`` or it reaches the bone.

    No pressures if the nerve keeps enough space beside the spur, or does not fit at all.
    """

    def room(thickness: float) -> float:
        return largest_circle(section.with_spur(thickness).outline)[1] - _FREE * press.radius

    if room(0.0) <= 0.0:
        return Narrowing((), (), "the nerve does not fit")
    thickest = section.height
    if room(thickest) > 0.0:
        return Narrowing((), (), f"space remains beside a spur that reaches the bone ({thickest:.1f} mm)")
    start = brentq(room, 0.0, thickest, xtol=_PRECISION_MM)
    centre, _ = largest_circle(section.with_spur(start).outline)
    return _narrowed(press, lambda t: section_walls(section.with_spur(t)), centre, start, highest_kPa, thickest)


def _narrowed(
    press: Press,
    walls: Callable[[float], Walls],
    centre: np.ndarray,
    start: float,
    highest_kPa: float,
    furthest: float = np.inf,
) -> Narrowing:
    """Pressures along a path of walls that starts just out of contact; each equilibrium starts from the last one."""
    step = _STEP * press.radius
    x = press.equilibrium(press.at_rest(centre), walls(start))
    places, found = [start], [press.pressed(x, walls(start)).pressures]
    change = np.zeros_like(x)
    while (
        len(places) <= _LONGEST
        and places[-1] + step <= furthest
        and min(getattr(found[-1], measure) for measure in MEASURES) < highest_kPa
    ):
        at = places[-1] + step
        try:
            following = press.equilibrium(x + change, walls(at))
            pressures = press.pressed(following, walls(at)).pressures
        except PhysicsError:
            try:
                pressed = press.follow(x, walls, places[-1], at, 0.5 * step)
            except PhysicsError:
                note = f"no equilibrium found beyond {found[-1].contact_mean:.2g} kPa of contact pressure"
                return Narrowing(tuple(places), tuple(found), note)
            following, pressures = pressed.x, pressed.pressures
        change, x = following - x, following
        places.append(at)
        found.append(pressures)
    reached = min(getattr(found[-1], measure) for measure in MEASURES) >= highest_kPa
    note = "" if reached else f"not reached within {places[-1]:.1f} mm (end of search)"
    return Narrowing(tuple(places), tuple(found), note)
