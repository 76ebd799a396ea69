"""Provenance of results: program, packages, scenario and mesh."""

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
    "mmgpy",
    "pyvista",
    "vtk",
    "matplotlib",
    "plotly",
    "pydantic",
    "PyYAML",
    "rich",
)
"""Packages whose versions may affect results or pictures."""

MAKES_RESULTS = (
    "fem_lumbar.foundation",
    "fem_lumbar.anatomy",
    "fem_lumbar.materials",
    "fem_lumbar.surfaces",
    "fem_lumbar.scenario",
    "fem_lumbar.shape",
    "fem_lumbar.cutting",
    "fem_lumbar.meshing",
    "fem_lumbar.mechanics",
    "fem_lumbar.solver",
    "fem_lumbar.model",
    "fem_lumbar.measures",
    "fem_lumbar.simulation",
    "fem_lumbar.runs",
)
"""Packages and modules that compute and write results; the others start runs, or compare and show results."""

_SUFFIXES = (".py", ".yaml", ".csv")
"""Suffixes of source code and of physical data files."""

_WORDS = ("runs/data/outputs.yaml", "scenario/data/key_words.yaml")
"""Data files of these packages that contain only text."""


@cache
def program_sha256() -> str:
    """Hash of the code that makes results (see `MAKES_RESULTS`), finer than the version number."""
    root = Path(fem_lumbar.__file__).parent
    digest = hashlib.sha256()
    for path in program_files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def program_files(root: Path) -> list[Path]:
    """Source and data files of this package that affect results."""
    files: set[Path] = set()
    for name in MAKES_RESULTS:
        place = root.joinpath(*name.split(".")[1:])
        files |= set(place.rglob("*")) if place.is_dir() else {place.with_suffix(".py")}
    words = {root / word for word in _WORDS}
    return sorted(path for path in files if path.suffix in _SUFFIXES and path not in words)


def made_by(scenario: Scenario) -> dict[str, str]:
    """Version and hash of the program, and hash of the scenario, which together determine results."""
    program = {"version": fem_lumbar.__version__, "program_sha256": program_sha256()}
    return program | {"scenario_sha256": scenario.sha256}


def is_current(stored: Mapping[str, Any], scenario: Scenario) -> bool:
    """Whether a stored ``provenance`` is that of a scenario and of this program version."""
    return by_this_program(stored) and stored.get("scenario_sha256") == scenario.sha256


def by_this_program(stored: Mapping[str, Any]) -> bool:
    """Whether a stored ``provenance`` is of this program version."""
    return (stored.get("version"), stored.get("program_sha256")) == (fem_lumbar.__version__, program_sha256())


def provenance(scenario: Scenario, mesh: SegmentMesh) -> dict[str, Any]:
    """Versions of program, Python and installed packages, hashes of scenario and mesh, time of creation (UTC)."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return made_by(scenario) | {
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": versions,
        "mesh_sha256": mesh.sha256,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
