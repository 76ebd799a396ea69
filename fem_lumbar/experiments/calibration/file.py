"""Schema of a calibration file, with readable messages on errors."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from fem_lumbar.experiments.calibration.problem import ActsAs
from fem_lumbar.experiments.calibration.published import with_published
from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.document import Document, describe
from fem_lumbar.scenario.keys import choices_at, keys_at
from fem_lumbar.scenario.problems import Problem, ScenarioError, listed, nearest_names

WHAT = "calibration"


class _Entry(StrictModel):
    """Part of a calibration; its numbers are finite."""

    model_config = StrictModel.model_config | {"allow_inf_nan": False}


class ProtocolEntry(_Entry):
    """A scenario to run; its load cases are those named by the targets."""

    scenario: str


class ParameterEntry(_Entry):
    """One free parameter; ``*`` in a key stands for every name at that place."""

    name: str
    keys: tuple[str, ...] = Field(min_length=1)
    acts_as: ActsAs = "value"
    bounds: tuple[float, float] | None = None
    start: float | None = None
    scale: Literal["linear", "log"] | None = None


class TargetEntry(_Entry):
    """One measurement; ``at_*`` reads the load curve, ``from_*`` subtracts the value at a lower load.

    With ``published`` it is a target of the validation data, with ``tissue`` a modulus measured on tissue samples;
    missing entries are taken from these.
    """

    id: str
    published: str | None = None
    tissue: str | None = None
    protocol: str
    case: str
    quantity: str
    target: float
    tolerance: float = Field(gt=0)
    weight: float = Field(1.0, ge=0)
    source: str = ""
    at_moment_Nm: float | None = Field(None, gt=0)
    from_moment_Nm: float | None = Field(None, ge=0)
    at_follower_N: float | None = Field(None, gt=0)
    from_follower_N: float | None = Field(None, ge=0)
    at_axial_force_N: float | None = Field(None, gt=0)
    from_axial_force_N: float | None = Field(None, ge=0)


class CalibrationFile(_Entry):
    """A calibration file as written by the user."""

    schema_version: Literal[1]
    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$")
    description: str = ""
    prior_weight: float = Field(0.0, ge=0)
    power: float = Field(2.0, ge=2, le=20)
    starts: int = Field(1, ge=1, le=50)
    protocols: dict[str, ProtocolEntry] = Field(min_length=1)
    parameters: tuple[ParameterEntry, ...] = Field(min_length=1)
    targets: tuple[TargetEntry, ...] = Field(min_length=1)


def parsed(path: Path, document: Document) -> CalibrationFile:
    """The typed content of a calibration file.

    Raises
    ------
    ScenarioError
        With every key that is unknown, missing or of the wrong type.
    """
    data, problems = with_published(document)
    if problems:
        raise ScenarioError(path, problems, WHAT)
    try:
        return CalibrationFile.model_validate(data)
    except ValidationError as error:
        problems = [_problem(document, one) for one in error.errors(include_url=False)]
        raise ScenarioError(path, problems, WHAT) from None


def _problem(document: Document, error: ErrorDetails) -> Problem:
    key = tuple(str(part) for part in error["loc"])
    origin, kind, given = document.origin(key), error["type"], describe(error["input"])
    if kind == "extra_forbidden":
        allowed = keys_at(CalibrationFile, key[:-1])
        return Problem(origin, key, "unknown key", listed(allowed, 12), nearest_names(key[-1], allowed))
    if kind == "missing":
        return Problem(origin, key, "required, but not given", listed(keys_at(CalibrationFile, key)) or None)
    if choices := choices_at(CalibrationFile, key):
        near = nearest_names(error["input"], map(str, choices)) if isinstance(error["input"], str) else None
        return Problem(origin, key, f"got {given}", listed(choices), near)
    if key == ("name",):
        return Problem(origin, key, f"got {given}", "up to 80 letters, digits, . _ + - (it names a folder)")
    message = error["msg"].removeprefix("Input ").removeprefix("should be ")
    return Problem(origin, key, f"got {given}", message)
