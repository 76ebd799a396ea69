"""Storage of a mesh in one compressed npz file, lossless and without pickled objects."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.meshing.mesh import Patch, SegmentMesh

FORMAT = "fem-lumbar mesh 1"
_PLAIN = ("points", "cells", "region", "mirror")
_TABLES = ("surfaces", "cell_data", "landmarks", "frames")


def save_mesh(mesh: SegmentMesh, path: Path) -> None:
    """Write ``mesh`` to ``path`` atomically, creating its folder if needed."""
    arrays = {name: _narrow(getattr(mesh, name)) for name in _PLAIN}
    for table in _TABLES:
        for name, array in getattr(mesh, table).items():
            arrays[f"{table}/{name}"] = _narrow(array)
    counts = [len(patch.nodes) for patch in mesh.patches.values()]
    arrays["patch_counts"] = _narrow(np.array(counts, dtype=int))
    arrays["patch_nodes"] = _narrow(np.concatenate([p.nodes for p in mesh.patches.values()] or [np.empty(0, int)]))
    arrays["patch_weights"] = np.concatenate([p.weights for p in mesh.patches.values()] or [np.empty(0)])
    header = {
        "format": FORMAT,
        "region_names": mesh.region_names,
        "patch_names": list(mesh.patches),
        "meta": mesh.meta,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = np.array(json.dumps(header))
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, header=text, **arrays)  # type: ignore[arg-type]  # none is called allow_pickle


def load_mesh(path: Path) -> SegmentMesh:
    """Read a mesh written by :func:`save_mesh`.

    Raises
    ------
    InputError
        When the file is missing, damaged or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            header = read_header(file)
            arrays = {name: _widen(file[name]) for name in file.files if name != "header"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as reason:
        message = f"{path.name} is not a readable mesh file ({reason}); delete it to rebuild it"
        raise InputError(message) from reason
    tables: dict[str, dict[str, Any]] = {table: {} for table in _TABLES}
    for key, array in arrays.items():
        table, _, name = key.partition("/")
        if table in tables:
            tables[table][name] = array
    bounds = np.concatenate([[0], np.cumsum(arrays["patch_counts"])])
    patches = {
        name: Patch(arrays["patch_nodes"][a:b], arrays["patch_weights"][a:b])
        for name, a, b in zip(header["patch_names"], bounds[:-1], bounds[1:], strict=True)
    }
    return SegmentMesh(
        points=arrays["points"],
        cells=arrays["cells"],
        region=arrays["region"],
        mirror=arrays["mirror"],
        surfaces=tables["surfaces"],
        cell_data=tables["cell_data"],
        landmarks=tables["landmarks"],
        frames=tables["frames"],
        region_names=tuple(map(PartName, header["region_names"])),
        patches=patches,
        meta=header["meta"],
    )


def read_header(file: np.lib.npyio.NpzFile) -> dict[str, Any]:
    """Names and meta data of an open mesh file; ValueError when it is of another format."""
    header = json.loads(str(file["header"]))
    if header.get("format") != FORMAT:
        raise ValueError(f"format {header.get('format')!r} instead of {FORMAT!r}")
    return header


def _narrow(array: np.ndarray) -> np.ndarray:
    """Array in the smallest type that holds its values exactly; integers must not be negative."""
    if array.dtype.kind == "f":
        single = array.astype(np.float32)
        return single if np.array_equal(single.astype(float), array, equal_nan=True) else array
    return array.astype(np.min_scalar_type(int(array.max()) if array.size else 0))


def _widen(array: np.ndarray) -> np.ndarray:
    return array.astype(float) if array.dtype.kind == "f" else array.astype(np.int64)
