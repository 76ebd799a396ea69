"""Mooney-Rivlin ground substance with two families of exponential, tension-only, dispersed fibres (annulus)."""

from __future__ import annotations

from copy import copy

import numpy as np
from typing_extensions import Self

from fem_lumbar.materials.law import VOIGT, Law, PerCell, per_cell
from fem_lumbar.materials.pointwise import FIBRE_REINFORCED

_STRESSES, _BULK = [0, 1, 5], 2
"""Columns of ``parameters`` in which the stress is linear (c10, c01, k1), and that of the bulk modulus."""


class FibreReinforced(Law):
    """Isochoric Mooney-Rivlin plus k1/(2 k2) (exp(k2 r(e)^2) - 1) per fibre family.

    The family strain e = H:C - 1 with the structure tensor H = (kappa I + (1 - 3 kappa) a x a) / (1 + slack)^2;
    fibres act in tension only (Gasser, Ogden, Holzapfel 2006, J R Soc Interface 3:15-35, on the full C), with
    r(e) = max(e, 0) there.
    Here fibres are recruited over a toe region of crimped collagen, r = e^2/(2 toe) up to the toe strain and
    e - toe/2 beyond, so that stiffness does not jump where a fibre becomes taut. The volumetric part is carried by a
    pressure field, except for a pointwise part K/2 e^2 (1 + b/2 e^2) with e = J - 1 - s.

    Parameters
    ----------
    c10, c01 : float or (n_e,)
        Ground substance, MPa.
    k1 : float or (n_e,)
        Fibre modulus, MPa.
    k2 : float or (n_e,)
        Fibre exponent.
    dispersion : float or (n_e,)
        kappa between 0 (aligned) and 1/3 (isotropic).
    directions : (n_e, 2, 3)
        Unit vectors of both families in the reference configuration.
    toe : float
        Strain e over which a fibre is recruited; zero for the law as published.
    slack : float or (n_e,)
        Stretch - 1 at which a slack fibre becomes taut.
    bulk_modulus : float or (n_e,)
        K of the pointwise volumetric part, MPa.
    volume_stiffening : float
        b of the pointwise volumetric part.
    swelling : float or (n_e,)
        s, the volume strain at which it is stress-free.

    Attributes
    ----------
    directions : (n_e, 2, 3)
        As given.
    dispersion, slack : (n_e,)
        As given.
    """

    number = FIBRE_REINFORCED
    stiffens = True

    def __init__(
        self,
        c10: PerCell,
        c01: PerCell,
        k1: PerCell,
        k2: PerCell,
        dispersion: PerCell,
        directions: np.ndarray,
        toe: PerCell = 0.0,
        slack: PerCell = 0.0,
        bulk_modulus: PerCell = 0.0,
        volume_stiffening: float = 0.0,
        swelling: PerCell = 0.0,
    ) -> None:
        n_cells = len(directions)
        self.directions = directions
        self.dispersion = np.broadcast_to(np.asarray(dispersion, dtype=float), (n_cells,))
        self.slack = np.broadcast_to(np.asarray(slack, dtype=float), (n_cells,))
        kappa, natural = (one[:, None, None, None] for one in (self.dispersion, 1.0 + self.slack))
        structure = kappa * np.eye(3) + (1 - 3 * kappa) * directions[..., :, None] * directions[..., None, :]
        structure /= natural**2
        voigt = structure[..., VOIGT[:, 0], VOIGT[:, 1]].reshape(n_cells, 12)
        volume = bulk_modulus, volume_stiffening, swelling
        self.parameters = np.hstack([per_cell(n_cells, c10, c01, *volume, k1, k2, toe), voigt])

    def of_cells(self, rows: np.ndarray) -> Self:
        """The law restricted to cells (m,)."""
        other = super().of_cells(rows)
        other.directions, other.dispersion, other.slack = self.directions[rows], self.dispersion[rows], self.slack[rows]
        return other

    def without_volume_change(self, factor: float = 1.0) -> FibreReinforced:
        """The law without its volumetric part, with its stress multiplied by a factor."""
        other = copy(self)
        other.parameters = self.parameters.copy()
        other.parameters[:, _BULK] = 0.0
        other.parameters[:, _STRESSES] *= factor
        return other
