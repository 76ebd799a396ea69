"""Stress relaxation of a solid: its history between time steps, and the item of one time step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.law import VOIGT
from fem_lumbar.materials.relaxation import Relaxation
from fem_lumbar.mechanics.item import Ties
from fem_lumbar.mechanics.kernels import Destination, component_order
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid, right_cauchy_green

_PAIRED = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
"""Multiplicity of each Voigt component in the product of stress and strain."""


class LostStress:
    """Stress that a solid has lost by the end of a time step, as an item that is added to the elastic one.

    Its energy is the incremental potential of the step, -end W(C) + L:E, where -end W(C) depends on the strain at the
    end of the step and the stress L is known at its start. It is not a stored energy.

    Parameters
    ----------
    name : str
        Name of the item.
    solid : MixedSolid
        The elastic item, which carries the stress without relaxation.
    law : FibreReinforced
        The part of its law that relaxes.
    end : float
        Fraction of the stress at the end of the step that is lost by then.
    settled : (n_e, n_q, 6)
        L: the rest of the loss, as a second Piola-Kirchhoff stress to add, MPa.
    """

    def __init__(self, name: str, solid: MixedSolid, law: FibreReinforced, end: float, settled: np.ndarray) -> None:
        self.name = name
        self._solid = solid
        self._answering = Solid(name, solid.nodes, solid.gradients, solid.weights, law.without_volume_change(-end))
        self.dofs = self._answering.dofs
        self.ties: Ties = []
        self.packing = component_order(10, 0)
        self._settled = settled
        tensor = np.empty((*settled.shape[:-1], 3, 3))
        for component, (a, b) in enumerate(VOIGT):
            tensor[..., a, b] = tensor[..., b, a] = settled[..., component]
        self._weighted = tensor * solid.weights[..., None, None]
        # One number per pair of nodes: the geometric stiffness of L is the same for the three displacement components.
        self._stiffness = np.einsum(
            "eqai,eqij,eqbj->eab", solid.gradients, self._weighted, solid.gradients, optimize=True
        )

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Potential of the step (N·mm) and nodal forces (n_e, 30) in N."""
        energy, rows = self._answering.forces(self._solid.from_rest(x), load_factor)
        f = self._solid.deformation(x)
        strain = 0.5 * (right_cauchy_green(f) - np.eye(3))[..., VOIGT[:, 0], VOIGT[:, 1]]
        energy += float(np.sum(self._solid.weights[..., None] * _PAIRED * self._settled * strain))
        settled = np.einsum("eqik,eqkj,eqaj->eai", f, self._weighted, self._solid.gradients, optimize=True)
        return energy, rows + settled.reshape(rows.shape)

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the forces (n_e, 30, 30), N/mm."""
        out = self._answering.tangent(self._solid.from_rest(x), load_factor)
        for component in range(3):
            out[:, component::3, component::3] += self._stiffness
        return out

    def add_tangent(self, x: np.ndarray, load_factor: float, destination: Destination) -> None:
        """Add the derivative of the forces to a global matrix."""
        self._answering.add_tangent(self._solid.from_rest(x), load_factor, destination)
        first, second = np.triu_indices(30)
        same = first // 10 == second // 10
        places = destination.positions[:, same]
        packed = self._stiffness[:, first[same] % 10, second[same] % 10]
        there = places >= 0
        np.add.at(destination.values, places[there], packed[there])


@dataclass(frozen=True)
class RelaxingSolid:
    """State of a relaxing solid at one time: its elastic stress, relative to rest, and the loss in each branch.

    The volumetric stress does not relax, and neither does the stress at rest, which is taken as fully relaxed.

    Attributes
    ----------
    solid : MixedSolid
        The elastic item.
    relaxation : Relaxation
        Branches.
    law : FibreReinforced
        The part of the elastic law that relaxes.
    at_rest : (n_e, n_q, 6)
        Its stress at rest, MPa.
    stress : (n_e, n_q, 6)
        Its stress minus that at rest, MPa.
    lost : (n_b, n_e, n_q, 6)
        Part of ``stress`` lost in each branch, MPa.
    """

    solid: MixedSolid
    relaxation: Relaxation
    law: FibreReinforced
    at_rest: np.ndarray
    stress: np.ndarray
    lost: np.ndarray

    @classmethod
    def loaded_at_once(
        cls, solid: MixedSolid, law: FibreReinforced, relaxation: Relaxation, rest: np.ndarray, x: np.ndarray
    ) -> RelaxingSolid:
        """A solid that has just been brought from a state of rest to a state x, both (n_dofs,)."""
        relaxing = law.without_volume_change()
        at_rest = _stress(solid, relaxing, rest)
        lost = np.zeros((len(relaxation.shares), *at_rest.shape))
        return cls(solid, relaxation, relaxing, at_rest, _stress(solid, relaxing, x) - at_rest, lost)

    def over(self, duration_s: float) -> LostStress:
        """The item of a time step from here, s."""
        step = self.relaxation.step(duration_s)
        end = float(step.end.sum())
        lost = np.tensordot(step.kept, self.lost, 1) + step.start.sum() * self.stress - end * self.at_rest
        return LostStress(f"{self.solid.name}.relaxation", self.solid, self.law, end, -lost)

    def after(self, duration_s: float, x: np.ndarray) -> RelaxingSolid:
        """The solid after a time step, s, to a state x (n_dofs,)."""
        step = self.relaxation.step(duration_s)
        stress = _stress(self.solid, self.law, x) - self.at_rest
        before, kept, start, end = self.lost, *(part[:, None, None, None] for part in (step.kept, step.start, step.end))
        return replace(self, stress=stress, lost=kept * before + start * self.stress + end * stress)


def _stress(solid: MixedSolid, law: FibreReinforced, x: np.ndarray) -> np.ndarray:
    """Second Piola-Kirchhoff stress (n_e, n_q, 6) of a law in a state x (n_dofs,), MPa."""
    return law.response(right_cauchy_green(solid.deformation(x)))[1]
