"""The mesh with the sacrum moved into other anatomies: attachments stay on their bone, mirrored people are mirrored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fem_lumbar.anatomy.mirror_image import is_reverse, mirror_image
from fem_lumbar.anatomy.parameters import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.population import anatomy_values_at
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.foundation.nested import merged
from fem_lumbar.meshing.cache import shipped_folder, shipped_name
from fem_lumbar.meshing.quality import LOWEST_QUALITY
from fem_lumbar.meshing.sacral_morph import morphed_with_sacrum
from fem_lumbar.meshing.storage import load_mesh

USUAL = Anatomy.model_validate(default_anatomy_values())
ONE_SIDED: dict[str, Any] = {
    "joints": {"L4-L5": {"lateral_wedge_deg": 4.0, "axial_rotation_deg": 2.0}},
    "left": {"joints": {"L4-L5": {"facet_angle_deg": 52.0}}},
}


@pytest.fixture(scope="module")
def template():
    return load_mesh(shipped_folder() / shipped_name("test", sacrum=True))


def test_ligaments_and_muscles_stay_attached_to_the_same_nodes(template):
    small = Anatomy.model_validate(anatomy_values_at(16.0))
    mesh = morphed_with_sacrum(template, USUAL, small, LOWEST_QUALITY)
    assert mesh.patches.keys() == template.patches.keys()
    for name, patch in mesh.patches.items():
        if not name.endswith(".follower"):
            assert np.array_equal(patch.nodes, template.patches[name].nodes), name
            assert np.array_equal(patch.weights, template.patches[name].weights), name
    for level in ("L3", "L4", "L5"):
        follower = mesh.patches[f"{level}.follower"]
        assert np.isin(follower.nodes, mesh.surfaces[f"{level}.cortex"]).all()
        np.testing.assert_allclose(follower.point(mesh.points), mesh.landmarks[f"{level}.follower"], atol=1.0)


def test_the_mirrored_anatomy_gives_the_mirrored_mesh_to_the_last_bit(template):
    one = Anatomy.model_validate(merged(default_anatomy_values(), ONE_SIDED))
    other = mirror_image(one)
    assert is_reverse(one) != is_reverse(other)
    mesh, image = (morphed_with_sacrum(template, USUAL, each, LOWEST_QUALITY) for each in (one, other))
    assert not mesh.is_symmetric and np.array_equal(image.points, mirrored(mesh.points[template.mirror]))
    for name, point in mesh.landmarks.items():
        np.testing.assert_allclose(image.landmarks[PartName(name).mirrored], mirrored(point), atol=1e-9, err_msg=name)
