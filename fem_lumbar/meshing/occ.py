"""The session in which geometry is built and meshed: the only place that touches pygmsh and gmsh's start-up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from fem_lumbar.errors import InputError

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
