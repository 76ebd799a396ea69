"""Linear response of the joints to the muscles in a state: moment arms, compliance and displacements."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.measures.muscles import unit_moments
from fem_lumbar.mechanics.item import total
from fem_lumbar.model.muscle_lines import MuscleLines, build_muscles
from fem_lumbar.model.muscles import Muscle, Pull
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.newton import Newton

_ACCURACY, _ROUGH = 1e-7, 1e-2
"""Accuracy, relative to the right-hand side, of responses to unit moments, and of those that iterations follow."""


class MuscleResponse:
    """Linear responses to fascicles at full activation, set in a posture ``set_at`` (n_dofs,).

    Parameters
    ----------
    scenario, segment
        Model.
    full_N : mapping
        Force of each fascicle at full activation, N.
    """

    def __init__(self, scenario: Scenario, segment: Segment, full_N: Mapping[Muscle, float]) -> None:
        self._scenario, self._segment, self._full_N = scenario, segment, full_N

    def tension_N(self, x: np.ndarray, set_at: np.ndarray) -> dict[Muscle, float]:
        """Tension of each fascicle at full activation in a state x (n_dofs,)."""
        lines = self._at_full(set_at)
        tension = lines.item.tension(x, 1.0)
        return {name: float(tension[lines.rows(name)].sum()) for name in self._full_N}

    def linearised(
        self, newton: Newton, x: np.ndarray, load_factor: float, set_at: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Moments (m, n) of fascicles at full activation, compliance (m, m) of the joints, responses (m, n_dofs).

        A response is the displacement of all nodes under unit moments at a joint. By reciprocity, its work with any
        forces is the rotation of the joint under them. The latest tangent of ``newton`` must be that of the state x
        (n_dofs,) at a load factor.
        """
        dof_map = newton.dof_map
        moments = unit_moments(self._segment, x)
        answers = np.array(
            [
                dof_map.state(newton.linearisation.solve(dof_map.gather(row), _ACCURACY, newton.clock), 0.0)
                for row in moments
            ]
        )
        compliance = answers @ moments.T
        compliance = 0.5 * (compliance + compliance.T)
        muscles = self._at_full(set_at)
        item, pattern = muscles.item, load_factor * muscles.item.pattern(x)
        turned = np.empty((len(moments), len(self._full_N)))
        for k, name in enumerate(self._full_N):
            rows = muscles.rows(name)
            turned[:, k] = answers @ total(item.dofs[rows], pattern[rows], self._segment.n_dofs)
        return np.linalg.solve(compliance, turned), compliance, answers

    def predicted_displacement(
        self, newton: Newton, x: np.ndarray, load_factor: float, set_at: np.ndarray, change: np.ndarray
    ) -> np.ndarray:
        """Displacements (n_dofs,) under a change (n,) of activations at the equilibrium x (n_dofs,), linearised.

        The latest tangent of ``newton`` must be that of this state.
        """
        muscles, dof_map = self._at_full(set_at), newton.dof_map
        changes = dict(zip(self._full_N, change, strict=True))
        weights = load_factor * np.array([changes[name] for name in muscles.muscles])
        forces = total(muscles.item.dofs, weights[:, None] * muscles.item.pattern(x), self._segment.n_dofs)
        return dof_map.state(newton.linearisation.solve(dof_map.gather(forces), _ROUGH, newton.clock), 0.0)

    def _at_full(self, set_at: np.ndarray) -> MuscleLines:
        """Lines of all fascicles at full activation."""
        pulls = {name: Pull(force, 1.0) for name, force in self._full_N.items()}
        muscles = build_muscles(self._scenario, self._segment, pulls, set_at)
        if muscles is None:
            raise PhysicsError("no fascicle is left that pulls")
        return muscles
