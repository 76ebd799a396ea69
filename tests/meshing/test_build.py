"""One build with gmsh at test density, from an anatomy that is not shipped."""

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, MeshSettings, default_anatomy_values
from fem_lumbar.meshing.quality import mesh_quality

pytest.importorskip("gmsh", exc_type=ImportError)


def test_a_changed_anatomy_can_be_built():
    from fem_lumbar.meshing.build import build_mesh

    values = default_anatomy_values("parametric")
    values["joints"]["L3-L4"]["facet_gap_mm"] = 0.3
    values["joints"]["L4-L5"]["disc_height_anterior_mm"] = 12.0
    mesh = build_mesh(Anatomy.model_validate(values), MeshSettings(density="test"))
    found = mesh_quality(mesh)
    assert found["inverted"] == 0
    assert found["minimum_quality"] >= 0.1
    assert found["asymmetry_mm"] == 0.0
    corners = [mesh.landmarks[f"{name}_corner"] for name in ("L4.inferior_anterior", "L5.superior_anterior")]
    assert np.linalg.norm(corners[0] - corners[1]) == pytest.approx(12.0, abs=0.01)
    for level in ("L3", "L4", "L5"):  # no process is lost in a union
        bone = mesh.points[np.unique(mesh.surfaces[f"{level}.posterior"])]
        for tip in ("transverse_tip.left", "transverse_tip.right", "spinous_tip", "mammillary_tip.left"):
            assert np.linalg.norm(bone - mesh.landmarks[f"{level}.{tip}"], axis=1).min() < 5.0, (level, tip)
