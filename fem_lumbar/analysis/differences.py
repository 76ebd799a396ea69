"""What two runs differ in: differences of numbers and of sides, each with its error and what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from fem_lumbar.analysis.asymmetry import SidePair
from fem_lumbar.analysis.quantities import Path

RESOLVED_AT = 3.0
"""How many combined numerical errors an effect must exceed to be resolved."""


class Verdict(Enum):
    """What may be said of a difference."""

    NOT_RESOLVED = "not resolved"
    NEGLIGIBLE = "negligible"
    RESOLVED = "resolved"
    NO_FLOOR = "floor unknown"
    MESH_NOISE = "includes mesh noise"


@dataclass(frozen=True)
class Difference:
    """One number in both runs.

    Attributes
    ----------
    case : str
        Load case.
    path : Path
        Where the number stands in the summary entry of the case.
    a, b : float
        Its values in the first and the second run, in the unit of the path.
    algebraic : float or None
        Algebraic errors of both runs together (root of the sum of squares), in the same unit; None when none is known.
    error : float or None
        Combined numerical error of the difference: ``algebraic`` and the discretisation error, as far as it is known.
    scale : float
        What the relative size refers to: for a rotation the largest rotation component of that joint in that case,
        otherwise the larger of the two values or, for values near zero, the largest of its kind.
    verdict : Verdict
        What may be said of it.
    discretisation : pair of float or None
        Stored discretisation error of each of the two values, in the same unit; None where it is not known.
    mesh_ratio : float or None
        Relative discretisation error of the effect itself, where both runs have the same cells and it is known.
    """

    case: str
    path: Path
    a: float
    b: float
    algebraic: float | None
    error: float | None
    scale: float
    verdict: Verdict
    discretisation: tuple[float | None, float | None] = (None, None)
    mesh_ratio: float | None = None

    @property
    def floor(self) -> float | None:
        """What the difference must exceed to be resolved."""
        return None if self.error is None else RESOLVED_AT * self.error

    @property
    def delta(self) -> float:
        """Second minus first run."""
        return self.b - self.a

    @property
    def relative(self) -> float:
        """Difference over scale; 0 when everything of its kind is zero."""
        return self.delta / self.scale if self.scale > 0.0 else 0.0


@dataclass(frozen=True)
class SideDifference:
    """Left minus right in both runs.

    Attributes
    ----------
    a, b : SidePair
        The pair in the first and in the second run.
    algebraic, error : float or None
        As in `Difference`, of the change of left − right.
    scale : float
        Larger |left| + |right| of the two runs; for pairs near zero, the scale of the larger number of the two.
    verdict : Verdict
        What may be said of the change.
    mesh_ratio : float or None
        As in `Difference`, the larger of the two sides.
    """

    a: SidePair
    b: SidePair
    algebraic: float | None
    error: float | None
    scale: float
    verdict: Verdict
    mesh_ratio: float | None = None

    @property
    def case(self) -> str:
        """Load case of the left number."""
        return self.a.case

    @property
    def path(self) -> Path:
        """Where the left number stands."""
        return self.a.path

    @property
    def delta(self) -> float:
        """Change of left − right from the first to the second run."""
        return self.b.difference - self.a.difference

    @property
    def relative(self) -> float:
        """Change over scale; 0 when both sides are zero."""
        return self.delta / self.scale if self.scale > 0.0 else 0.0

    @property
    def floor(self) -> float | None:
        """What the change must exceed to be resolved."""
        return None if self.error is None else RESOLVED_AT * self.error


@dataclass(frozen=True)
class Comparison:
    """All differences between two runs and the ground they stand on.

    Attributes
    ----------
    name_a, name_b : str
        What the two runs are called.
    differences : list of Difference
        Every number that both runs have, case by case.
    sides : list of SideDifference
        Left and right in the first and in the second run, where the applied loads agree.
    changes : dict
        Scenario keys that differ, with both values.
    same_mesh : bool
        Whether both runs are on one mesh.
    moved_mesh : bool
        Whether the meshes are the same cells with their nodes in other places, as after a change of the anatomy. With
        neither, the discretisation errors of both values are in the error; a difference for which they are not known
        includes mesh noise, and nothing can be claimed from it.
    not_compared : dict
        Load cases left out, with the reason.
    failures : dict
        Why a run failed, by its name; its numbers may be wrong.
    bars_from : str
        Where the stored discretisation errors come from; empty when there are none.
    """

    name_a: str
    name_b: str
    differences: list[Difference]
    sides: list[SideDifference]
    changes: dict[str, tuple[Any, Any]]
    same_mesh: bool
    moved_mesh: bool
    not_compared: dict[str, str]
    failures: dict[str, str]
    bars_from: str = ""

    @property
    def same_cells(self) -> bool:
        """Whether the discretisation error is common to both runs for the most part."""
        return self.same_mesh or self.moved_mesh

    @property
    def identical_input(self) -> bool:
        """Whether nothing but the name and the description differs between the scenarios, on the same mesh."""
        return self.same_mesh and not self.changes

    @property
    def only_mesh_differs(self) -> bool:
        """Whether the scenarios differ in nothing but the mesh."""
        return not self.same_mesh and all(key.split(".")[0] == "mesh" for key in self.changes)

    def largest(self, *sections: str, verdicts: tuple[Verdict, ...] | None = None) -> Difference | None:
        """The relatively largest difference in some sections, among those of the given verdicts; None without any."""
        found = [
            difference
            for difference in self.differences
            if difference.path[0] in sections and (verdicts is None or difference.verdict in verdicts)
        ]
        return max(found, key=lambda difference: abs(difference.relative), default=None)
