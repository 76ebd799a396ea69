"""The types of ``summary.json``, results contract version 1; its JSON Schema is generated from them.

Meaning, unit and sign of each value are defined in ``outputs.yaml``. Keys may be added, never renamed; keys that
not every version wrote are optional. Results of a load case are typed in ``fem_lumbar.measures.entries``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, StringConstraints, with_config
from typing_extensions import NotRequired, TypedDict

from fem_lumbar.measures.entries import Count, LoadCase, NotNegative

CaseName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]


class Provenance(TypedDict):
    """Program, packages, scenario and mesh behind a result."""

    version: str
    python: str
    packages: dict[str, str]
    program_sha256: NotRequired[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]
    scenario_sha256: Sha256
    mesh_sha256: Sha256
    created: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")]


class Model(TypedDict):
    """Size of the model and how it was made."""

    nodes: Count
    cells: Count
    dofs: Count
    density: str
    symmetric_mesh: bool
    mesh_made_by: NotRequired[str]
    pushed_apart_mm: NotRequired[float]
    surface_fit: NotRequired[dict[str, dict[str, float]]]
    vertebrae: NotRequired[str]
    condensed_anew: NotRequired[list[str]]
    condensation_s: NotRequired[float]
    preparation_s: NotRequired[dict[str, float]]
    linear_solver: NotRequired[str]
    threads: NotRequired[int]


class Timing(TypedDict):
    """Wall time by phase; the phases add up to the total."""

    mesh: NotNegative
    setup: NotNegative
    solve: NotNegative
    post: NotNegative
    total: NotNegative
    compilation: NotRequired[NotNegative]
    condensation: NotRequired[NotNegative]


class AssumedValue(TypedDict):
    """A value without a published source."""

    name: str
    value: object
    unit: str
    confidence: str
    source: NotRequired[str]


class Citation(TypedDict):
    """A source, and the values that come from it."""

    source: str
    confidence: str
    values: list[str]


@with_config(
    ConfigDict(
        json_schema_extra={
            "if": {"properties": {"status": {"const": "failed"}}},
            "then": {"required": ["reason"]},
        }
    )
)
class Summary(TypedDict):
    """Summary of one run. Lengths mm, forces N, pressures MPa, moments N·m or N·mm as the key says, rotations degrees.

    Keys may be added, never renamed without raising schema_version.
    """

    schema_version: Literal[1]
    scenario: str
    status: Literal["completed", "failed"]
    reason: NotRequired[str | None]
    provenance: Provenance
    model: Model
    timing_s: Timing
    assumptions: NotRequired[list[str]]
    assumed_values: NotRequired[list[AssumedValue]]
    citations: NotRequired[list[Citation]]
    parameter_set: NotRequired[dict[str, object]]
    warnings: NotRequired[list[str]]
    load_cases: dict[CaseName, LoadCase]
