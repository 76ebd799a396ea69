"""Active muscles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.model.load_kinds.applied_load import LoadSite
from fem_lumbar.model.load_kinds.line_load import LineLoad
from fem_lumbar.model.muscle_lines import MuscleLines, build_muscles
from fem_lumbar.model.muscles import Muscle, Pull, balanced_pulls, given_pulls
from fem_lumbar.model.span import Span
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.load_kinds.section import LoadSection


@dataclass(frozen=True, eq=False)
class MuscleLoad(LineLoad[MuscleSection]):
    """Fascicles that pull; ``lines`` says what each line belongs to and how hard each fascicle pulls at full load."""

    section: ClassVar[type[LoadSection]] = MuscleSection
    cause: ClassVar[str] = "muscles"
    line_kind: ClassVar[str] = "muscle"

    lines: MuscleLines | None = None

    @classmethod
    def build(cls, given: MuscleSection, site: LoadSite) -> Self:
        """The load at full size."""
        pulls = _pulls(given, site)
        lines = build_muscles(site.scenario, site.segment, pulls, site.set_at) if pulls else None
        return cls(given, site.segment, () if lines is None else (lines.item,), lines)

    @property
    def spans(self) -> Sequence[Span]:
        """Levels joined by each line."""
        return () if self.lines is None else self.lines.spans

    @property
    def line_names(self) -> Sequence[str]:
        """Fascicle of each line."""
        return [name for name, _ in self._muscles]

    @property
    def line_sides(self) -> Sequence[str]:
        """Side of each line."""
        return [side for _, side in self._muscles]

    @property
    def _muscles(self) -> Sequence[Muscle]:
        return () if self.lines is None else self.lines.muscles

    def activation(self, load_factor: float) -> np.ndarray:
        """Activation (n,) of each line at a load factor, NaN where a force was given."""
        pulls, part = {} if self.lines is None else self.lines.pulls, self._part(load_factor)
        at_full = [pulls[muscle].activation for muscle in self._muscles]
        return np.array([np.nan if one is None else part * one for one in at_full])

    def by_fascicle(self, x: np.ndarray, load_factor: float) -> dict[str, dict[str, dict[str, float | None]]]:
        """Activation and tension of each fascicle in a state x (n_dofs,) at a load factor, by name and side.

        ``activation`` is null where a force was given. ``force_N`` is the tension of its lines in this state, which
        differs from activation times strength where short-range stiffness acts. ``mal_share`` is the fraction of it
        that enters bone through a MAL, null without a force.
        """
        found: dict[str, dict[str, dict[str, float | None]]] = {}
        lines, part = self.lines, self._part(load_factor)
        if lines is None or not self.items:
            return found
        tension = self._tension(x, load_factor)
        for (name, side), pull in lines.pulls.items():
            activation = None if pull.activation is None else part * pull.activation
            rows = lines.rows((name, side))
            force = float(sum(tension[row] for row in rows))
            through = float(sum(tension[row] for row in rows if lines.on_mal[row]))
            share = through / force if force > 0.0 else None
            found.setdefault(name, {})[side] = {"activation": activation, "force_N": force, "mal_share": share}
        return found

    def by_mal(self, x: np.ndarray, load_factor: float) -> dict[str, dict[str, dict[str, dict[str, float | None]]]]:
        """Force of the fascicles of each muscle on a MAL, by level, side and muscle.

        ``force_N`` is the sum of the tensions of their lines to the MAL, ``share`` its fraction of their total force.
        """
        lines = self.lines
        if lines is None or not self.items:
            return {}
        tension = self._tension(x, load_factor)
        sums: dict[tuple[str, str, str], np.ndarray] = {}
        for name, side in dict.fromkeys(muscle for muscle, there in zip(lines.muscles, lines.on_mal) if there):
            fascicle, rows = fascicles()[name], lines.rows((name, side))
            key = fascicle.mal_level, side, fascicle.muscle
            sums[key] = sums.get(key, np.zeros(2)) + [tension[rows] @ lines.on_mal[rows], tension[rows].sum()]
        found: dict[str, dict[str, dict[str, dict[str, float | None]]]] = {}
        for (level, side, muscle), (through, force) in sums.items():
            share = float(through / force) if force > 0.0 else None
            found.setdefault(level, {}).setdefault(side, {})[muscle] = {"force_N": float(through), "share": share}
        return found

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Activation of all fascicles, and the sum of their tensions."""
        force = sum(float(item.tension(x, load_factor).sum()) for item in self.items) + 0.0
        if self.given.balanced:
            told = {"muscle_activation": None, "muscle_force_N": force, "muscles_balanced": True}
            held = self.given.lumbar_flexion_deg
            return told | ({"lumbar_flexion_deg": held} if held else {})
        level = self.given.level
        activation = None if level is None else level * self._part(load_factor)
        return {"muscle_activation": activation, "muscle_force_N": force}

    def magnitude(self, item: LinePull) -> tuple[()]:
        """Empty: runs that differ in muscle forces have nearly the same states."""
        return ()

    def _tension(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        return np.concatenate([item.tension(x, load_factor) for item in self.items])

    def _part(self, load_factor: float) -> float:
        """Factor on the activation at a load factor."""
        return sum(item.history(load_factor) for item in self.items) + 0.0


def _pulls(given: MuscleSection, site: LoadSite) -> Mapping[Muscle, Pull]:
    """How hard each fascicle pulls; none where muscles are not active."""
    if given.balanced:
        return balanced_pulls(site.scenario, site.segment, site.activations or {})
    return {} if given.level is None else given_pulls(site.scenario, site.segment, given.level)
