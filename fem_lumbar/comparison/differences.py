"""Differences between two runs, of numbers and of left minus right, each with its error and verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from fem_lumbar.comparison.asymmetry import SidePair
from fem_lumbar.measures.quantities import Path

if TYPE_CHECKING:
    from fem_lumbar.comparison.explanation import Explanation

RESOLVED_AT = 3.0
"""Factor by which an effect must exceed its combined numerical error to be resolved."""
NEGLIGIBLE = 0.01
"""Relative size below which an effect is called negligible even if it is resolved."""
SMALL_VALUE = 0.01
"""A value below this fraction of the largest of its kind in its load case is near zero; the latter is its scale."""
ROUND_OFF = 1e-9
"""Round-off of the linear solver relative to the largest value of a kind; the smallest floor."""
REPRODUCIBLE = 1e-6
"""Relative repeatability of values and their differences between runs on one mesh, as required by the tests (states
reached along different steps agree to 1e-5)."""
FACTOR = 2.0
"""A change to more than this multiple of the first value, or below its inverse, is printed as a factor."""
MESH_ERROR_NOT_KNOWN = "mesh error not known"


class Verdict(Enum):
    """Verdict on a difference."""

    NOT_RESOLVED = "not resolved"
    NEGLIGIBLE = "negligible"
    RESOLVED = "resolved"
    NO_FLOOR = "floor unknown"
    MESH_NOISE = "includes mesh noise"


class MeshGround(Enum):
    """Source of the mesh error of a difference; see :mod:`fem_lumbar.comparison.effect_error`."""

    MEASURED = "difference measured on both meshes"
    PAIR = "stored for this difference"
    VALUES = "errors of both values"
    VALUE = "relative error of the value"
    SIMILAR = "largest of its kind in other pairs"
    KIND = "largest of its kind under other loads"
    NONE = "size of the difference"

    @property
    def known(self) -> bool:
        """Whether it belongs to this number under this load, as opposed to an estimate."""
        return self not in (MeshGround.SIMILAR, MeshGround.KIND, MeshGround.NONE)


@dataclass(frozen=True, kw_only=True)
class Change(ABC):
    """The change of a number between two runs: its error, its scale and its verdict.

    Attributes
    ----------
    algebraic : float or None
        Root of the sum of squares of the algebraic errors of both runs, in the unit of the path; None if unknown.
    error : float or None
        Combined numerical error of the change, from ``algebraic`` and ``mesh_error``; None if one of them is unknown.
    scale : float
        Reference of the relative size, in the same unit.
    verdict : Verdict
        Verdict on the change.
    mesh_error : float or None
        Discretisation error of the change itself; None on different cells if that of a value is unknown.
    mesh_ground : MeshGround or None
        Its source.
    near_zero : bool
        Whether the first value is near zero, so that ``scale`` is the largest of its kind in the load case.
    joint_scale : float or None
        For a facet force: the largest one of that joint in the first run, over all load cases.
    """

    algebraic: float | None
    error: float | None
    scale: float
    verdict: Verdict
    mesh_error: float | None = None
    mesh_ground: MeshGround | None = None
    near_zero: bool = False
    joint_scale: float | None = None

    @property
    @abstractmethod
    def delta(self) -> float:
        """Second minus first run."""

    @property
    def floor(self) -> float | None:
        """Value that the change must exceed to be resolved."""
        return None if self.error is None else RESOLVED_AT * self.error

    @property
    def resolved(self) -> bool:
        """Whether the change exceeds its numerical error, even if it is negligible."""
        return self.verdict in (Verdict.RESOLVED, Verdict.NEGLIGIBLE)

    @property
    def relative(self) -> float:
        """Change relative to the scale; 0 if all values of the kind are zero."""
        return self.delta / self.scale if self.scale > 0.0 else 0.0

    @property
    def joint_relative(self) -> float | None:
        """Change relative to the largest facet force of that joint; None for other numbers."""
        return self.delta / self.joint_scale if self.joint_scale else None

    @property
    def mesh_known(self) -> bool:
        """Whether the discretisation error is that of this number under this load."""
        return self.mesh_ground is not None and self.mesh_ground.known

    @property
    def words(self) -> str:
        """The verdict, with a remark if the mesh error is only an estimate."""
        if self.mesh_known or self.verdict is Verdict.MESH_NOISE or self.delta == 0.0:
            return self.verdict.value
        return f"{self.verdict.value}, {MESH_ERROR_NOT_KNOWN}"


@dataclass(frozen=True, kw_only=True)
class Difference(Change):
    """One number in both runs.

    The scale is the magnitude of the first value or, if that is near zero, the largest of its kind in the load case;
    for a rotation it is the largest rotation component of that joint in the first run.

    Attributes
    ----------
    case : str
        Load case.
    path : Path
        Place of the number in the summary entry of the case.
    a, b : float
        Its values in the first and the second run, in the unit of the path.
    discretisation : pair of float or None
        Stored discretisation error of each of the two values, in the same unit; None if unknown.
    """

    case: str
    path: Path
    a: float
    b: float
    discretisation: tuple[float | None, float | None] = (None, None)

    @property
    def delta(self) -> float:
        """Second minus first run."""
        return self.b - self.a

    @property
    def factor(self) -> float | None:
        """Second over first value if more informative than the difference: when it has more than doubled or halved.

        None also if the values have different signs, or if the first one is not distinguishable from zero.
        """
        if self.algebraic is None or abs(self.a) <= RESOLVED_AT * self.algebraic or self.a * self.b <= 0.0:
            return None
        factor = self.b / self.a
        return factor if factor > FACTOR or factor < 1.0 / FACTOR else None


@dataclass(frozen=True, kw_only=True)
class SideDifference(Change):
    """Left minus right in both runs.

    The scale is |left| + |right| in the first run or, where that is near zero, the larger scale of the two numbers.

    Attributes
    ----------
    a, b : SidePair
        The pair in the first and in the second run.
    """

    a: SidePair
    b: SidePair

    @property
    def case(self) -> str:
        """Load case of the left number."""
        return self.a.case

    @property
    def path(self) -> Path:
        """Place of the left number."""
        return self.a.path

    @property
    def delta(self) -> float:
        """Change of left − right from the first to the second run."""
        return self.b.difference - self.a.difference


@dataclass(frozen=True)
class Comparison:
    """All differences between two runs, and the basis of their errors.

    Attributes
    ----------
    name_a, name_b : str
        Names of the two runs.
    differences : list of Difference
        Every result of both runs, case by case, without inputs.
    sides : list of SideDifference
        Left and right in the first and in the second run, where the applied loads agree.
    changes : dict
        Scenario keys that differ, with both values.
    same_mesh : bool
        Whether both runs use the same mesh.
    moved_mesh : bool
        Whether the meshes have the same cells with moved nodes, as after a change of the anatomy. If neither holds, the
        discretisation errors of both values are part of the error; where they are unknown, a difference includes mesh
        noise and has no verdict.
    not_compared : dict
        Load cases left out, with the reason.
    failures : dict
        Reasons why runs failed, by name; their numbers may be wrong.
    in_time : tuple of str
        Load cases that are held or cyclic in one of the runs; the state at full load is compared.
    bars_from, pairs_from : str
        Sources of the stored discretisation errors of values and of differences; empty without any.
    measured_at : tuple of str
        Densities at which both scenarios were run to measure the errors of their differences; empty otherwise.
    same_program : bool
        Whether both runs were made by the same program version; otherwise definitions of numbers may differ.
    explanation : Explanation or None
        First-order contributions to the differences; None without derivatives.
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
    pairs_from: str = ""
    measured_at: tuple[str, ...] = ()
    same_program: bool = True
    explanation: Explanation | None = None
    in_time: tuple[str, ...] = ()

    @property
    def same_cells(self) -> bool:
        """Whether most of the discretisation error is common to both runs."""
        return self.same_mesh or self.moved_mesh

    @property
    def identical_input(self) -> bool:
        """Whether the scenarios differ only in name and description, on the same mesh."""
        return self.same_mesh and not self.changes

    @property
    def only_mesh_differs(self) -> bool:
        """Whether the scenarios differ only in the mesh."""
        return not self.same_mesh and all(key.split(".")[0] == "mesh" for key in self.changes)

    def largest(self, *sections: str, verdicts: tuple[Verdict, ...] | None = None) -> Difference | None:
        """The largest relative difference in some sections, among those with given verdicts; None without any."""
        found = [
            difference
            for difference in self.differences
            if difference.path[0] in sections and (verdicts is None or difference.verdict in verdicts)
        ]
        return max(found, key=lambda difference: abs(difference.relative), default=None)
