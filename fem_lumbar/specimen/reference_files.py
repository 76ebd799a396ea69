"""Surfaces of real vertebrae, given by the user, for comparison with a mesh."""

from __future__ import annotations

from pathlib import Path

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces import Surface, read_surface
from fem_lumbar.surfaces.reading import SUFFIXES


def read_references(folder: Path) -> dict[str, Surface]:
    """The surfaces of a folder, by level.

    Parameters
    ----------
    folder : Path
        Contains one file per vertebra, named after its level (``L4.stl``; STL, OBJ or PLY, mm, normals outward).

    Raises
    ------
    InputError
        When there is no such folder, no such file in it, several files for a level, or a file cannot be used.
    """
    wanted = f"files such as {LEVELS[0]}{SUFFIXES[0]} ({', '.join(LEVELS)}; {', '.join(SUFFIXES)})"
    if not folder.is_dir():
        raise InputError(f"--reference: {folder} is not a folder; expected a folder with {wanted}")
    files = {(path.stem.upper(), path.suffix.lower()): path for path in sorted(folder.iterdir()) if path.is_file()}
    found: dict[str, Surface] = {}
    for level in LEVELS:
        own = [files[level.upper(), suffix] for suffix in SUFFIXES if (level.upper(), suffix) in files]
        if len(own) > 1:
            raise InputError(f"--reference: {folder} has several files for {level}: {', '.join(p.name for p in own)}")
        if own:
            found[level] = _outward(read_surface(own[0]), own[0])
    if not found:
        raise InputError(f"--reference: {folder} contains no vertebra surface; expected {wanted}")
    return found


def _outward(surface: Surface, path: Path) -> Surface:
    if surface.volume <= 0.0:
        raise InputError(
            f"--reference: the normals of {path.name} point inward; flip them and export the surface again"
        )
    return surface
