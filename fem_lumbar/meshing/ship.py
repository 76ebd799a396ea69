"""Make the shipped meshes anew: ``python -m fem_lumbar.meshing.ship [parametric|smooth|sacrum] [density ...]``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial

from fem_lumbar.anatomy import Anatomy, MeshSettings
from fem_lumbar.anatomy.population import anatomy_values_at
from fem_lumbar.meshing.cache import labelled, shipped_folder, shipped_name
from fem_lumbar.meshing.curve import meshed
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.smooth_build import build_smooth_mesh
from fem_lumbar.meshing.storage import save_mesh

SHIPPED_DENSITIES = ("test", "coarse")
_SACRUM = "sacrum"
"""The smooth template with the sacrum."""
_BUILD: dict[str, Callable[..., SegmentMesh]] = {
    "parametric": meshed,
    "smooth": build_smooth_mesh,
    _SACRUM: partial(build_smooth_mesh, sacrum=True),
}


def ship_meshes(source: str = "parametric", densities: Sequence[str] = SHIPPED_DENSITIES) -> None:
    """Build a template at the given densities and write it to ``meshes/``."""
    sacrum = source == _SACRUM
    anatomy = Anatomy.model_validate(anatomy_values_at(50.0, "smooth" if sacrum else source))
    for density in densities:
        settings = MeshSettings.model_validate({"density": density})
        mesh = labelled(_BUILD[source](anatomy, settings, print), anatomy, settings, sacrum)
        path = shipped_folder() / shipped_name(source, density, sacrum)
        save_mesh(mesh, path)
        meta = mesh.meta
        print(
            f"{path.name}: {meta['unknowns']} unknowns, {len(mesh.cells)} cells, minimum quality "
            f"{meta['minimum_quality']:.2f}, {path.stat().st_size / 1e6:.2f} MB, {meta['build_s']} s"
        )


if __name__ == "__main__":
    named = sys.argv[1:2] if sys.argv[1:2] and sys.argv[1] in _BUILD else ["parametric"]
    wanted = [word for word in sys.argv[1:] if word not in _BUILD]
    ship_meshes(named[0], wanted or SHIPPED_DENSITIES)
