"""Published experiments for the validation, read from data: targets in groups, bands and their derivation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator
from typing_extensions import Self

from fem_lumbar.anatomy.spine import Joint
from fem_lumbar.experiments.validation.measures import Measure, Rotation
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.problems import nearest_names

DATA = Path(str(files("fem_lumbar.experiments.validation") / "data"))
DEFAULT_PERCENT = 25.0

How = Literal["published_sd", "published_range", "default_25_percent", "declared"]
Confidence = Literal[
    "read in data file",
    "read in abstract or table",
    "read in a document citing it",
    "derived",
    "declared",
    "recalled, high",
    "recalled, medium",
    "recalled, low",
]


class Band(StrictModel):
    """Derivation of the band of a target; by default the published interval, unless given here."""

    how: How
    within_percent: float | None = Field(None, gt=0)
    low: float | None = None
    high: float | None = None
    why: str = ""


class Target(StrictModel):
    """One published number and the measure of this model to compare with it."""

    id: str
    quantity: str
    level: Joint
    condition: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str
    source: str
    confidence: Confidence
    band: Band
    shown_only: str | None = Field(None, description="why it is not scored")
    used_for_calibration: bool = Field(False, description="whether the shipped set was fitted to it")
    least_half_width: float = Field(0.0, ge=0, description="no band is narrower: laboratories differ by as much")
    measure: Measure

    @property
    def scored(self) -> bool:
        """Whether it counts for pass or fail."""
        return self.shown_only is None

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of the band, in the unit of the target; infinite if open."""
        percent = DEFAULT_PERCENT if self.band.how == "default_25_percent" else self.band.within_percent
        if percent is not None and self.value is not None:
            half = max(abs(self.value) * percent / 100.0, self.least_half_width)
            return self.value - half, self.value + half
        ends = (self.band.low, self.band.high)
        low, high = (self.low, self.high) if ends == (None, None) else ends
        return float("-inf") if low is None else low, float("inf") if high is None else high

    @property
    def centre(self) -> float | None:
        """The value, or the middle of the band; None without a value if the band is open at one end."""
        if self.value is not None:
            return self.value
        return None if self.half_width is None else without_round_off(0.5 * sum(self.interval))

    @property
    def half_width(self) -> float | None:
        """Half the width of the band; None if it is open at one end."""
        low, high = self.interval
        return without_round_off(0.5 * (high - low)) if isfinite(high - low) else None

    @model_validator(mode="after")
    def _has_a_band(self) -> Self:
        relative = self.band.how == "default_25_percent" or self.band.within_percent is not None
        if relative and self.value is None:
            raise ValueError(f"{self.id}: a band in % needs a value")
        if self.interval == (float("-inf"), float("inf")):
            raise ValueError(f"{self.id}: no band: neither low nor high")
        return self

    @model_validator(mode="after")
    def _is_known_well_enough(self) -> Self:
        declared = self.confidence == "recalled, high" and self.band.how == "declared"
        if self.scored and self.confidence.startswith("recalled") and not declared:
            raise ValueError(f"{self.id}: recalled, so it is shown only: give shown_only")
        return self


class LaboratorySpread(StrictModel):
    """Differences between laboratories that test the same specimens: a lower bound of the bands of rotations.

    Attributes
    ----------
    both_directions_deg : mapping of float
        Largest difference of the mean range of motion between two laboratories, degrees, by component of rotation;
        range of motion to both sides together. Half of it applies to one side.
    """

    source: str
    both_directions_deg: dict[str, float]

    def widen(self, target: Target) -> Target:
        """The target, with a scored band in % of a rotation widened to at least this spread."""
        if not (target.scored and isinstance(target.measure, Rotation)):
            return target
        half = sum(0.5 * self.both_directions_deg[plane] for plane in target.measure.planes)
        return target.model_copy(update={"least_half_width": without_round_off(half)})


class Rule(StrictModel):
    """Rule for a group to pass: number of scored targets in their bands, and limit of all deviations in %."""

    need: int = Field(gt=0)
    of: int = Field(gt=0)
    all_within_percent: float | None = Field(None, gt=0)


class Step(StrictModel):
    """A step of a stepwise reduction: protocol, and the structure removed in it."""

    protocol: str
    label: str


class Group(StrictModel):
    """Targets that answer one question."""

    title: str
    note: str = ""
    rule: Rule | None = Field(None, description="without it every scored target must be in its band")
    staircase: tuple[Step, ...] = ()
    targets: tuple[Target, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, data: Any) -> Any:
        shared = data.get("defaults", {})
        targets = [{**shared, **target} for target in data.get("targets", [])]
        return {key: value for key, value in data.items() if key != "defaults"} | {"targets": targets}

    @model_validator(mode="after")
    def _rule_fits(self) -> Self:
        if self.rule is None:
            return self
        if self.rule.of != len(self.scored):
            raise ValueError(f"the rule is about {self.rule.of} targets, {len(self.scored)} are scored")
        without = [target.id for target in self.scored if not target.value]
        if without and self.rule.all_within_percent is not None:
            raise ValueError(f"a rule in % of the value, but none is given for {', '.join(without)}")
        return self

    @property
    def scored(self) -> tuple[Target, ...]:
        """Targets that decide."""
        return tuple(target for target in self.targets if target.scored)

    @property
    def protocols(self) -> tuple[str, ...]:
        """Protocols to run, in the order of first use."""
        names = [name for target in self.targets for name in target.measure.protocols]
        return tuple(dict.fromkeys([*names, *(step.protocol for step in self.staircase)]))


class DeclaredOutlier(StrictModel):
    """A scored target that is known to be missed: the reason, and the accepted range of values.

    Limits are in the unit of the target; a missing limit is the end of the band.
    """

    why: str = Field(min_length=1)
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("a declared outlier needs low or high: the limit of the known miss")
        return self

    def covers(self, value: float, target: Target) -> bool:
        """Whether a value is no further out of the band than declared."""
        low, high = target.interval
        return (low if self.low is None else self.low) <= value <= (high if self.high is None else self.high)

    @property
    def reach(self) -> str:
        """The limits as text."""
        ends = {"down to": self.low, "up to": self.high}
        return " and ".join(f"{way} {end:g}" for way, end in ends.items() if end is not None)


class NotAnsweredRow(StrictModel):
    """Published numbers for which this model has no result."""

    about: str
    reason: str


class TargetSet(StrictModel):
    """All groups, their sources, and the declared outliers."""

    schema_version: Literal[1]
    bands: dict[How, str]
    sources: dict[str, str]
    laboratory_spread: LaboratorySpread
    groups: dict[str, Group]
    not_answered: tuple[NotAnsweredRow, ...]
    declared_outliers: dict[str, DeclaredOutlier] = Field(default_factory=dict)

    def all(self) -> Iterator[Target]:
        """All targets."""
        for group in self.groups.values():
            yield from group.targets

    @model_validator(mode="after")
    def _no_rotation_is_known_better_than_laboratories_agree(self) -> Self:
        for name, group in self.groups.items():
            widened = tuple(self.laboratory_spread.widen(target) for target in group.targets)
            self.groups[name] = group.model_copy(update={"targets": widened})
        return self

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        ids = [target.id for target in self.all()]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"id given twice: {', '.join(twice)}")
        for target in self.all():
            if target.source not in self.sources:
                raise ValueError(f"{target.id}: source {target.source!r} is not in sources")
        if self.laboratory_spread.source not in self.sources:
            raise ValueError(f"laboratory_spread: source {self.laboratory_spread.source!r} is not in sources")
        return self

    @model_validator(mode="after")
    def _outliers_fit(self) -> Self:
        scored = {target.id: target for target in self.all() if target.scored}
        if unknown := sorted(self.declared_outliers.keys() - scored.keys()):
            raise ValueError(f"declared outlier is not a scored target: {', '.join(unknown)}")
        for name, outlier in self.declared_outliers.items():
            low, high = scored[name].interval
            if (outlier.low is not None and outlier.low >= low) or (outlier.high is not None and outlier.high <= high):
                raise ValueError(f"{name}: declared {outlier.reach}, which is not beyond the band")
        return self

    def only(self, names: list[str] | None) -> TargetSet:
        """The set restricted to some groups, in its own order.

        Raises
        ------
        InputError
            When a group does not exist.
        """
        if names is None:
            return self
        for name in names:
            if name not in self.groups:
                near = nearest_names(name, self.groups)
                hint = f"; did you mean {near}?" if near else ""
                raise InputError(f"--only: no group '{name}'{hint}\n    groups: {', '.join(self.groups)}")
        groups = {name: group for name, group in self.groups.items() if name in names}
        kept = {target.id for group in groups.values() for target in group.targets}
        outliers = {name: outlier for name, outlier in self.declared_outliers.items() if name in kept}
        return self.model_copy(update={"groups": groups, "declared_outliers": outliers})

    @property
    def protocols(self) -> tuple[str, ...]:
        """Protocols to run."""
        return tuple(dict.fromkeys(name for group in self.groups.values() for name in group.protocols))


@cache
def shipped_targets() -> TargetSet:
    """The targets of the package."""
    return read_targets(DATA / "targets.yaml", DATA / "declared_outliers.yaml")


def without_round_off(value: float) -> float:
    """A value rounded to 12 digits, to remove round-off from differences of published numbers."""
    return float(f"{value:.12g}")


def read_targets(targets: Path, outliers: Path) -> TargetSet:
    """Read targets and declared outliers from their files.

    Raises
    ------
    InputError
        Says what is wrong and where.
    """
    data = yaml.safe_load(targets.read_text(encoding="utf-8"))
    data["declared_outliers"] = yaml.safe_load(outliers.read_text(encoding="utf-8")) or {}
    try:
        return TargetSet.model_validate(data)
    except ValidationError as error:
        told = [f"    {'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
        raise InputError("\n".join([f"{targets.name}:", *told])) from error
