"""Measured moduli of tissue samples, read from data, and the corresponding values of a parameter set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import Field, model_validator
from typing_extensions import Self

from fem_lumbar.experiments.tissues.measures import Test, Tissue, measured
from fem_lumbar.experiments.validation.targets import Confidence
from fem_lumbar.foundation.parameters import StrictModel, read_data
from fem_lumbar.materials.tissues import Materials

DATA = Path(str(files("fem_lumbar.experiments.tissues") / "data")) / "targets.yaml"


class TissueTarget(StrictModel):
    """One measured property of a tissue and its test; the band may be open at one end, or be absent."""

    id: str
    tissue: Tissue
    what: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str
    source: str
    confidence: Confidence
    note: str = ""
    shown_only: str | None = Field(None, description="why it is not scored")
    used_for_calibration: bool = Field(False, description="whether the shipped set was fitted to it")
    test: Test

    @model_validator(mode="after")
    def _no_score_from_memory(self) -> Self:
        if self.shown_only is None and self.confidence.startswith("recalled"):
            raise ValueError(f"{self.id}: a value quoted from memory is shown, not scored")
        if self.shown_only is None and self.low is None and self.high is None:
            raise ValueError(f"{self.id}: a scored row needs a band")
        return self

    @property
    def scored(self) -> bool:
        """Whether it counts for pass or fail."""
        return self.shown_only is None

    def answer(self, materials: Materials) -> float:
        """The corresponding value of a parameter set, in its unit."""
        return measured(self.tissue, self.test, materials)

    def holds(self, value: float) -> bool | None:
        """Whether a value is in the band; None without a band."""
        if self.low is None and self.high is None:
            return None
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class TissueTargets(StrictModel):
    """All measured rows with their sources."""

    schema_version: int
    sources: dict[str, str]
    tests: tuple[TissueTarget, ...]


@cache
def tissue_targets() -> TissueTargets:
    """The rows of the package."""
    return TissueTargets.model_validate(read_data(DATA))


@dataclass(frozen=True)
class TissueFinding:
    """A row with the value of a parameter set."""

    target: TissueTarget
    ours: float

    @property
    def inside(self) -> bool | None:
        """Whether the value is in the band; None without a band."""
        return self.target.holds(self.ours)


def judge_tissues(materials: Materials) -> tuple[TissueFinding, ...]:
    """Findings on all rows for a parameter set."""
    return tuple(TissueFinding(target, target.answer(materials)) for target in tissue_targets().tests)


def all_pass(findings: Sequence[TissueFinding]) -> bool:
    """Whether every scored row is in its band."""
    return all(one.inside for one in findings if one.target.scored)
