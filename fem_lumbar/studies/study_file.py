"""Schema of a study file, also as JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.studies.answers.asks import Asks
from fem_lumbar.studies.distributions import AnyValue, Count, Number, Simple, Truth
from fem_lumbar.studies.rules import CONDITION_SCHEMA

Kind = Literal["grid", "zip", "one_at_a_time", "latin_hypercube", "sobol", "morris", "list"]
MOST_POINTS = 1_000_000
_CONDITION = Annotated[Any, WithJsonSchema(CONDITION_SCHEMA)]
Rule = Annotated[Any, WithJsonSchema({"type": "object", "minProperties": 1, "additionalProperties": CONDITION_SCHEMA})]


class Target(StrictModel):
    """How a scenario key follows the factor: ``plus + times x``."""

    times: Number = 1.0
    plus: Number = 0.0


class Row(StrictModel):
    """One distribution of a factor that depends on another one, and when it holds."""

    when: _CONDITION = Field(None, description="condition on the factor it depends on; none: all other cases")
    distribution: Annotated[Simple, Field(discriminator="kind")]


class FactorEntry(StrictModel):
    """What varies, and over which values."""

    key: str | None = Field(None, description="scenario key that takes the value")
    keys: dict[str, Target] = Field(default_factory=dict, description="scenario keys that follow the value")
    unit: str | None = Field(None, description="unit of a factor that is no scenario key")
    values: tuple[AnyValue, ...] | None = Field(None, min_length=1, description="values in their order")
    range: tuple[Number, Number] | None = Field(None, description="lowest and highest value")
    log: Truth = Field(False, description="the range is divided on a logarithmic scale")
    levels: Count | None = Field(None, ge=2, le=1000, description="number of values of a range in a grid")
    base: AnyValue = Field(None, description="value while others vary (one_at_a_time)")
    distribution: Annotated[Simple, Field(discriminator="kind")] | None = None
    published: str | None = Field(None, description="name of a published distribution (docs/studies.md)")
    depends_on: str | None = Field(None, description="factor that decides which row holds")
    rows: tuple[Row, ...] | None = Field(None, min_length=1, description="distributions, the first that holds is taken")

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        """Expand short forms: ``keys`` as a list, and a range as text, ``10:1000 log``."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("keys"), list) and all(isinstance(key, str) for key in data["keys"]):
            data["keys"] = {key: {} for key in data["keys"]}
        if isinstance(data.get("range"), str):
            ends, *log = data["range"].split()
            try:
                low, high = map(float, ends.split(":"))
            except ValueError:
                return data
            if log in ([], ["log"]):
                data |= {"range": [low, high], "log": data.get("log", bool(log))}
        return data


class DesignEntry(StrictModel):
    """Which points are run."""

    kind: Kind
    points: Count | None = Field(None, ge=1, le=MOST_POINTS, description="number of points (latin_hypercube, sobol)")
    seed: Count = Field(0, ge=0, le=2**32 - 1, description="start of the random numbers")
    trajectories: Count | None = Field(None, ge=2, le=10_000, description="number of trajectories (morris)")
    levels: Count | None = Field(None, ge=2, le=64, description="levels of each factor (morris: even, default 4)")
    file: str | None = Field(None, description="CSV file with a column for each factor (list), relative to this file")


class Correlation(StrictModel):
    """Rank correlations (Spearman) of some factors."""

    factors: tuple[str, ...] = Field(min_length=2)
    matrix: tuple[tuple[Number, ...], ...]


class StudyFile(StrictModel):
    """A study as it is written."""

    schema_version: Literal[1]
    name: str = Field(
        description="name of the study's folder", min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"
    )
    description: str = ""
    scenario: str = Field(description="scenario file that is varied, relative to this file")
    set: dict[str, AnyValue] = Field(default_factory=dict, description="scenario keys that are the same at all points")
    cases: tuple[str, ...] | None = Field(None, min_length=1, description="load cases (default: all)")
    density: str | None = Field(None, description="mesh density (default: that of the scenario)")
    factors: dict[str, FactorEntry] = Field(min_length=1)
    contrast: str | None = Field(
        None, description="factor with two values: points are run at both, answers are of the second minus the first"
    )
    correlation: Correlation | None = None
    design: DesignEntry
    include: tuple[Rule, ...] = Field((), description="points are run where one of these holds (default: all)")
    exclude: tuple[Rule, ...] = Field((), description="points are not run where one of these holds")
    outputs: tuple[str, ...] = Field(min_length=1, description="results by path; * stands for any name at its place")
    asks: Asks = Field(default_factory=Asks, description="groups and published rankings that the report compares")


def study_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a study file."""
    schema = StudyFile.model_json_schema(by_alias=True, mode="validation")
    properties = schema["$defs"]["FactorEntry"]["properties"]
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    properties["keys"] = {"anyOf": [properties["keys"], names], "description": properties["keys"]["description"]}
    text = {"type": "string", "pattern": r"^\S+:\S+( log)?$"}
    properties["range"]["anyOf"] = [*properties["range"]["anyOf"], text]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "fem-lumbar study", **schema}
