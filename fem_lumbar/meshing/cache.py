"""Lookup of meshes by anatomy and sizes: shipped meshes, and those cached on this computer."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import platformdirs

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import TEMPLATE, Anatomy, default_anatomy_values, values_outside_limits
from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.meshing.mesh import TOLD, SegmentMesh
from fem_lumbar.meshing.storage import load_mesh, read_header, save_mesh
from fem_lumbar.meshing.transition import with_transition

GEOMETRY_VERSION = 10
"""Raise whenever meshing, morphing or tagging code changes its results: it invalidates cached meshes."""
PERSON_VERSION = 9
"""The same, only for meshes fitted to a person's surfaces."""
TEMPLATE_VERSION = 2
"""The same, only for the template and meshes morphed from it, without persons."""
MOVED_VERSION = 2
"""The same, only for meshes morphed from the template: the shipped meshes stay valid."""
SACRUM_VERSION = 3
"""The same, only for meshes with the sacrum."""
_NO_MEASURES = {"source", "surfaces", "right", "left", "size_percentile", "lumbosacral", "posterior_cleft"}
CACHE_VARIABLE = "FEM_LUMBAR_CACHE"


def mesh_hash(anatomy: Anatomy, settings: MeshSettings, sacrum: bool = False) -> str:
    """Hash of everything that defines a mesh: the measures, the sizes and the versions of the code."""
    inputs = {
        "geometry_version": GEOMETRY_VERSION,
        "anatomy": {side: _measures(anatomy.on(side)) for side in SIDES},
        **({"surfaces": _person(anatomy)} if anatomy.source == "surfaces" else {}),
        **({"smooth_version": TEMPLATE_VERSION} if anatomy.source == TEMPLATE else {}),
        **({"moved_version": MOVED_VERSION} if anatomy.source == TEMPLATE and not _is_usual(anatomy) else {}),
        **({"sacrum_version": SACRUM_VERSION} if sacrum else {}),
        "sizes_mm": settings.sizes_mm(),
        "linear_bone": settings.linear_bone,
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _person(anatomy: Anatomy) -> list[Any]:
    files = anatomy.surfaces
    formats = {key: PurePath(name).suffix.lower() for key, name in files.given.items()}  # by which a file is read
    return [files.sha256, formats, files.labels, PERSON_VERSION]


def _measures(anatomy: Anatomy) -> dict[str, Any]:
    return anatomy.model_dump(mode="json", by_alias=True, exclude=_NO_MEASURES)


def shipped_folder() -> Path:
    """Folder ``meshes`` beside the package: there in a checkout, absent in an installed wheel."""
    return Path(__file__).resolve().parents[2] / "meshes"


def shipped_name(density: str, sacrum: bool = False) -> str:
    """File name of the shipped mesh at a density."""
    return f"{'sacrum' if sacrum else TEMPLATE}_{density}.npz"


def cache_folder() -> Path:
    """Folder of the meshes made on this computer: ``FEM_LUMBAR_CACHE`` or the platform's cache folder."""
    given = os.environ.get(CACHE_VARIABLE)
    return Path(given).expanduser() if given else Path(platformdirs.user_cache_dir("fem-lumbar", appauthor=False))


def kept_arrays(folder: str, name: str) -> dict[str, np.ndarray] | None:
    """Arrays cached under a name in a folder of the cache; None when there are none or they cannot be read."""
    try:
        with np.load(cache_folder() / folder / f"{name}.npz", allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def keep_arrays(folder: str, name: str, newest: int, **arrays: np.ndarray) -> None:
    """Cache arrays in a folder, atomically, and delete all but the ``newest`` latest files there.

    Errors of writing are ignored: the arrays are then computed again.
    """
    path = cache_folder() / folder / f"{name}.npz"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, part.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # none is called allow_pickle
        for old in sorted(path.parent.glob("*.npz"), key=lambda kept: kept.stat().st_mtime)[:-newest]:
            old.unlink(missing_ok=True)


def segment_mesh(
    anatomy: Anatomy,
    settings: MeshSettings,
    report: Callable[[str], None] | None = None,
    sacrum: bool = False,
) -> SegmentMesh:
    """Mesh of the segment: shipped, or from the user's cache, or built and cached.

    Parameters
    ----------
    anatomy : Anatomy
    settings : MeshSettings
    report : callable, optional
        Receives one line saying where the mesh comes from, and one per stage of a build.
    sacrum : bool
        Whether the segment includes the sacrum.

    Raises
    ------
    AnatomyError
        When the anatomy cannot be built.
    InputError
        When a new mesh is needed and mmgpy is not installed.
    """
    say = report or (lambda message: None)
    return with_transition(_whole_mesh(anatomy, settings, say, sacrum), anatomy.lumbosacral)


def _whole_mesh(
    anatomy: Anatomy, settings: MeshSettings, say: Callable[[str], None], sacrum: bool = False
) -> SegmentMesh:
    """Mesh of the segment with the parts of all transitional anatomies."""
    outside = values_outside_limits(anatomy)
    if outside:
        raise AnatomyError("this anatomy cannot be built: " + "; ".join(outside))
    path = stored_mesh(anatomy, settings, sacrum)
    if path is not None:
        say(f"mesh: {path.name}")
        mesh = load_mesh(path)
        for line in mesh.meta.get(TOLD, ()):
            say(line)
        return mesh
    new = _new_sacral_mesh if sacrum else _new_mesh
    mesh = labelled(new(anatomy, settings, say), anatomy, settings, sacrum)
    try:
        save_mesh(mesh, _kept(mesh_hash(anatomy, settings, sacrum)))
    except OSError as reason:
        say(f"mesh not kept: {reason.strerror}")
    return mesh


def stored_mesh(anatomy: Anatomy, settings: MeshSettings, sacrum: bool = False) -> Path | None:
    """File of a mesh that is shipped or cached on this computer; None when it must be built."""
    wanted = mesh_hash(anatomy, settings, sacrum)
    shipped = shipped_folder() / shipped_name(settings.density, sacrum)
    return next((path for path in (shipped, _kept(wanted)) if _stored_hash(path) == wanted), None)


def _kept(wanted: str) -> Path:
    """File in the cache of the mesh with a hash."""
    return cache_folder() / f"{wanted[:32]}.npz"


def labelled(mesh: SegmentMesh, anatomy: Anatomy, settings: MeshSettings, sacrum: bool = False) -> SegmentMesh:
    """The mesh with its defining hash in its meta data."""
    return replace(mesh, meta={**mesh.meta, "defined_by_sha256": mesh_hash(anatomy, settings, sacrum)})


def _new_sacral_mesh(anatomy: Anatomy, settings: MeshSettings, say: Callable[[str], None]) -> SegmentMesh:
    """Mesh with the sacrum: built for the default anatomy, morphed from that mesh for any other."""
    from fem_lumbar.meshing.quality import LOWEST_QUALITY
    from fem_lumbar.meshing.sacral_morph import morphed_with_sacrum
    from fem_lumbar.meshing.template import build_template

    if anatomy.source != TEMPLATE:
        raise AnatomyError("segments with the sacrum have bones of the template")
    usual = _usual()
    if _is_usual(anatomy):
        return build_template(usual, settings, say, sacrum=True)
    template = _whole_mesh(usual, settings, say, sacrum=True)
    say("moving the mesh of the default anatomy")
    try:
        return morphed_with_sacrum(template, usual, anatomy, LOWEST_QUALITY)
    except AnatomyError as clash:
        raise AnatomyError(f"this anatomy cannot be meshed: {clash}; use dimensions closer to the default") from None


def _new_mesh(anatomy: Anatomy, settings: MeshSettings, say: Callable[[str], None]) -> SegmentMesh:
    """Mesh without the sacrum: built for the default anatomy, morphed from that mesh for any other."""
    from fem_lumbar.meshing.morph import morphed
    from fem_lumbar.meshing.quality import LOWEST_QUALITY

    usual = _usual()
    if _is_usual(anatomy):
        from fem_lumbar.meshing.template import build_template

        return build_template(usual, settings, say)
    template = segment_mesh(usual, settings, say)
    if anatomy.source == "surfaces":
        from fem_lumbar.meshing.person import person_mesh

        return person_mesh(template, segment_mesh(usual, MeshSettings()), usual, anatomy, LOWEST_QUALITY, say)
    say("moving the mesh of the default anatomy")
    try:
        return morphed(template, usual, anatomy, LOWEST_QUALITY)
    except AnatomyError as clash:
        raise AnatomyError(f"this anatomy cannot be meshed: {clash}; use dimensions closer to the default") from None


@cache
def _usual() -> Anatomy:
    return Anatomy.model_validate(default_anatomy_values())


def _is_usual(anatomy: Anatomy) -> bool:
    """Whether an anatomy has the bones and the measures of the template; ``size_percentile`` itself is ignored."""
    return anatomy.source == TEMPLATE and anatomy.is_symmetric and _measures(anatomy.on("right")) == _measures(_usual())


def _stored_hash(path: Path) -> str | None:
    """Defining hash in a mesh file; None when there is no such file or it cannot be read."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            return read_header(file)["meta"].get("defined_by_sha256")
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
