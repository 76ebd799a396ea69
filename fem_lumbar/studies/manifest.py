"""``study.json``: factors and design of a study, its columns, and the program versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.json_values import plain, write_json

MANIFEST = "study.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class FactorColumn:
    """One factor of a study and its column of the table.

    Attributes
    ----------
    name : str
        Name of the column.
    key : str or tuple of str
        Scenario key that takes the value directly, or all keys driven by the factor.
    unit : str
        Unit of the value; empty if there is none.
    kind : str
        ``values``, ``range`` or the name of a distribution.
    parameters : dict
        Its definition: values, ends of the range, parameters and bounds of the distribution.
    categories : tuple of str or None
        The values of a non-numeric factor, in their order; None for numbers.
    """

    name: str
    key: str | tuple[str, ...]
    unit: str
    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None

    @property
    def sets(self) -> str:
        """Its effect on a scenario, as text."""
        if isinstance(self.key, str):
            return f"value of the scenario key {self.key}"
        return f"sets {', '.join(self.key)}" if self.key else "sets no scenario key; decides about other factors"


@dataclass(frozen=True)
class OutputColumn:
    """One output of a study and its column of the table.

    Attributes
    ----------
    name : str
        Name of the column, which ends with the unit as in the summary.
    path : str
        Path in the summary of a load case.
    unit : str
        Unit; empty if there is none.
    """

    name: str
    path: str
    unit: str


@dataclass(frozen=True)
class Manifest:
    """Content of ``study.json``.

    Attributes
    ----------
    name, scenario, density : str
        Name of the study, of the scenario it varies, and of the mesh density.
    design : dict
        ``kind``, ``points``, ``seed`` and further parameters of the design.
    factors : tuple of FactorColumn
        The varied factors.
    outputs : tuple of OutputColumn
        The stored results.
    load_cases : tuple of str
        Load cases of every point.
    correlation : tuple of tuples of float or None
        Rank correlations (n, n) of the factors in their order; None if independent.
    versions : dict
        Versions of program and packages, hash of the program, and Python version.
    asks : dict
        Further comparisons for the report, as in the study file.
    """

    name: str
    scenario: str
    density: str
    design: dict[str, Any]
    factors: tuple[FactorColumn, ...]
    outputs: tuple[OutputColumn, ...]
    load_cases: tuple[str, ...]
    correlation: tuple[tuple[float, ...], ...] | None = None
    versions: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, Any] = field(default_factory=dict)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``study.json`` atomically."""
    data = plain(asdict(manifest))
    for factor in data["factors"]:
        if factor["categories"] is None:
            del factor["categories"]
    write_json(Path(folder) / MANIFEST, {"schema_version": SCHEMA_VERSION, **data})


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a study folder.

    Raises
    ------
    InputError
        When the folder has none, or one that this version cannot read.
    """
    file = Path(folder) / MANIFEST
    if not file.is_file():
        raise InputError(f"{folder} is not the folder of a study: it has no {MANIFEST}")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is not valid JSON: {error}") from error
    version = data.pop("schema_version", None) if isinstance(data, dict) else None
    if version != SCHEMA_VERSION:
        raise InputError(f"{file}: schema_version is {version!r}, this program reads {SCHEMA_VERSION}")
    try:
        return _manifest(data)
    except (KeyError, TypeError) as error:
        raise InputError(f"{file} is not the manifest of a study: {error}") from error


def _manifest(data: Mapping[str, Any]) -> Manifest:
    correlation = data["correlation"]
    return Manifest(
        **{
            **data,
            "factors": tuple(_factor(one) for one in data["factors"]),
            "outputs": tuple(OutputColumn(**one) for one in data["outputs"]),
            "load_cases": tuple(data["load_cases"]),
            "correlation": None if correlation is None else tuple(tuple(row) for row in correlation),
        }
    )


def _factor(data: Mapping[str, Any]) -> FactorColumn:
    key, categories = data["key"], data.get("categories")
    return FactorColumn(
        **{
            **data,
            "key": key if isinstance(key, str) else tuple(key),
            "categories": None if categories is None else tuple(categories),
        }
    )
