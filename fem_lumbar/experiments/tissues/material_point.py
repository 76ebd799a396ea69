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
"""Half-width, in strain, of the central difference that gives a tangent: its error is STEP² times the third derivative
of the stress over the modulus (k2 of 90: 1e-5), and round-off of the solve over STEP (1e-6)."""


@dataclass(frozen=True)
class MaterialPoint:
    """A law of one cell with the volume change that a mixed element carries as a pressure.

    Attributes
    ----------
    law : Law
        With one row of parameters.
    bulk_modulus : float
        K of the pressure K (J - 1), MPa, beside what the law itself carries; zero for none.
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
        """Principal stretches (3,) when ``axes`` are stretched alike and the other faces are free.

        Raises
        ------
        PhysicsError
            When no state with free faces is found.
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
        """Nominal stress (3,) MPa, force per unloaded area, at a strain (stretch - 1) of ``axes``."""
        stretches = self.stretched(axes, 1.0 + strain)
        stress = np.diag(self.cauchy_stress(np.diag(stretches)))
        return stress * np.prod(stretches) / stretches

    def tangent_modulus(self, axes: Sequence[int], strain: float, along: int) -> float:
        """Slope of the nominal stress along an axis over the strain of ``axes``, MPa."""
        above, below = (self.nominal_stress(axes, strain + step)[along] for step in (STEP, -STEP))
        return float((above - below) / (2 * STEP))

    def lateral_ratio(self, along: int, across: int, strain: float) -> float:
        """Contraction across over extension along in uniaxial tension: minus the slope of strain over strain."""
        above, below = (self.stretched([along], 1.0 + strain + step)[across] for step in (STEP, -STEP))
        return float((below - above) / (2 * STEP))

    def shear_modulus(self, plane: tuple[int, int], strain: float) -> float:
        """Shear stress over the amount of shear ``strain`` of simple shear in a plane, MPa."""
        f = np.eye(3)
        f[plane] = strain
        return float(self.cauchy_stress(f)[plane] / strain)
