"""Questions to a study beside effects of its factors: comparisons of groups, and published rankings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError, WithJsonSchema, field_validator, model_validator

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.problems import listed, nearest_names
from fem_lumbar.studies.answers.rankings import known_rankings
from fem_lumbar.studies.distributions import Number, Truth
from fem_lumbar.studies.manifest import Manifest
from fem_lumbar.studies.outputs import is_kept
from fem_lumbar.studies.rules import CONDITION_SCHEMA, NO_WORDS, Fault, Words
from fem_lumbar.studies.rules import faults as rule_faults

Condition = Annotated[Any, WithJsonSchema(CONDITION_SCHEMA)]


class Outcome(StrictModel):
    """A mechanical outcome; a person has it beyond a value, or as one of so large a part of all."""

    case: str = Field(description="load case")
    output: str = Field(description="name of the output")
    absolute: Truth = Field(False, description="its size counts, not its sign")
    above: Number | None = Field(None, description="persons above this value have the outcome")
    below: Number | None = Field(None, description="persons below this value have the outcome")
    highest: Number | None = Field(None, gt=0.0, lt=1.0, description="so large a part of all, with the highest values")
    lowest: Number | None = Field(None, gt=0.0, lt=1.0, description="so large a part of all, with the lowest values")

    @model_validator(mode="after")
    def _one_limit(self) -> Outcome:
        given = [name for name in ("above", "below", "highest", "lowest") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one limit of an outcome, not {' and '.join(given)}")
        return self

    def has(self, values: np.ndarray) -> np.ndarray | None:
        """In which persons (n,) it is present, by their values (n,); None without a limit."""
        if self.above is not None:
            return values > self.above
        if self.below is not None:
            return values < self.below
        if self.highest is not None:
            return values > np.quantile(values, 1.0 - self.highest)
        return None if self.lowest is None else values < np.quantile(values, self.lowest)

    @property
    def limit(self) -> str:
        """The limit as text; empty without one."""
        if self.above is not None:
            return f"above {self.above:g}"
        if self.below is not None:
            return f"below {self.below:g}"
        if self.highest is not None:
            return f"highest {100 * self.highest:g} %"
        return "" if self.lowest is None else f"lowest {100 * self.lowest:g} %"


Rule = dict[str, Condition]
Share = Annotated[Number, Field(gt=0.0, lt=1.0)]
_RULE_SCHEMA = {"type": "object", "minProperties": 1, "additionalProperties": CONDITION_SCHEMA}
_ANY_RULE = WithJsonSchema({"anyOf": [_RULE_SCHEMA, {"type": "array", "items": _RULE_SCHEMA, "minItems": 1}]})


class Comparison(StrictModel):
    """Persons with a finding against those without."""

    title: str
    finding: Annotated[tuple[Rule, ...], _ANY_RULE] = Field(
        min_length=1, description="conditions on factors, all of which hold; of several such rules one must"
    )
    outcomes: tuple[Outcome, ...] = Field(min_length=1)
    assumed: tuple[str, ...] = Field((), description="factors whose value is the same in all persons, but not known")
    prevalence: tuple[Share, Share] | None = Field(None, description="95 % interval of how frequent the finding is")

    @model_validator(mode="after")
    def _prevalence_rises(self) -> Comparison:
        if self.prevalence is not None and self.prevalence[0] > self.prevalence[1]:
            raise ValueError("a prevalence goes from the lowest to the highest part of all persons")
        return self

    @field_validator("finding", mode="before")
    @classmethod
    def _one_rule(cls, given: Any) -> Any:
        return [given] if isinstance(given, dict) else given


class Asks(StrictModel):
    """Questions to a study."""

    comparisons: tuple[Comparison, ...] = ()
    rankings: tuple[str, ...] = Field((), description="names of published rankings to compare with")


def asks_of(manifest: Manifest) -> Asks:
    """The questions of the study file.

    Raises
    ------
    InputError
        When the entry of the manifest is not valid.
    """
    try:
        return Asks.model_validate(manifest.asks)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"study.json: asks.{where}: {first['msg']}") from error


def asks_faults(
    asks: Asks, factors: Sequence[str], cases: Sequence[str], outputs: Sequence[str], words: Words = NO_WORDS
) -> Iterator[Fault]:
    """Problems of questions to a study with given factors (some with words), load cases and outputs."""
    for i, comparison in enumerate(asks.comparisons):
        place = ("comparisons", str(i))
        for number, rule in enumerate(comparison.finding):
            within = (str(number),) if len(comparison.finding) > 1 else ()
            for key, message, allowed, near in rule_faults(rule, factors, words):
                yield (*place, "finding", *within, *key), message, allowed, near
        for name in comparison.assumed:
            if name not in factors:
                yield (*place, "assumed"), f"no factor '{name}'", listed(factors, 12), nearest_names(name, factors)
        for number, outcome in enumerate(comparison.outcomes):
            if outcome.case not in cases:
                where = (*place, "outcomes", str(number), "case")
                yield where, f"no load case '{outcome.case}'", listed(cases, 12), nearest_names(outcome.case, cases)
            if not is_kept(outcome.output, outputs):
                where = (*place, "outcomes", str(number), "output")
                near = nearest_names(outcome.output, outputs)
                yield where, f"'{outcome.output}' is none of the outputs of the study", listed(outputs, 12), near
    for name in asks.rankings:
        if name not in known_rankings():
            known = known_rankings()
            yield ("rankings",), f"no ranking '{name}'", listed(known), nearest_names(name, known)
