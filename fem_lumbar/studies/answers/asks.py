"""What a study is asked beside effects of its factors: groups that are compared, and published rankings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError, WithJsonSchema, model_validator

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.studies.manifest import Manifest

Condition = Annotated[Any, WithJsonSchema({"type": ["number", "string", "boolean", "array", "object"]})]


class Outcome(StrictModel):
    """A mechanical outcome; a person has it above or below a value, or among the worst of all."""

    case: str = Field(description="load case")
    output: str = Field(description="name of the output")
    absolute: bool = Field(False, description="its size counts, not its sign")
    above: float | None = Field(None, description="a person above this value has the outcome")
    below: float | None = Field(None, description="a person below this value has the outcome")
    worst: float | None = Field(None, gt=0.0, lt=1.0, description="so large a part of all, with the highest values")

    @model_validator(mode="after")
    def _one_rule(self) -> Outcome:
        given = [name for name in ("above", "below", "worst") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of above, below and worst, not {' and '.join(given)}")
        return self


class Comparison(StrictModel):
    """Persons with a finding against those without."""

    title: str
    finding: dict[str, Condition] = Field(min_length=1, description="conditions on factors, all of which hold")
    outcomes: tuple[Outcome, ...] = Field(min_length=1)
    assumed: tuple[str, ...] = Field((), description="factors whose value is the same in all persons, but not known")
    prevalence: tuple[float, float] | None = Field(None, description="95 % interval of how frequent the finding is")


class Asks(StrictModel):
    """Questions to a study."""

    comparisons: tuple[Comparison, ...] = ()
    rankings: tuple[str, ...] = Field((), description="names of published rankings to compare with")


def asks_of(manifest: Manifest) -> Asks:
    """What the study file asked.

    Raises
    ------
    InputError
        When the manifest has something else in its place.
    """
    try:
        return Asks.model_validate(manifest.asks)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"study.json: asks.{where}: {first['msg']}") from error
