"""The mesh of a scenario: its anatomy with degeneration, clefts, cartilaginous endplates and ossified bridges."""

from __future__ import annotations

from collections.abc import Callable

from fem_lumbar.anatomy.posterior_cleft import clefts_of
from fem_lumbar.meshing.bridges import with_bridges
from fem_lumbar.meshing.cache import segment_mesh
from fem_lumbar.meshing.cartilage_endplates import with_cartilage_endplates
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.narrowing import narrowed
from fem_lumbar.meshing.posterior_cleft import with_clefts
from fem_lumbar.scenario.degeneration import height_losses
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.ossification import bridges


def mesh_key(scenario: Scenario) -> str:
    """Key that is equal for scenarios with the same mesh: all inputs of :func:`scenario_mesh`."""
    return repr(
        (
            scenario.degenerated_anatomy.model_dump(),
            scenario.mesh.model_dump(),
            scenario.segment.sacrum,
            height_losses(scenario.degeneration),
            scenario.cartilage_endplates_mm,
            bridges(scenario.ossification),
        )
    )


def scenario_mesh(scenario: Scenario, report: Callable[[str], None] | None = None) -> SegmentMesh:
    """Mesh of the bodies and discs of a scenario.

    Loss of disc height by degeneration changes the measures of a template. A person's surfaces have no such measures:
    there the discs of the finished mesh are narrowed.

    Parameters
    ----------
    scenario : Scenario
    report : callable, optional
        Receives a line saying where the mesh comes from, and one per stage of a build.

    Raises
    ------
    AnatomyError
        When the anatomy cannot be built.
    InputError
        When a new mesh is needed and mmg cannot be loaded.
    """
    mesh = segment_mesh(scenario.degenerated_anatomy, scenario.mesh, report, scenario.segment.sacrum)
    losses = height_losses(scenario.degeneration)
    if losses and scenario.anatomy.source == "surfaces":
        mesh = narrowed(mesh, losses)
    mesh = with_clefts(mesh, clefts_of(scenario.anatomy.posterior_cleft), scenario.mesh.linear_bone)
    mesh = with_cartilage_endplates(mesh, scenario.cartilage_endplates_mm, scenario.mesh.linear_bone, report)
    return with_bridges(mesh, bridges(scenario.ossification), scenario.mesh.linear_bone)
