"""Sound vertebrae pass in any frame; each fault gives its message."""

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces import Surface, aligned_levels, check_surfaces
from tests.surfaces.shapes import inverted, joined, motion, outward, shifted, sphere, spine, vertebra


@pytest.fixture(scope="module")
def bones() -> dict[str, Surface]:
    return spine()


def problem(bones: dict[str, Surface], **changed: Surface) -> str:
    with pytest.raises(InputError) as caught:
        check_surfaces({**bones, **changed})
    return str(caught.value)


def scaled(bones: dict[str, Surface], factor) -> dict[str, Surface]:
    return {level: Surface(bone.points * factor, bone.triangles) for level, bone in bones.items()}


def test_sound_surfaces_pass_in_any_frame(bones):
    turned = {level: bone.moved(motion(1)) for level, bone in bones.items()}
    sound = check_surfaces(turned)
    assert sound.warnings == []
    assert all(len(sound.surfaces[level].points) == len(bone.points) for level, bone in bones.items())


def test_holes_are_counted(bones):
    bone = bones["L4"]
    first = bone.triangles[0]
    far = np.argmax(np.linalg.norm(bone.points[bone.triangles[:, 0]] - bone.points[first[0]], axis=1))
    holed = Surface(bone.points, np.delete(bone.triangles, [0, far], axis=0))
    assert "L4: open, with 6 open edges round 2 holes" in problem(bones, L4=holed)


def test_triangles_that_disagree(bones):
    triangles = bones["L5"].triangles.copy()
    triangles[7] = triangles[7, ::-1]
    assert "L5: triangles on the two sides of 3 edges have inconsistent orientation" in problem(
        bones, L5=Surface(bones["L5"].points, triangles)
    )


def test_triangles_with_corners_of_their_own_are_told_as_such(bones):
    """As written by programs that round each triangle by itself."""
    bone = bones["L4"]
    near = bone.points[bone.triangles].reshape(-1, 3) + np.random.default_rng(0).normal(
        0.0, 1e-5, (bone.triangles.size, 3)
    )
    message = problem(bones, L4=Surface(near, np.arange(len(near)).reshape(-1, 3)))
    assert "L4: neighbouring triangles do not share their corners" in message and "Merge Close Vertices" in message
    assert message.count("L4") == 1 and "appears to be in" not in message


def test_inside_out_and_mirrored_get_the_same_remedy(bones):
    for wrong in (inverted(bones["L3"]), Surface(bones["L3"].points * [1.0, -1.0, 1.0], bones["L3"].triangles)):
        message = problem(bones, L3=wrong)
        assert "L3: inside out" in message and "mirror it back" in message


@pytest.mark.parametrize(("unit", "factor"), [("metres", 1e-3), ("centimetres", 0.1), ("inches", 1 / 25.4)])
def test_units_are_recognised(bones, unit, factor):
    message = problem(scaled(bones, factor))
    assert message.count(f"appears to be in {unit}") == 3 and "apart" not in message


def test_a_body_without_processes_is_too_small(bones):
    assert "L4: its diagonal is 69.3 mm" in problem(bones, L4=sphere(20.0, (0.0, 0.0, 33.0)))


def test_two_bodies_in_one_file(bones):
    message = problem(bones, L3=joined(bones["L3"], shifted(bones["L3"], (0.0, 0.0, 40.0))))
    assert "L3: 2 separate bodies" in message


def test_specks_and_cavities_go_with_a_warning(bones):
    dirty = joined(bones["L3"], sphere(3.0, (60.0, 0.0, 66.0)), inverted(sphere(8.0, (0.0, 0.0, 66.0))))
    sound = check_surfaces({**bones, "L3": dirty}, {"L3": "L3 (mine.stl)"})
    assert len(sound.surfaces["L3"].triangles) == len(bones["L3"].triangles)
    assert sorted(warning.split(" of ")[0] for warning in sound.warnings) == [
        "L3 (mine.stl): filled a cavity",
        "L3 (mine.stl): removed a speck",
    ]


def test_positions(bones):
    assert "overlap" in problem({level: vertebra() for level in bones})
    assert "L3 lies between" in problem(bones, L3=bones["L4"], L4=bones["L3"])
    assert "L3 and L4 are 70 mm apart" in problem(bones, L3=shifted(bones["L3"], (0.0, 0.0, 37.0)))
    assert "bends by" in problem(bones, L3=shifted(bones["L3"], (33.0, 0.0, -28.0)))


def test_vertebrae_that_run_into_one_another_are_named_with_the_place_in_the_files(bones):
    assert "L3 and L4 run" not in " ".join(check_surfaces(bones).warnings)
    message = problem(bones, L3=shifted(bones["L3"], (0.0, 0.0, -5.0)))
    assert "L3 and L4 run" in message and "near (-" in message


def test_noisy_surfaces_are_not_taken_for_overlapping_ones(bones):
    random = np.random.default_rng(0)
    noisy = {
        level: Surface(bone.points + random.normal(scale=0.5, size=bone.points.shape), bone.triangles)
        for level, bone in bones.items()
    }
    check_surfaces(noisy)  # a depth of a few tenths of a mm is told, none is refused


def test_a_vertebra_that_lacks_a_part_or_has_one_too_many_is_told_by_its_volume(bones):
    usual = bones["L4"]
    grown = Surface(usual.points * [1.18, 1.18, 1.0], usual.triangles)
    assert any("L3" in told and "cm³" in told for told in check_surfaces({**bones, "L4": grown}).warnings)
    twice = Surface(usual.points * [1.2, 1.2, 1.2], usual.triangles)
    assert "does one include part of another bone" in problem(bones, L4=twice)


def test_a_plane_face_is_taken_for_a_cut(bones):
    cut = bones["L5"].poly_data.clip_closed_surface(normal=(0.0, 0.0, 1.0), origin=(0.0, 0.0, -5.0)).triangulate()
    flat = outward(np.asarray(cut.points, dtype=float), cut.regular_faces)
    told = check_surfaces({**bones, "L5": flat}).warnings
    assert any("L5: a plane face of" in one and "-5) mm" in one for one in told)


def test_a_vertebra_turned_about_the_spine(bones):
    turned, templates = _turned_with_templates(bones)
    about = np.diag([-1.0, -1.0, 1.0, 1.0])
    turned["L4"] = bones["L4"].moved(about).moved(motion(2))
    with pytest.raises(InputError, match="L4 is turned by 180° about the axis of the spine"):
        aligned_levels(turned, templates)


def test_all_problems_come_in_one_message(bones):
    message = problem(bones, L3=inverted(bones["L3"]), L5=Surface(bones["L5"].points, bones["L5"].triangles[1:]))
    assert "L3: inside out" in message and "L5: open" in message


def test_a_missing_level(bones):
    with pytest.raises(InputError, match="no surface for L5"):
        check_surfaces({level: bones[level] for level in ("L3", "L4")})


def test_places_are_found_in_any_frame(bones):
    rigid = aligned_levels(*_turned_with_templates(bones))
    for level, height in (("L3", 66.0), ("L4", 33.0), ("L5", 0.0)):
        expected = motion(2) @ np.vstack([np.eye(4)[:2], [0.0, 0.0, 1.0, height], [0.0, 0.0, 0.0, 1.0]])
        np.testing.assert_allclose(rigid[level], expected, atol=0.5)


def test_exchanged_ends_are_found_in_any_frame(bones):
    turned, templates = _turned_with_templates(bones)
    with pytest.raises(InputError, match="exchange the two"):
        aligned_levels({**turned, "L3": turned["L5"], "L5": turned["L3"]}, templates)


def _turned_with_templates(bones):
    return {level: bone.moved(motion(2)) for level, bone in bones.items()}, dict.fromkeys(bones, vertebra(3.0))
