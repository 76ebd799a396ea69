"""Measured moduli of tissue samples, read from data, and what a parameter set has in their place."""

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
    """One measured number of a tissue and the test that answers it; a band may be open at one end, or not be there."""

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
        """Whether it decides about pass and fail."""
        return self.shown_only is None

    def answer(self, materials: Materials) -> float:
        """What a parameter set has in place of the measured number, in its unit."""
        return measured(self.tissue, self.test, materials)

    def holds(self, value: float) -> bool | None:
        """Whether a value lies in the band; None where there is no band."""
        if self.low is None and self.high is None:
            return None
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class TissueTargets(StrictModel):
    """All measured rows with the sources they name."""

    schema_version: int
    sources: dict[str, str]
    tests: tuple[TissueTarget, ...]


@cache
def tissue_targets() -> TissueTargets:
    """The shipped rows."""
    return TissueTargets.model_validate(read_data(DATA))


@dataclass(frozen=True)
class TissueFinding:
    """A row with what a parameter set gives."""

    target: TissueTarget
    ours: float

    @property
    def inside(self) -> bool | None:
        """Whether it lies in the band; None where there is none."""
        return self.target.holds(self.ours)


def judge_tissues(materials: Materials) -> tuple[TissueFinding, ...]:
    """Every row for a parameter set."""
    return tuple(TissueFinding(target, target.answer(materials)) for target in tissue_targets().tests)


def all_pass(findings: Sequence[TissueFinding]) -> bool:
    """Whether every scored row is in its band."""
    return all(one.inside for one in findings if one.target.scored)
