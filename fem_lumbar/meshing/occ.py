"""The session in which geometry is built and meshed: the only place that touches pygmsh and gmsh's start-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np

from fem_lumbar.foundation.errors import AnatomyError, FemLumbarError, InputError

REMEDY = (
    "A new mesh is needed, but gmsh cannot be loaded ({reason}). Either keep the baseline anatomy and sizes at density "
    "test or coarse, for which meshes are shipped, or install what gmsh needs: on Debian or Ubuntu "
    "'apt-get install libglu1-mesa libgl1 libegl1 libxrender1 libxcursor1 libxft2 libxinerama1 libgomp1'."
)


@contextmanager
def geometry_session() -> Iterator[ModuleType]:
    """An empty OpenCASCADE model; yields the ``gmsh`` module and closes the session afterwards.

    Raises
    ------
    InputError
        When pygmsh or gmsh cannot be loaded, with the remedy.
    """
    try:
        import gmsh
        import pygmsh
    except (ImportError, OSError) as reason:
        raise InputError(REMEDY.format(reason=reason)) from reason
    with pygmsh.occ.Geometry():
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        yield gmsh


@contextmanager
def kernel_failure_as(message: str) -> Iterator[None]:
    """Turn a failure inside gmsh or OpenCASCADE into an AnatomyError that starts with ``message``.

    gmsh raises bare exceptions of the base class, so this is the one place where those are caught.
    """
    try:
        yield
    except FemLumbarError:
        raise
    except Exception as reason:
        raise AnatomyError(f"{message}: {reason}") from reason


def store_solids(gmsh: ModuleType, volumes: Mapping[str, list[int]], path: Path) -> dict[str, list[np.ndarray]]:
    """Write the open geometry to a BREP file; returns volume and centroid (4,) of every solid by region name."""
    gmsh.write(str(path))
    return {name: [_fingerprint(gmsh, tag) for tag in tags] for name, tags in volumes.items()}


def reopen_solids(gmsh: ModuleType, path: Path, stored: Mapping[str, list[np.ndarray]]) -> dict[str, list[int]]:
    """Read a geometry written by :func:`store_solids` into the open session: region name to volume tags."""
    gmsh.model.occ.importShapes(str(path))
    gmsh.model.occ.synchronize()
    tags = [tag for _, tag in gmsh.model.getEntities(3)]
    found = np.array([_fingerprint(gmsh, tag) for tag in tags])
    return {
        name: [tags[int(np.argmin(np.abs(found - print_).sum(axis=1)))] for print_ in prints]
        for name, prints in stored.items()
    }


def _fingerprint(gmsh: ModuleType, tag: int) -> np.ndarray:
    return np.array([gmsh.model.occ.getMass(3, tag), *gmsh.model.occ.getCenterOfMass(3, tag)])
