"""Contact pairs: penalty pressure between quadrature points and the quadratic facets they are paired with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numba
import numpy as np

from fem_lumbar.foundation.numerics import FREE_DEPTH
from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.mechanics.contact_interface import ContactInterface
from fem_lumbar.mechanics.item import Ties
from fem_lumbar.mechanics.quadratic_facet import Foot, feet


@dataclass(frozen=True)
class ContactPairs:
    """Pairs of a quadrature point and a facet: an item with fixed rows, which can be evaluated in any state.

    The gap is the distance to the foot (closest-point projection) on the deformed quadratic triangle. Residual and
    tangent are the exact derivatives of the energy, including the sliding of the foot over the curved facet (Laursen &
    Simo 1993, IJNME 36:3451-3485), so that force and moment balance exactly.

    Attributes
    ----------
    name : str
        Name of the contact.
    interface : ContactInterface
        The two surfaces.
    penalty : ContactPenalty
        Pressure as a function of penetration.
    points, facets : (n,) int
        Quadrature point and facet of each pair.
    start : (n, 2)
        Local coordinates on the facet at which the search for the foot starts.
    hold : (n,)
        Factor on the pressure that fades it at the rim of the target, 0 to 1.
    share : (n,)
        Fraction of the point's force on this facet; the fractions of one point sum to 1.
    point_hold : (q,)
        ``hold`` of every quadrature point, paired or not.
    depth : float
        Deepest penetration in the state in which the pairs were found, mm.
    """

    name: str
    interface: ContactInterface
    penalty: ContactPenalty
    points: np.ndarray
    facets: np.ndarray
    start: np.ndarray
    hold: np.ndarray
    share: np.ndarray
    point_hold: np.ndarray
    depth: float
    ties: Ties = field(default_factory=list)

    @property
    def free_depth(self) -> float:
        """Penetration to which a step may close the contact at once, mm."""
        return FREE_DEPTH * self.penalty.hardening_depth

    @cached_property
    def dofs(self) -> np.ndarray:
        """Degrees of freedom (n, m) of the pairs."""
        return self.interface.rows(self.points, self.facets)

    @cached_property
    def area(self) -> np.ndarray:
        """Area (n,) mm2 of each pair, faded at the rim."""
        return self.interface.weights[self.points] * self.hold * self.share

    def feet(self, x: np.ndarray) -> tuple[Foot, np.ndarray]:
        """Feet of the points in a state x (n_dofs,), and the points (n, 3)."""
        points, facets = self.interface.some(x, self.points, self.facets)
        return feet(points, facets, self.start), points

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Penalty energy (N·mm) and residual (n, m) in N."""
        foot, _ = self.feet(x)
        energy, pressure, _ = self.penalty.response(-foot.gap)
        push = -(self.area * pressure)[:, None, None] * self._lever(foot)[:, :, None] * foot.normal[:, None]
        return float(self.area @ energy), push.reshape(self.dofs.shape)

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the residual (n, m, m), N/mm."""
        foot, _ = self.feet(x)
        _, pressure, stiffness = self.penalty.response(-foot.gap)
        slopes = np.einsum("nsa,nam->nsm", foot.slopes, self.interface.target.lift[self.facets])
        foot = foot._replace(slopes=slopes)
        return _tangent(self.area * pressure, self.area * stiffness, self._lever(foot), *foot)

    def point_energies(self, x: np.ndarray) -> np.ndarray:
        """Energy (q,) of every quadrature point as if its pressure were not faded at the rim, N·mm."""
        density, _, _ = self.penalty.response(-self.feet(x)[0].gap)
        weights = self.interface.weights
        return np.bincount(self.points, weights[self.points] * self.share * density, len(weights))

    def _lever(self, foot: Foot) -> np.ndarray:
        """Coefficient (n, m / 3) of each node of a pair in the vector from foot to point."""
        of_facet = np.einsum("na,nam->nm", foot.values, self.interface.target.lift[self.facets])
        return np.hstack([self.interface.shapes[self.points], -of_facet])


@numba.njit(parallel=True, cache=True, error_model="numpy")
def _tangent(
    force: np.ndarray,
    stiffness: np.ndarray,
    lever: np.ndarray,
    gap: np.ndarray,
    normal: np.ndarray,
    values: np.ndarray,
    slopes: np.ndarray,
    tangents: np.ndarray,
    curvature: np.ndarray,
) -> np.ndarray:
    """Second derivative (n, m, m) of the energy of pairs.

    With the normal part N_a = n . dy,_a of the facet's tilt and the slide T_a = y,_a . (dx - dy) of the point over it,
    the foot moves by D = A^-1 (T + g N), A = m - g k, and the gap has the second derivative
    -(D.N + N.D) - D.k D + g (N + k D) . m^-1 (N + k D), with the metric m and the curvature k of the facet.

    ``force`` (n,) N and ``stiffness`` (n,) N/mm of each pair, ``lever`` (n, m / 3) of its nodes; the rest is a Foot
    whose ``slopes`` are those of the nodes of the mesh.
    """
    nodes = lever.shape[1]
    first, size = nodes - slopes.shape[2], 3 * nodes
    out = np.empty((len(gap), size, size))
    for pair in numba.prange(len(gap)):
        n, g, k, y = normal[pair], gap[pair], curvature[pair], tangents[pair]
        m11 = y[0, 0] ** 2 + y[0, 1] ** 2 + y[0, 2] ** 2
        m12 = y[0, 0] * y[1, 0] + y[0, 1] * y[1, 1] + y[0, 2] * y[1, 2]
        m22 = y[1, 0] ** 2 + y[1, 1] ** 2 + y[1, 2] ** 2
        a11, a12, a22 = m11 - g * k[0, 0], m12 - g * k[0, 1], m22 - g * k[1, 1]
        in_plane, area = m11 * m22 - m12 * m12, a11 * a22 - a12 * a12
        along, tilt, foot, bent = np.empty(size), np.zeros((2, size)), np.empty((2, size)), np.empty((2, size))
        for a in range(nodes):
            for i in range(3):
                e = 3 * a + i
                along[e] = lever[pair, a] * n[i]
                if a >= first:
                    tilt[0, e], tilt[1, e] = slopes[pair, 0, a - first] * n[i], slopes[pair, 1, a - first] * n[i]
                slide0 = lever[pair, a] * y[0, i] + g * tilt[0, e]
                slide1 = lever[pair, a] * y[1, i] + g * tilt[1, e]
                foot[0, e] = (a22 * slide0 - a12 * slide1) / area
                foot[1, e] = (a11 * slide1 - a12 * slide0) / area
                bent[0, e] = tilt[0, e] + k[0, 0] * foot[0, e] + k[0, 1] * foot[1, e]
                bent[1, e] = tilt[1, e] + k[1, 0] * foot[0, e] + k[1, 1] * foot[1, e]
        for e in range(size):
            up0 = (m22 * bent[0, e] - m12 * bent[1, e]) / in_plane
            up1 = (m11 * bent[1, e] - m12 * bent[0, e]) / in_plane
            for f in range(size):
                second = g * (up0 * bent[0, f] + up1 * bent[1, f])
                second -= foot[0, e] * bent[0, f] + foot[1, e] * bent[1, f]  # D.N + D.k D
                second -= tilt[0, e] * foot[0, f] + tilt[1, e] * foot[1, f]
                out[pair, e, f] = stiffness[pair] * along[e] * along[f] - force[pair] * second
    return out
