"""Files of each format give the same surface; files that are none give one clear message."""

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces import read_surface
from tests.surfaces.shapes import sphere

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"


@pytest.mark.parametrize(("name", "binary"), [("a.stl", True), ("a.stl", False), ("a.ply", True), ("a.ply", False)])
def test_formats_give_the_same_closed_surface(tmp_path, name, binary):
    ball = sphere(40.0)
    ball.poly_data.save(tmp_path / name, binary=binary)
    found = read_surface(tmp_path / name)
    assert (len(found.points), len(found.triangles)) == (len(ball.points), len(ball.triangles))
    assert found.volume == pytest.approx(ball.volume, rel=1e-4)


def test_obj_with_polygons_textures_and_negative_numbers(tmp_path):
    path = tmp_path / "pyramid.OBJ"
    path.write_text(
        "# comment\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1 1.0\nvt 0 0\nvn 0 0 1\ng top\n"
        "f 4/1/1 3/1/1 2/1/1 1/1/1\nf 1//1 2//1 5//1\nf 2 3 5\nf -3 4 5\nf 4 1 -1\n"
    )
    found = read_surface(path)
    assert len(found.points) == 5 and len(found.triangles) == 6
    assert found.volume == pytest.approx(1.0 / 3.0)


def test_points_at_the_same_place_become_one(tmp_path):
    path = tmp_path / "loose.obj"
    path.write_text(TETRAHEDRON + "v -0 0 1\nv 9 9 9\nf 1 3 2\nf 1 2 5\nf 1 4 3\nf 2 3 4\nf 4 5 1\n")
    found = read_surface(path)
    assert len(found.points) == 4 and len(found.triangles) == 4
    assert np.all(np.bincount(found.edges[1]) == 2)


def test_triangles_given_twice_count_once(tmp_path):
    path = tmp_path / "twice.obj"
    faces = "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
    path.write_text(TETRAHEDRON + faces + "f 3 2 1\nf 2 4 1\n" + faces)
    found = read_surface(path)
    assert len(found.triangles) == 4 and found.volume == pytest.approx(1.0 / 6.0)


def test_a_byte_order_mark_hides_no_point(tmp_path):
    path = tmp_path / "mark.obj"
    path.write_text(TETRAHEDRON + "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n", encoding="utf-8-sig")
    assert read_surface(path).volume == pytest.approx(1.0 / 6.0)


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("missing.stl", None, "does not exist"),
        ("body.step", b"ISO-10303-21;", "not from .step"),
        ("empty.stl", b"", "empty.stl has no triangles"),
        ("noise.ply", b"hello", "cannot be read as PLY"),
        ("noise.stl", b"hello world" * 50, "noise.stl has no triangles"),
        ("words.obj", b"v a b c\nf x y z\n", "cannot be read as OBJ"),
        ("gap.obj", (TETRAHEDRON + "f 1 2 99\n").encode(), "triangles that refer to missing points"),
        ("nan.obj", (TETRAHEDRON + "v nan 0 0\nf 1 2 3\n").encode(), "not numbers"),
        ("flat.obj", (TETRAHEDRON + "f 1 2 3\n").encode(), "has 1 triangles"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, part):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=part) as caught:
        read_surface(tmp_path / name)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["half.stl", "half.ply"])
def test_a_file_cut_off_is_refused(tmp_path, name):
    sphere(40.0).poly_data.save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:3000])
    with pytest.raises(InputError, match="damaged"):
        read_surface(tmp_path / name)
