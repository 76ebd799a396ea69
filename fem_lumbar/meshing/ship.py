"""Make the shipped baseline meshes anew: ``python -m fem_lumbar.meshing.ship [density ...]``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fem_lumbar.anatomy import Anatomy, MeshSettings, default_anatomy_values
from fem_lumbar.meshing.cache import labelled, shipped_folder
from fem_lumbar.meshing.curve import meshed
from fem_lumbar.meshing.storage import save_mesh

SHIPPED_DENSITIES = ("test", "coarse")


def ship_meshes(densities: Sequence[str] = SHIPPED_DENSITIES) -> None:
    """Build the baseline at the given densities and write it to ``meshes/``."""
    anatomy = Anatomy.model_validate(default_anatomy_values())
    for density in densities:
        settings = MeshSettings.model_validate({"density": density})
        mesh = labelled(meshed(anatomy, settings, print), anatomy, settings)
        path = shipped_folder() / f"baseline_{density}.npz"
        save_mesh(mesh, path)
        meta = mesh.meta
        print(
            f"{path.name}: {meta['unknowns']} unknowns, {len(mesh.cells)} cells, minimum quality "
            f"{meta['minimum_quality']:.2f}, {path.stat().st_size / 1e6:.2f} MB, {meta['build_s']} s"
        )


if __name__ == "__main__":
    ship_meshes(sys.argv[1:] or SHIPPED_DENSITIES)
