"""A small mirror-symmetric mesh and load-case results of known numbers, for tests of store, report and analysis."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.anatomy.spine import JOINTS, LEVELS
from fem_lumbar.foundation.conventions import LIGAMENTS, MOMENT_AXIS, PAIRED_LIGAMENTS, SIDES
from fem_lumbar.measures.fields import StateFields
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.runs.run import Fields, Run
from fem_lumbar.runs.store import RunWriter
from fem_lumbar.runs.surface import Surface
from fem_lumbar.runs.vtu import write_series, write_surface

KUHN = [[0, *itertools.accumulate(1 << axis for axis in order)] for order in itertools.permutations(range(3))]
"""Corners (as bits x, y, z) of the six tetrahedra of a cube."""

BASE_Z = {"L3": 80.0, "L4": 40.0, "L5": 0.0}
TIMING = {"mesh": 0.1, "setup": 0.2, "solve": 1.0, "post": 0.1, "total": 1.4}


@dataclass(frozen=True)
class SyntheticScenario:
    """What the store asks of a scenario."""

    name: str = "synthetic"
    changes: dict[str, Any] = field(default_factory=dict)

    def resolved(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "schema_version": 1,
            "name": self.name,
            "mal": {level: {side: {"state": "fibrous"} for side in SIDES} for level in LEVELS},
        }
        for path, value in self.changes.items():
            node = plain
            *parents, last = path.split(".")
            for key in parents:
                node = node.setdefault(key, {})
            node[last] = value
        return plain

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.resolved()).encode()).hexdigest()


@dataclass
class SyntheticResult:
    """What the store asks of a load-case result."""

    name: str
    summary: dict[str, Any]
    curves: list[dict[str, Any]] = field(default_factory=list)
    fields: StateFields | None = None
    status: str = "converged"
    reason: str | None = None
    load_fraction: float = 1.0


def synthetic_mesh() -> SegmentMesh:
    """Boxes in the place of bodies, discs, posterior elements, facet cartilage and ligament arches, mm."""
    points: list[np.ndarray] = []
    cells: list[np.ndarray] = []
    region: list[np.ndarray] = []
    names: list[str] = []
    surfaces: dict[str, np.ndarray] = {}
    mal_s: list[np.ndarray] = []

    def add(name: str, low: tuple[float, float, float], high: tuple[float, float, float], n: int = 2) -> None:
        start = sum(map(len, points))
        box, tets = _box(np.array(low), np.array(high), n)
        points.append(box)
        cells.append(tets + start)
        region.append(np.full(len(tets), len(names)))
        names.append(name)
        s = (box[tets].mean(axis=1)[:, 2] - low[2]) / (high[2] - low[2])
        mal_s.append(1.0 - s if ".mal." in name else np.full(len(tets), np.nan))

    def faces(name: str, axis: int, high: bool) -> None:
        tets = cells[-1]
        box = points[-1]
        offset = sum(map(len, points[:-1]))
        level = box[:, axis].max() if high else box[:, axis].min()
        inward = np.array([[1, 3, 2], [0, 2, 3], [0, 3, 1], [0, 1, 2]])
        triangles = tets[:, inward[:, ::-1]].reshape(-1, 3)
        on_face = np.isclose(box[triangles - offset, axis], level).all(axis=1)
        surfaces[name] = triangles[on_face]

    for level in LEVELS:
        z = BASE_Z[level]
        add(f"{level}.cancellous", (-17, -24, z), (17, 24, z + 30), 4)
        add(f"{level}.posterior", (-45, -26, z + 5), (-18, 26, z + 22), 4)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            low, high = sorted((sign * 20.0, sign * 24.0))
            add(f"{level}.mal.{side}", (-48.5, low, z + 8), (-46.5, high, z + 16))
            faces(f"{level}.mal.{side}.dorsal", 0, high=False)
    for joint in JOINTS:
        upper, lower = joint.split("-")
        z = BASE_Z[upper]
        add(f"{joint}.nucleus", (-8, -12, z - 10), (8, 12, z), 2)
        add(f"{joint}.annulus", (8, -24, z - 10), (17, 24, z), 2)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            low, high = sorted((sign * 10.0, sign * 20.0))
            add(f"{upper}.facet_cartilage.inferior.{side}", (-36.8, low, z - 12), (-36.0, high, z + 3))
            faces(f"{upper}.facet.inferior.{side}", 0, high=True)
            add(f"{lower}.facet_cartilage.superior.{side}", (-35.5, low, z - 12), (-34.7, high, z + 3))
            faces(f"{lower}.facet.superior.{side}", 0, high=False)

    all_points = np.concatenate(points)
    index = {tuple(point): i for i, point in enumerate(all_points.round(6).tolist())}
    mirror = np.array([index[(x, -y + 0.0, z)] for x, y, z in all_points.round(6).tolist()])
    tags = np.concatenate(region)
    return SegmentMesh(
        points=all_points,
        cells=np.concatenate(cells),
        region=tags,
        region_names=tuple(names),
        surfaces=surfaces,
        patches={},
        cell_data={"mal_s": np.concatenate(mal_s)},
        landmarks={},
        frames={},
        mirror=mirror,
        meta={"density": "test"},
    )


def synthetic_result(case: str, mesh: SegmentMesh) -> SyntheticResult:
    """A converged load case: a smooth bending of the column, numbers of the right size and known symmetry."""
    return SyntheticResult(case, synthetic_entry(case), _curves(case), _fields(case, mesh))


def synthetic_entry(case: str) -> dict[str, Any]:
    """Summary entry of a converged load case, exactly mirror symmetric."""
    axis = np.array(MOMENT_AXIS.get(case, (0.0, 0.0, 0.0)))
    rotation = {
        joint: dict(
            zip(
                ("lateral_bending", "flexion", "axial_rotation"),
                (axis * np.array([4.0, 5.0, 2.0]) * factor).tolist(),
                strict=True,
            )
        )
        for joint, factor in (("L3-L4", 1.0), ("L4-L5", 1.2), ("L3-L5", 2.2))
    }
    loaded = {"left": 5.0 + 40.0 * max(0.0, -axis[2]), "right": 5.0 + 40.0 * max(0.0, axis[2])}
    ligaments = {}
    for name in LIGAMENTS:
        for key in [f"{name}_{side}" for side in SIDES] if name in PAIRED_LIGAMENTS else [name]:
            ligaments[key] = 12.0
    entry: dict[str, Any] = {
        "status": "converged",
        "steps": 5,
        "iterations": 20,
        "factorisations": 20,
        "wall_s": 1.0,
        "applied": {"moment_Nm": (7.5 * axis).tolist(), "follower_N": 0.0 if axis.any() else 500.0},
        "rotation_deg": rotation,
        "idp_MPa": {"L3-L4": 0.3, "L4-L5": 0.35},
        "disc_shortening_mm": dict.fromkeys(JOINTS, 0.4),
        "disc_bulge_mm": {joint: {"anterior": 0.4, "posterior": 0.2, "left": 0.3, "right": 0.3} for joint in JOINTS},
        "facet_force_N": {joint: dict(loaded) for joint in JOINTS},
        "facet": {
            joint: {
                side: {
                    "force_vector_N": [loaded[side], 0.0, 0.0],
                    "centre_mm": [-36.0, 15.0 if side == "left" else -15.0, 30.0],
                    "area_mm2": 30.0,
                    "peak_pressure_MPa": loaded[side] / 20.0,
                }
                for side in SIDES
            }
            for joint in JOINTS
        },
        "load_path": {joint: synthetic_load_path(axis, ligaments) for joint in JOINTS},
        "load_share": {
            joint: {
                "disc": 0.85,
                "facet_left": 0.05,
                "facet_right": 0.05,
                "ligaments": -0.05,
                "muscles": 0.1,
                "axial_N": -500.0,
                "closure_error": 1e-4,
            }
            for joint in JOINTS
        },
        "ligament_force_N": {joint: dict(ligaments) for joint in JOINTS},
        "ligament_strain": {joint: dict.fromkeys(ligaments, 0.045) for joint in JOINTS},
        "mal": {
            level: {
                side: {
                    "state": "fibrous",
                    "tension_N": 2.0,
                    "strain_max": 0.004,
                    "energy_Nmm": 0.02,
                    "insertion_displacement_mm": 0.01,
                    "force_mammillary_N": 3.0,
                    "force_accessory_N": 2.0,
                    "share_mammillary": 0.6,
                }
                for side in SIDES
            }
            for level in LEVELS
        },
        "equilibrium": {"force_residual_N": 1e-6, "moment_residual_Nmm": 1e-5, "energy_error": 1e-4},
        "checks": {"force_residual": {"value": 1e-6, "limit": 0.1, "unit": "N", "passed": True}},
    }
    entry["numerical_floor"] = {
        "rotation_deg": {joint: dict.fromkeys(rotation[joint], 1e-5) for joint in rotation},
        "idp_MPa": dict.fromkeys(JOINTS, 1e-6),
        "facet_force_N": {joint: dict.fromkeys(SIDES, 1e-3) for joint in JOINTS},
    }
    return copy.deepcopy(entry)


def synthetic_load_path(axis: np.ndarray, ligaments: dict[str, float]) -> dict[str, Any]:
    """A load path that closes: under a moment the ligaments pull and the disc presses, else the disc carries 500 N."""
    components = {"flexion": 1, "lateral_bending": 0, "axial_rotation": 2}
    parts = dict.fromkeys(ligaments, -10.0 if axis.any() else 0.0) | {"facet_left": 5.0, "facet_right": 5.0}
    load = 0.0 if axis.any() else 500.0
    parts["disc"] = load - sum(parts.values())
    share = 1.0 / len(parts)

    def entry(axial: float, part: float) -> dict[str, Any]:
        return {"axial_N": axial, "moment_Nm": {name: 7.5 * part * axis[i] for name, i in components.items()}}

    applied = {"moment": entry(0.0, 1.0)} if axis.any() else {"follower": entry(500.0, 0.0)}
    carried = {name: entry(value, share) for name, value in parts.items()}
    return {"carried": carried, "applied": applied, "closure": {"force_N": 1e-9, "moment_Nm": 1e-12}}


def write_run(out: Path, name: str = "synthetic", entries: dict[str, dict[str, Any]] | None = None, **changes) -> Path:
    """A whole run folder of summary entries (by default flexion and extension) without pictures."""
    mesh = synthetic_mesh()
    scenario = SyntheticScenario(name, {path.replace("__", "."): value for path, value in changes.items()})
    entries = entries if entries is not None else {case: synthetic_entry(case) for case in ("flexion", "extension")}
    with RunWriter(out, scenario, mesh, model_info(mesh)) as writer:
        for case, entry in entries.items():
            result = synthetic_result(case, mesh)
            result.summary = entry
            writer.add_case(result)
        return writer.finish(TIMING)


def model_info(mesh: SegmentMesh) -> dict[str, Any]:
    """The ``model`` entry of the summary."""
    return {
        "nodes": len(mesh.points),
        "cells": len(mesh.cells),
        "dofs": 3 * len(mesh.points),
        "density": "test",
        "symmetric_mesh": True,
    }


def _box(low: np.ndarray, high: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and tetrahedra of a box cut into n cubes along each axis."""
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, n + 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    number = np.arange(len(grid)).reshape(n + 1, n + 1, n + 1)
    corner = np.stack(
        [number[i : i + n, j : j + n, k : k + n].ravel() for k in (0, 1) for j in (0, 1) for i in (0, 1)], axis=1
    )
    tets = np.concatenate([corner[:, tet] for tet in KUHN])
    points = low + grid * (high - low)
    edges = points[tets[:, 1:]] - points[tets[:, :1]]
    flipped = np.linalg.det(edges) < 0
    tets[flipped] = tets[flipped][:, [0, 2, 1, 3]]
    return points, tets


def _fields(case: str, mesh: SegmentMesh) -> StateFields:
    axis = np.array(MOMENT_AXIS.get(case, (0.0, 0.0, 0.0)))
    height = mesh.points[:, 2] / 110.0
    displacement = 0.08 * np.cross(axis, mesh.points) * height[:, None]
    centre = mesh.points[mesh.cells].mean(axis=1)
    stress = np.zeros((len(mesh.cells), 6))
    stress[:, 2] = -1.0 - 0.05 * centre[:, 0]
    contact = np.zeros(len(mesh.points))
    for name, triangles in mesh.surfaces.items():
        if ".facet." in name:
            contact[triangles] = 0.5 + np.abs(mesh.points[triangles, 2] % 10) / 10
    return StateFields(
        mesh.points,
        mesh.cells,
        {"displacement": displacement, "contact_pressure": contact},
        {
            "cauchy_stress": stress,
            "von_mises": np.abs(stress[:, 2]),
            "principal_strains": np.tile([0.01, 0.0, -0.02], (len(mesh.cells), 1)),
            "pressure": -stress[:, 2] / 3,
            "region": mesh.region,
            "mal_s": mesh.cell_data["mal_s"],
        },
    )


def _curves(case: str) -> list[dict[str, Any]]:
    entry = synthetic_entry(case)
    rows = []
    for step, fraction in enumerate((0.25, 0.5, 1.0), start=1):
        row: dict[str, Any] = {"case": case, "step": step, "load_fraction": fraction, "moment_Nm": 7.5 * fraction}
        for joint, rotation in entry["rotation_deg"].items():
            for component, value in rotation.items():
                row[f"rotation_deg.{joint}.{component}"] = value * fraction**0.5
        rows.append(row)
    return rows


def store_unloaded(run: Run, fields: Fields, places: np.ndarray) -> None:
    """Store the equilibrium before loading of the case ``flexion``: places (n, 3) of all nodes, mm."""
    surface = Surface.of(run.mesh.cells, run.mesh.region)
    moved = (places - fields.reference)[surface.nodes]
    path = run.folder / "fields" / "flexion.00.vtp"
    write_surface(path, places[surface.nodes], surface.triangles, {"displacement": moved})
    write_series(run.folder / "fields" / "flexion.pvd", [(0.0, path.name)])
