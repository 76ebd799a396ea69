"""What a result was made with: program, packages, scenario and mesh."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fem_lumbar

if TYPE_CHECKING:
    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.scenario.model import Scenario

PACKAGES = (
    "numpy",
    "scipy",
    "scikit-fem",
    "numba",
    "pypardiso",
    "mkl",
    "meshio",
    "pygmsh",
    "gmsh",
    "pyvista",
    "vtk",
    "matplotlib",
    "pydantic",
    "PyYAML",
    "rich",
)
"""Distributions whose versions can change a result or a picture."""

_AROUND = ("calibration", "cli", "report", "validation")
"""Subpackages that ask for results and show them, and do not make them."""


@cache
def program_sha256() -> str:
    """Hash of the source that makes results: it tells two states of the program with one version number apart."""
    root = Path(fem_lumbar.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if inside.parts[0] not in _AROUND:
            digest.update(inside.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def by_this_program(made_by: Mapping[str, Any]) -> bool:
    """Whether a stored ``provenance`` is that of this state of the program."""
    return (made_by["version"], made_by.get("program_sha256")) == (fem_lumbar.__version__, program_sha256())


def is_current(made_by: Mapping[str, Any], scenario: Scenario) -> bool:
    """Whether a stored ``provenance`` is that of a scenario and of this state of the program."""
    return made_by["scenario_sha256"] == scenario.sha256 and by_this_program(made_by)


def provenance(scenario: Scenario, mesh: SegmentMesh) -> dict[str, Any]:
    """Versions of program, Python and installed packages, hashes of scenario and mesh, time of creation (UTC)."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "version": fem_lumbar.__version__,
        "program_sha256": program_sha256(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": versions,
        "scenario_sha256": scenario.sha256,
        "mesh_sha256": mesh.sha256,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
