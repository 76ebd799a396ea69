"""``study.json``: what a study varied and how, what its columns are, and what it was made with."""

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
        Scenario key that takes the value as it is, or all keys that follow it.
    unit : str
        Unit of the value; empty without one.
    kind : str
        ``values``, ``range`` or the name of a distribution.
    parameters : dict
        What defines it: values, ends of the range, parameters and bounds of the distribution.
    categories : tuple of str or None
        The values of a factor that is no number, in their order; None for numbers.
    """

    name: str
    key: str | tuple[str, ...]
    unit: str
    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None

    @property
    def sets(self) -> str:
        """What it does to a scenario, in words."""
        if isinstance(self.key, str):
            return f"value of the scenario key {self.key}"
        return f"sets {', '.join(self.key)}" if self.key else "sets no scenario key; decides about other factors"


@dataclass(frozen=True)
class OutputColumn:
    """One output of a study and its column of the table.

    Attributes
    ----------
    name : str
        Name of the column, the unit in it as the summary has it.
    path : str
        Path in the summary of a load case.
    unit : str
        Unit; empty without one.
    """

    name: str
    path: str
    unit: str


@dataclass(frozen=True)
class Manifest:
    """What ``study.json`` says.

    Attributes
    ----------
    name, scenario, density : str
        Name of the study, of the scenario it varies, and of the mesh density.
    design : dict
        ``kind``, ``points``, ``seed`` and what else defines the design.
    factors : tuple of FactorColumn
        What varied.
    outputs : tuple of OutputColumn
        What was kept of the results.
    load_cases : tuple of str
        Load cases of every point.
    correlation : tuple of tuples of float or None
        Rank correlations of the factors (n, n) in their order; None where they are independent.
    versions : dict
        Program, its hash, Python and packages.
    asks : dict
        What the report compares besides, as the study file has it.
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
    """Write ``study.json``, whole or not at all."""
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
        When the folder has none, or one that this version does not read.
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
