"""What a result was made with: program, packages, scenario and mesh."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from importlib import metadata
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
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": versions,
        "scenario_sha256": scenario.sha256,
        "mesh_sha256": mesh.sha256,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
