"""One material point under the loads of a testing machine: uniaxial, biaxial and simple shear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.materials.law import Law
from fem_lumbar.mechanics.solid import push_forward

STEP = 1e-4
"""Half-width, in strain, of the central difference for a tangent modulus. Errors: STEP² times the third derivative of
the stress over the modulus (k2 of 90: 1e-5), and round-off of the solution over STEP (1e-6)."""


@dataclass(frozen=True)
class MaterialPoint:
    """A material law at one point, with the volumetric part that a mixed element carries as a pressure.

    Attributes
    ----------
    law : Law
        Material law with one row of parameters.
    bulk_modulus : float
        K of the pressure K (J - 1), MPa, in addition to the law itself; zero for none.
    """

    law: Law
    bulk_modulus: float = 0.0

    def cauchy_stress(self, f: np.ndarray) -> np.ndarray:
        """Cauchy stress (3, 3) MPa at a deformation gradient (3, 3)."""
        gradient = f[None, None]
        _, stress, _ = self.law.response(np.swapaxes(gradient, -1, -2) @ gradient)
        pressure = self.bulk_modulus * (np.linalg.det(f) - 1.0)
        return push_forward(gradient, stress)[0, 0] + pressure * np.eye(3)

    def stretched(self, axes: Sequence[int], stretch: float) -> np.ndarray:
        """Principal stretches (3,) with ``axes`` at the given stretch and stress-free other faces.

        Raises
        ------
        PhysicsError
            When no such state is found.
        """
        free = [axis for axis in range(3) if axis not in axes]

        def stretches(sides: np.ndarray) -> np.ndarray:
            out = np.full(3, stretch)
            out[free] = np.exp(sides)
            return out

        def unbalanced(sides: np.ndarray) -> np.ndarray:
            return self.cauchy_stress(np.diag(stretches(sides)))[free, free]

        found = root(unbalanced, np.full(len(free), -len(axes) / len(free) * np.log(stretch)), tol=1e-12)
        if not found.success and np.abs(found.fun).max() > 1e-9:
            raise PhysicsError(f"no state with free faces at a stretch of {stretch:g}: {found.message}")
        return stretches(found.x)

    def nominal_stress(self, axes: Sequence[int], strain: float) -> np.ndarray:
        """Nominal stress (3,) MPa, force per undeformed area, at a strain (stretch - 1) of ``axes``."""
        stretches = self.stretched(axes, 1.0 + strain)
        stress = np.diag(self.cauchy_stress(np.diag(stretches)))
        return stress * np.prod(stretches) / stretches

    def tangent_modulus(self, axes: Sequence[int], strain: float, along: int) -> float:
        """Tangent of the nominal stress along an axis with respect to the strain of ``axes``, MPa."""
        above, below = (self.nominal_stress(axes, strain + step)[along] for step in (STEP, -STEP))
        return float((above - below) / (2 * STEP))

    def lateral_ratio(self, along: int, across: int, strain: float) -> float:
        """Incremental Poisson ratio in uniaxial tension: minus lateral over axial increment of strain."""
        above, below = (self.stretched([along], 1.0 + strain + step)[across] for step in (STEP, -STEP))
        return float((below - above) / (2 * STEP))

    def shear_modulus(self, plane: tuple[int, int], strain: float) -> float:
        """Secant shear modulus, MPa: shear stress over the amount of shear ``strain`` in simple shear in a plane."""
        f = np.eye(3)
        f[plane] = strain
        return float(self.cauchy_stress(f)[plane] / strain)
