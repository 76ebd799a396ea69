"""Equilibrium of the nerve between walls by Newton's method, with incremental motion of the walls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import splu

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.foundation.quantiles import weighted_quantile
from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.nerve.contact import ContactState, WallContact
from fem_lumbar.nerve.ogden import Ogden
from fem_lumbar.nerve.parameters import NerveTissue, numerics
from fem_lumbar.nerve.plane import PlaneNerve, disc
from fem_lumbar.nerve.walls import Walls

_ONSET, _HARDENING = 0.001, 1.0
"""Smoothed onset and hardening depth of contact, relative to the radius."""
_DEEPEST = 0.02
"""Penetration of the walls, relative to the radius, above which a state is rejected."""
_HOLDS = (1e-3, 1e-6)
"""Stiffness of a bed that holds the nerve at its last position, relative to shear modulus over squared radius. The
first one lets the nerve find its place between the walls; with the second one hardly any bed force remains."""
_TOLERANCE, _PART = 1e-7, 1e-5
"""Largest residual force, relative to shear modulus times radius, or to the contact forces where those are larger."""
_ITERATIONS, _HALVINGS, _SMALLEST = 40, 6, 1e-2
_LONGEST = (0.03, 0.1)
"""Largest motion of a node per iteration, relative to the radius; the second value is used if the first fails."""


@dataclass(frozen=True)
class Pressures:
    """Contact pressures and hydrostatic pressures in the nerve, kPa, + compression; zero without contact.

    Attributes
    ----------
    contact_mean, contact_p95 : float
        Mean and 95th percentile over the part of the outline in contact, weighted by length.
    nerve_mean, nerve_p95 : float
        Mean and 95th percentile of the hydrostatic pressure over the cross-section, weighted by area.
    """

    contact_mean: float
    contact_p95: float
    nerve_mean: float
    nerve_p95: float


@dataclass(frozen=True)
class Pressed:
    """An equilibrium.

    Attributes
    ----------
    x : ndarray (dofs,)
        Displacements and pressures.
    contact : ContactState
    pressures : Pressures
    """

    x: np.ndarray
    contact: ContactState
    pressures: Pressures


class Press:
    """A nerve compressed by walls.

    Parameters
    ----------
    tissue : NerveTissue
    edges : int
        Number of edges on the outline of its mesh.
    """

    def __init__(self, tissue: NerveTissue, edges: int = 96) -> None:
        self.tissue = tissue
        self.radius = tissue.radius_mm
        law = Ogden(tissue.shear_modulus_MPa, tissue.exponent)
        self.nerve = PlaneNerve(disc(self.radius, edges), law, tissue.bulk_modulus_MPa)
        self._unit = tissue.shear_modulus_MPa / self.radius
        stiffness = numerics().contact_stiffness_ratio * self._unit
        self.contact = WallContact(
            self.nerve, ContactPenalty(stiffness, _ONSET * self.radius, _HARDENING * self.radius)
        )
        rows, columns, values = self.nerve.inertia()
        shape = (self.nerve.unknowns, self.nerve.unknowns)
        self._bed = coo_matrix((values * self._unit / self.radius, (rows, columns)), shape).tocsr()

    def at_rest(self, centre: np.ndarray) -> np.ndarray:
        """Unknowns of the unloaded nerve with its centre at a point (2,), mm."""
        x = np.zeros(self.nerve.unknowns)
        x[: 2 * self.nerve.count] = np.tile(centre, self.nerve.count)
        return x

    def equilibrium(self, x: np.ndarray, walls: Walls) -> np.ndarray:
        """Unknowns in equilibrium with the walls, starting from ``x``.

        Raises
        ------
        PhysicsError
            When Newton's method does not converge.
        """
        for hold in _HOLDS:
            try:
                x = self._newton(x, walls, hold, _LONGEST[0])
            except PhysicsError:
                x = self._newton(x, walls, hold, _LONGEST[1])
        return x

    def follow(self, x: np.ndarray, walls: Callable[[float], Walls], start: float, end: float, step: float) -> Pressed:
        """Equilibrium at the end of a path of walls; steps are halved when Newton's method fails.

        ``x`` is the equilibrium at ``start``; ``walls`` maps a position on the path to the walls; ``step`` is the
        longest step.
        """
        at, size = start, step
        while at != end:
            ahead = min(end, at + size) if end > at else max(end, at - size)
            try:
                x = self.equilibrium(x, walls(ahead))
            except PhysicsError:
                size *= 0.5
                if size < _SMALLEST * step:
                    raise
                continue
            at, size = ahead, min(step, 2.0 * size)
        return self.pressed(x, walls(end))

    def pressed(self, x: np.ndarray, walls: Walls) -> Pressed:
        """Contact and pressures of a state in equilibrium with the walls.

        Raises
        ------
        PhysicsError
            When the nerve penetrates the walls by more than is acceptable.
        """
        contact = self.contact.state(x, walls)
        if contact.overlap > _DEEPEST * self.radius:
            raise PhysicsError(
                f"the nerve reaches {contact.overlap:.2g} mm into the walls: too much for the contact penalty"
            )
        if not len(contact.pressure):
            return Pressed(x, contact, Pressures(0.0, 0.0, 0.0, 0.0))
        kilo = 1000.0
        hydrostatic, area = self.nerve.pressures(x)
        return Pressed(
            x,
            contact,
            Pressures(
                kilo * float(np.average(contact.pressure, weights=contact.length)),
                kilo * weighted_quantile(contact.pressure, contact.length, 0.95),
                kilo * float(np.average(hydrostatic, weights=area)),
                kilo * weighted_quantile(hydrostatic, area, 0.95),
            ),
        )

    def _newton(self, x: np.ndarray, walls: Walls, hold: float, longest: float) -> np.ndarray:
        anchor, bed = x, hold * self._bed
        least = _TOLERANCE * self.tissue.shear_modulus_MPa * self.radius
        residual, stiffness, pushed = self._balance(x, anchor, bed, walls)
        if not np.isfinite(residual).all():
            raise PhysicsError("the nerve is turned inside out")
        moving = 2 * self.nerve.count
        for _ in range(_ITERATIONS):
            size = np.linalg.norm(residual)
            if size <= max(least, _PART * pushed):
                return x
            way = splu(stiffness.tocsc(), "MMD_AT_PLUS_A", 0.01, options={"SymmetricMode": True}).solve(residual)
            scale = min(1.0, longest * self.radius / np.abs(way[:moving]).max())
            for _ in range(_HALVINGS):
                trial = x - scale * way
                residual, stiffness, pushed = self._balance(trial, anchor, bed, walls)
                if np.isfinite(residual).all():
                    break
                scale *= 0.5
            else:
                break
            x = trial
        raise PhysicsError(f"no equilibrium of the nerve between the walls: residual {size:.1e} N/mm")

    def _balance(
        self, x: np.ndarray, anchor: np.ndarray, bed: csr_matrix, walls: Walls
    ) -> tuple[np.ndarray, csr_matrix, float]:
        """Residual forces, their stiffness, and the norm of the contact forces."""
        tissue = self.nerve.assemble(x)
        if not np.isfinite(tissue.energy):
            return tissue.forces, bed, 0.0
        contact = self.contact.assemble(x, walls)
        rows, columns, values = (
            np.concatenate([getattr(tissue, name), getattr(contact, name)]) for name in ("rows", "columns", "values")
        )
        stiffness = coo_matrix((values, (rows, columns)), bed.shape).tocsr() + bed
        pushed = float(np.linalg.norm(contact.forces))
        return tissue.forces + contact.forces + bed @ (x - anchor), stiffness, pushed
