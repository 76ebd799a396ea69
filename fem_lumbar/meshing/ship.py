"""Rebuild the shipped meshes: ``python -m fem_lumbar.meshing.ship [sacrum] [density ...]``.

With the one word ``attachments``, the shipped meshes without sacrum keep their nodes and cells; only the attachments of
ligaments and muscles are rebuilt, for changed sites in ``anatomy/data/attachments.yaml``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from fem_lumbar.anatomy import Anatomy, MeshSettings, default_anatomy_values
from fem_lumbar.meshing.cache import labelled, shipped_folder, shipped_name
from fem_lumbar.meshing.patches import attachment_patches
from fem_lumbar.meshing.storage import load_mesh, save_mesh
from fem_lumbar.meshing.template import build_template

SHIPPED_DENSITIES = ("test", "coarse")
_SACRUM = "sacrum"


def ship_meshes(densities: Sequence[str] = SHIPPED_DENSITIES, sacrum: bool = False) -> None:
    """Build the template at the given densities and write it to ``meshes/``."""
    anatomy = Anatomy.model_validate(default_anatomy_values())
    for density in densities:
        settings = MeshSettings.model_validate({"density": density})
        mesh = labelled(build_template(anatomy, settings, print, sacrum), anatomy, settings, sacrum)
        path = shipped_folder() / shipped_name(density, sacrum)
        save_mesh(mesh, path)
        meta = mesh.meta
        print(
            f"{path.name}: {meta['unknowns']} unknowns, {len(mesh.cells)} cells, minimum quality "
            f"{meta['minimum_quality']:.2f}, {path.stat().st_size / 1e6:.2f} MB, {meta['build_s']} s"
        )


def attach_anew() -> None:
    """Rebuild the attachments of every shipped mesh without sacrum from the current sites."""
    anatomy = Anatomy.model_validate(default_anatomy_values())
    for density in SHIPPED_DENSITIES:
        path = shipped_folder() / shipped_name(density)
        mesh = load_mesh(path)
        attached = replace(mesh, patches=attachment_patches(mesh, mesh.surfaces, anatomy))
        save_mesh(labelled(attached, anatomy, MeshSettings.model_validate({"density": density})), path)
        print(f"{path.name}: attached anew")


if __name__ == "__main__" and sys.argv[1:] == ["attachments"]:
    attach_anew()
elif __name__ == "__main__":
    wanted = [word for word in sys.argv[1:] if word != _SACRUM]
    ship_meshes(wanted or SHIPPED_DENSITIES, _SACRUM in sys.argv[1:])
