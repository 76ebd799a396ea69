"""Hash, storage and choice of the mesh; anatomies that cannot be built."""

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, MeshSettings, default_anatomy_values
from fem_lumbar.foundation.errors import AnatomyError, InputError
from fem_lumbar.meshing import cache
from fem_lumbar.meshing.storage import load_mesh, save_mesh


def changed(path: str, value: float) -> Anatomy:
    values = default_anatomy_values()
    *parents, last = path.split(".")
    section = values
    for key in parents:
        section = section[key]
    assert last in section
    section[last] = value
    return Anatomy.model_validate(values)


def test_hash_follows_measures_sizes_and_density(anatomy):
    settings = MeshSettings(density="test")
    gap = default_anatomy_values()["joints"]["L3-L4"]["facet_gap_mm"]
    hashes = {
        cache.mesh_hash(anatomy, settings),
        cache.mesh_hash(changed("joints.L3-L4.facet_gap_mm", gap + 0.05), settings),
        cache.mesh_hash(anatomy, MeshSettings(density="test", disc_mm=5.0)),
        cache.mesh_hash(anatomy, MeshSettings(density="coarse")),
    }
    assert len(hashes) == 4
    assert cache.mesh_hash(changed("joints.L3-L4.facet_gap_mm", gap), settings) in hashes


def test_a_stored_mesh_comes_back_unchanged(test_mesh, tmp_path):
    save_mesh(test_mesh, tmp_path / "mesh.npz")
    again = load_mesh(tmp_path / "mesh.npz")
    assert again.sha256 == test_mesh.sha256
    assert again.meta == test_mesh.meta
    for table in ("surfaces", "cell_data", "landmarks", "frames"):
        ours, theirs = getattr(test_mesh, table), getattr(again, table)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[key], theirs[key], equal_nan=ours[key].dtype.kind == "f") for key in ours)
    for name, patch in test_mesh.patches.items():
        assert np.array_equal(patch.nodes, again.patches[name].nodes)
        assert np.array_equal(patch.weights, again.patches[name].weights)
    assert [path.name for path in tmp_path.iterdir()] == ["mesh.npz"]


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "broken.npz"
    path.write_bytes(b"not a mesh")
    with pytest.raises(InputError, match=r"broken\.npz"):
        load_mesh(path)


def test_a_kept_mesh_is_found_again(test_mesh, tmp_path, monkeypatch):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    settings = MeshSettings(density="test", bone_mm=7.0)
    anatomy = changed("joints.L4-L5.facet_gap_mm", 0.3)
    made = []

    def build(given, sizes, say):
        made.append(given)
        return test_mesh

    monkeypatch.setattr(cache, "_new_mesh", build)
    first = cache.segment_mesh(anatomy, settings)
    second = cache.segment_mesh(anatomy, settings)
    assert len(made) == 1
    assert first.sha256 == second.sha256


def test_measures_out_of_bounds_are_refused_before_a_mesh_is_needed():
    with pytest.raises(AnatomyError, match="disc_height_anterior_mm is 30 mm; the geometry takes"):
        cache.segment_mesh(changed("joints.L4-L5.disc_height_anterior_mm", 30.0), MeshSettings(density="test"))
