"""Clefts of the arch: what they part on the mesh, what stays as it was, and that loose arches are solved as bodies."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.mirror_image import mirror_image
from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.posterior_cleft import Cleft, PosteriorCleft, clefts_of
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.measures.mesh_validity import validity_checks
from fem_lumbar.measures.posterior_cleft import cleft_entry, gap_normal
from fem_lumbar.mechanics.item import total
from fem_lumbar.meshing.cache import shipped_folder, shipped_name
from fem_lumbar.meshing.cartilage_endplates import with_cartilage_endplates
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.posterior_cleft import bone_pieces, cleft_region, with_clefts
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from fem_lumbar.model.vertebrae import bodies
from fem_lumbar.scenario.loader import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SIDES = ("left", "right")
AS_BONE = "modulus_MPa: 3500, poisson_ratio: 0.25"


@cache
def plain(sacrum: bool = False) -> SegmentMesh:
    return load_mesh(shipped_folder() / shipped_name("test", sacrum))


def cleft(level: str, site: str, sacrum: bool = False, **settings) -> SegmentMesh:
    return with_clefts(plain(sacrum), [Cleft(level, PosteriorCleft(site=site, **settings))], linear_bone=True)


def reached(mesh: SegmentMesh, cells: np.ndarray, start: np.ndarray) -> set[int]:
    """Nodes that bone reaches from some nodes over cells (k, 4) that share one: a walk, not the code under test."""
    seen = np.zeros(len(mesh.points), dtype=bool)
    seen[np.intersect1d(start, cells)] = True
    while True:
        touched = seen[cells].any(axis=1)
        count = seen.sum()
        seen[cells[touched]] = True
        if seen.sum() == count:
            return set(np.flatnonzero(seen))


def process(mesh: SegmentMesh, level: str, face: str, side: str) -> np.ndarray:
    """Nodes of bone under the cartilage of an articular process."""
    bone = mesh.cells[mesh.region_cells(f"{level}.posterior")]
    return np.intersect1d(mesh.cells[mesh.region_cells(f"{level}.facet_cartilage.{face}.{side}")], bone)


@pytest.mark.parametrize(("level", "sacrum"), [("L3", False), ("L4", False), ("L5", True)])
def test_a_pars_cleft_parts_the_inferior_process_from_the_pedicle(level, sacrum):
    other = dict(zip(SIDES, reversed(SIDES)))
    for site in ("left", "both"):
        mesh = cleft(level, site, sacrum)
        bone = mesh.cells[mesh.region_cells(f"{level}.posterior", f"{level}.cancellous")]
        body = np.unique(mesh.cells[mesh.region_cells(f"{level}.cancellous")])
        for side in SIDES if site == "both" else (site,):
            inferior = process(mesh, level, "inferior", side)
            assert (not set(inferior) & reached(mesh, bone, body)) == (site == "both")
            # With the arch cut in the midline as well nothing leads from the process to the body any more.
            half = bone[(mesh.points[bone, 1] * (1.0 if side == "left" else -1.0) > 1e-6).all(axis=1)]
            assert len(np.intersect1d(inferior, half)) > 3
            assert not set(inferior) & reached(mesh, half, body)
            far = process(mesh, level, "inferior", other[side])
            assert site == "both" or set(far) <= reached(mesh, bone, body)
        assert [check.name for check in validity_checks(mesh) if not check.passed] == []


@pytest.mark.parametrize(("level", "sacrum"), [("L3", False), ("L4", False), ("L5", False), ("S1", True)])
def test_a_midline_cleft_parts_left_from_right_behind_the_canal(level, sacrum):
    mesh = cleft(level, "midline", sacrum)
    assert mesh.is_symmetric
    arch = mesh.cells[mesh.region_cells(f"{level}.posterior")]
    before = plain(sacrum).cells[plain(sacrum).region_cells(f"{level}.posterior")]
    left, right = (np.flatnonzero(sign * mesh.points[:, 1] > 1.0) for sign in (1.0, -1.0))
    assert not reached(mesh, arch, left) & reached(mesh, arch, right)
    assert reached(mesh, before, left) & reached(mesh, before, right)
    gap = mesh.points[mesh.cells[mesh.region_cells(cleft_region(level, "midline"))]]
    assert np.abs(gap[..., 1]).min(axis=1).max() < 1e-9  # one layer: every cell has a node in the midline
    assert sacrum or np.abs(gap[..., 1]).max() < 8.0  # cells of the sacrum are larger
    assert [check.name for check in validity_checks(mesh) if not check.passed] == []


def test_a_cleft_of_one_side_is_not_its_own_mirror_image():
    one, both = cleft("L4", "left"), cleft("L4", "both")
    assert one.has_symmetric_nodes and not one.is_symmetric and both.is_symmetric


def test_only_names_change_and_left_mirrors_right_to_the_last_bit():
    left, right = cleft("L4", "left"), cleft("L4", "right")
    assert np.array_equal(left.points, plain().points) and np.array_equal(left.cells, plain().cells)

    def corners(mesh: SegmentMesh, cells: np.ndarray) -> set[tuple[int, ...]]:
        return set(map(tuple, np.sort(cells, axis=1).tolist()))

    for mesh, side in ((left, "left"), (right, "right")):
        gap = mesh.region_cells(cleft_region("L4", side))
        changed = np.flatnonzero(plain().region != mesh.region)
        assert np.array_equal(changed, np.sort(gap)) and 50 < len(gap) < 300
        assert {plain().region_names[k] for k in plain().region[gap]} == {"L4.posterior"}
    cells = {side: mesh.cells[mesh.region_cells(cleft_region("L4", side))] for side, mesh in zip(SIDES, (left, right))}
    assert corners(left, left.mirror[cells["left"]]) == corners(right, cells["right"])
    for end in ("upper", "lower"):
        faces = [mesh.surfaces[f"L4.cleft.{side}.{end}"] for side, mesh in zip(SIDES, (left, right))]
        assert corners(left, left.mirror[faces[0]]) == corners(right, faces[1]) and len(faces[0]) > 10
    sided = {name: patch for name, patch in left.patches.items() if not {"ALL", "PLL"} & set(name.split("."))}
    for name, patch in sided.items():  # strands of ALL and PLL are numbered from one side to the other
        assert set(left.mirror[patch.nodes]) == set(right.patches[right_name(name)].nodes)


def right_name(name: str) -> str:
    return ".".join({"left": "right", "right": "left"}.get(part, part) for part in name.split("."))


def test_attachments_hold_on_to_bone():
    mesh = cleft("L4", "midline")
    bone = np.unique(mesh.cells[mesh.region_cells("L4.posterior", "L4.cancellous")])
    gap = np.setdiff1d(mesh.cells[mesh.region_cells("L4.cleft.midline")], bone)
    spinous = [name for name in mesh.patches if name.startswith("L4-L5.ISL") and name.endswith("upper")]
    assert any(np.isin(plain().patches[name].nodes, gap).any() for name in spinous)
    for name in spinous:
        patch = mesh.patches[name]
        assert np.isin(patch.nodes, bone).all() and patch.weights.sum() == pytest.approx(1.0)
        moved = patch.point(mesh.points) - plain().patches[name].point(mesh.points)
        assert abs(moved[1]) < 1e-9 and np.linalg.norm(moved) < 3.0
    skin = mesh.surfaces["L4.posterior"]
    assert not np.isin(skin, gap).any() and 0 < len(skin) < len(plain().surfaces["L4.posterior"])


def segment_of(given: str | None, *sets: str, density: str = "test") -> Segment:
    """On the mesh of ``test`` whatever the density, which says whether bone is linear."""
    named = () if given is None else (f"anatomy.posterior_cleft.L4={given}",)
    scenario = load_scenario(SCENARIOS / "baseline.yaml", (*named, *sets), density=density)
    mesh = with_clefts(plain(), clefts_of(scenario.anatomy.posterior_cleft), scenario.mesh.linear_bone)
    mesh = with_cartilage_endplates(mesh, scenario.cartilage_endplates_mm, scenario.mesh.linear_bone)
    return build_segment(scenario, kept_mesh(scenario, mesh))


def test_a_cleft_of_bone_is_the_healthy_vertebra():
    """The same energy and forces under any small deformation: names and contact surfaces alone are different."""
    joint = "segment.bodies=[L4, L5]"
    healthy, named = (segment_of(given, joint, density="coarse") for given in (None, f"{{site: both, {AS_BONE}}}"))
    x = np.zeros(named.n_dofs)
    x[: 3 * named.space.n_nodes] = 1e-7 * np.random.default_rng(3).standard_normal(3 * named.space.n_nodes)

    def bone_forces(segment: Segment) -> np.ndarray:
        forces = np.zeros(segment.n_dofs)
        for region, solids in segment.solids.items():
            for solid in solids if region.startswith("L4.") and ("posterior" in region or "cleft" in region) else ():
                forces += total(solid.dofs, solid.forces(x, 0.0)[1], segment.n_dofs)
        return forces

    a, b = bone_forces(healthy), bone_forces(named)
    assert np.abs(a - b).max() < 1e-5 * np.abs(a).max()
    soft = segment_of("midline", joint, density="coarse")
    assert np.abs(bone_forces(soft) - a).max() > 0.1 * np.abs(a).max()
    (gap,) = soft.solids["L4.cleft.midline"]
    forces = {gap.name: total(gap.dofs, gap.forces(x, 0.0)[1], soft.n_dofs)}
    midline = cleft_entry(soft, x, forces)["posterior_cleft"]["L4"]["midline"]
    assert midline["force_N"] > 0.0 and not any("vector" in name for name in midline)  # both halves are alike


def test_a_loose_arch_is_a_body_of_its_own_and_its_motion_is_measured():
    segment = segment_of("both", "segment.bodies=[L4, L5]")
    found = bodies(segment)
    assert [body.name for body in found] == ["L4", "L4.loose", "L5"]
    assert [body.floats for body in found] == [False, True, False]
    used = [set(body.dofs.ravel()) for body in found]
    assert not used[0] & used[1]
    names = [item.name for body in found for item in body.items]
    assert len(names) == len(set(names)) and not any("cleft" in name for name in names)
    assert len(bone_pieces(segment.mesh, "L4")) == 2 and len(bone_pieces(segment.mesh, "L5")) == 1
    assert [body.name for body in bodies(segment_of("left"))] == ["L3", "L4", "L5"]
    # Moved as a rigid body by 1 mm along the normal of the left gap, the arch opens it by 1 mm and does not slide.
    x, normal = np.zeros(segment.n_dofs), gap_normal(segment, PartName("L4.cleft.left"))
    loose = np.unique(segment.space.cell_nodes[bone_pieces(segment.mesh, "L4")[1]])
    x.reshape(-1)[(3 * loose[:, None] + np.arange(3)).ravel()] = np.tile(normal, len(loose))
    forces = {
        solid.name: total(solid.dofs, solid.forces(x, 0.0)[1], segment.n_dofs)
        for region in ("L4.cleft.left", "L4.cleft.right")
        for solid in segment.solids[region]
    }
    left = cleft_entry(segment, x, forces)["posterior_cleft"]["L4"]["left"]
    assert left["opening_mm"] == pytest.approx(1.0, abs=1e-9) and left["sliding_mm"] < 1e-9
    even = 5.0 * left["area_unloaded_mm2"] / left["width_unloaded_mm"]  # E A / w of a layer that is as wide everywhere
    assert even < -left["compression_N"] < 5.0 * even  # an uneven one is stiffer: where it is narrow, and held aside
    assert left["strain_p95"] > 0.2


def test_gaps_that_take_a_facet_or_do_not_part_are_refused():
    with pytest.raises(
        AnatomyError, match=r"posterior_cleft\.L4: no gap of 12 mm through the pars .*use a smaller width"
    ):
        with_clefts(plain(), [Cleft("L4", PosteriorCleft(site="left", width_mm=12.0))], linear_bone=True)


def test_the_mirror_image_of_an_anatomy_has_the_mirrored_cleft():
    values = default_anatomy_values()
    anatomy = Anatomy.model_validate(
        {**values, "posterior_cleft": {"L4": "left", "L3": {"site": "right"}, "S1": "midline"}}
    )
    image = mirror_image(anatomy).posterior_cleft
    assert image == {"L4": "right", "L3": PosteriorCleft(site="left"), "S1": "midline"}
