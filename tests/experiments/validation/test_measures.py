"""Measures against stored runs of known numbers."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter

from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.experiments.validation.measures import Measure, measured
from fem_lumbar.experiments.validation.reading import NotAnswered, ProtocolRuns
from fem_lumbar.runs.run import Fields, Run
from tests.experiments.validation.stored import entry, stored_runs


def measure(kind, **keys):
    return TypeAdapter(Measure).validate_python({"kind": kind, "joint": "L4-L5"} | keys)


def value(kind, runs, **keys):
    return measured(measure(kind, **keys), runs)[0]


def test_rotation_is_in_the_sense_of_the_moment(tmp_path):
    cases = {"extension": {"L4-L5": 4.0}, "lateral_bending_left": {"L4-L5": 3.0}, "flexion": {"L4-L5": 5.0}}
    entries = {case: entry("intact_combined", case, size) for case, size in cases.items()}
    runs = stored_runs(tmp_path, {"intact_combined": entries})
    assert entries["extension"]["rotation_deg"]["L4-L5"]["flexion"] == -4.0
    assert value("rotation", runs, protocol="intact_combined", cases=["extension"]) == 4.0
    assert value("rotation", runs, protocol="intact_combined", cases=["lateral_bending_left"]) == 3.0
    assert value("rotation", runs, protocol="intact_combined", cases=["flexion", "extension"]) == 9.0


def test_neutral_zone_surrogate_is_half_of_both_directions(tmp_path):
    name = "intact_neutral_zone"
    entries = {"flexion": entry(name, "flexion", {"L4-L5": 0.8}), "extension": entry(name, "extension", {"L4-L5": 0.4})}
    runs = stored_runs(tmp_path, {name: entries})
    assert value("neutral_zone_surrogate", runs, protocol=name, cases=["flexion", "extension"]) == pytest.approx(0.6)


def test_what_structures_take_away(tmp_path):
    case = "axial_rotation_left"
    runs = stored_runs(
        tmp_path,
        {
            "reduction_0_intact": {case: entry("reduction_0_intact", case, {"L4-L5": 2.0})},
            "disc_7.5Nm": {case: entry("disc_7.5Nm", case, {"L4-L5": 5.0})},
        },
    )
    found = value("rotation_removed", runs, protocol="reduction_0_intact", without="disc_7.5Nm", case=case)
    assert found == pytest.approx(60.0)


def test_moment_share_is_part_of_the_applied_moment_in_the_sense_of_the_case(tmp_path):
    name, case = "intact_10Nm", "extension"
    made = entry(name, case)
    carried = made["load_path"]["L4-L5"]["carried"]
    for one, moment in {"disc": -6.0, "CL_left": -1.0}.items():
        carried[one] = {"axial_N": 0.0, "moment_Nm": {"lateral_bending": 0.0, "flexion": moment, "axial_rotation": 0.0}}
    runs = stored_runs(tmp_path, {name: {case: made}})
    assert runs.entry(name, case)["applied"]["moment_Nm"][1] == -10.0
    assert value("moment_share", runs, protocol=name, case=case, structures=["disc"]) == pytest.approx(60.0)
    assert value("moment_share", runs, protocol=name, case=case, structures=["disc", "CL_left"]) == pytest.approx(70.0)


def test_rotational_stiffness(tmp_path):
    runs = stored_runs(
        tmp_path, {"reduction_0_intact": {"flexion": entry("reduction_0_intact", "flexion", {"L4-L5": 5.0})}}
    )
    assert value("rotational_stiffness", runs, protocol="reduction_0_intact", case="flexion") == pytest.approx(1.5)


def met(force):
    return {"force_N": force, "force_vector_N": [0.0, 0.0, force], "centre_mm": None, "penetration_mm": 0.1}


def test_facets_pressure_and_bulge(tmp_path):
    standing = entry(
        "intact_posture",
        "standing",
        idp_MPa={"L3-L4": 0.4, "L4-L5": 0.5},
        facet_force_N={"L4-L5": {"left": 10.0, "right": 30.0}},
        disc_bulge_mm={"L4-L5": {"anterior": 0.2, "posterior": 0.3, "left": 0.7, "right": 0.6}},
    )
    runs = stored_runs(tmp_path, {"intact_posture": {"standing": standing}})
    place = {"protocol": "intact_posture", "case": "standing"}
    assert value("pressure", runs, **place) == 0.5
    forces = {side: value("facet_force", runs, side=side, **place) for side in ("left", "right", "mean", "largest")}
    assert forces == {"left": 10.0, "right": 30.0, "mean": 20.0, "largest": 30.0}
    standing["bone_contact"] = {"L4-L5": {side: met(force) for side, force in (("left", 4.0), ("right", 2.0))}}
    standing["load_share"]["L4-L5"]["bone_contact_spinous"] = 0.02
    beside = stored_runs(tmp_path / "beside", {"intact_posture": {"standing": standing}})
    assert value("process_force", beside, side="mean", **place) == 23.0
    assert value("facet_share", runs, **place) == pytest.approx(10.0)
    assert value("facet_share", beside, **place) == pytest.approx(12.0)
    assert value("largest_bulge", runs, cases={"intact_posture": ["standing"]}) == 0.7
    del runs.runs["intact_posture"].cases["standing"]["idp_MPa"]["L3-L4"]
    with pytest.raises(NotAnswered, match=r"standing has no idp_MPa\.L3-L4"):
        value("pressure", runs, **place, joint="L3-L4")


def ends(shortening):
    """Two square ends of bodies 10 mm apart that approach by so much and slide sideways, as stored fields."""
    square = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    reference = np.vstack([square, square + [0, 0, 10]])
    moved = reference.copy()
    moved[4:] += [0.3, 0.0, -shortening]
    low, high = np.array([[0, 1, 2], [0, 2, 3]]), np.array([[4, 6, 5], [4, 7, 6]])
    surfaces = {
        "L5.endplate.inferior": low,
        "L5.endplate.superior": low,
        "L4.endplate.inferior": high,
        "L4.endplate.superior": high,
    }
    return Fields(moved, reference, np.zeros((0, 4), dtype=int), {}, {}), surfaces


def test_axial_stiffness_is_a_secant(monkeypatch, tmp_path):
    shortening = {"compression_500N": 0.5, "compression_1000N": 0.75}
    entries = {
        case: entry("disc_compression", case, disc_shortening_mm={"L4-L5": size}) for case, size in shortening.items()
    }
    runs = stored_runs(tmp_path, {"disc_compression": entries})
    both = {"protocol": "disc_compression", "cases": ["compression_500N", "compression_1000N"]}
    assert measured(measure("axial_stiffness", **both), runs) == (pytest.approx(2000.0), None)
    one = {"protocol": "disc_compression", "cases": ["compression_1000N"]}
    assert value("axial_stiffness", runs, **one) == pytest.approx(1000.0 / 0.75)
    monkeypatch.setattr(Run, "field_arrays", lambda self, case: ends(2 * shortening[case])[0])
    monkeypatch.setattr(Run, "mesh", type("Mesh", (), {"surfaces": ends(0.0)[1]})())
    monkeypatch.setattr(Run, "cases_with_fields", list(shortening))
    assert value("axial_stiffness", runs, **one, of="disc_and_bodies") == pytest.approx(1000.0 / 1.5)


def test_without_stored_fields_there_is_no_stiffness_of_bodies(monkeypatch, tmp_path):
    runs = stored_runs(
        tmp_path, {"disc_compression": {"compression_500N": entry("disc_compression", "compression_500N")}}
    )
    monkeypatch.setattr(Run, "cases_with_fields", [])
    with pytest.raises(NotAnswered, match="the fields of compression_500N are not stored"):
        value("axial_stiffness", runs, of="disc_and_bodies", protocol="disc_compression", cases=["compression_500N"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "failed", "reason": "cut back", "load_fraction": 0.5}, "flexion stopped at 50% of the load"),
        (
            {"checks": {"force_residual": {"value": 2.0, "limit": 0.1, "unit": "N", "passed": False}}},
            "flexion: out of tolerance: force_residual",
        ),
    ],
)
def test_a_failed_case_is_not_answered(tmp_path, changes, told):
    runs = stored_runs(tmp_path, {"disc_7.5Nm": {"flexion": entry("disc_7.5Nm", "flexion")}})
    runs.runs["disc_7.5Nm"].cases["flexion"].update(changes)
    with pytest.raises(NotAnswered, match=told):
        value("rotation", runs, protocol="disc_7.5Nm", cases=["flexion"])


def test_a_protocol_without_run_says_why():
    runs = ProtocolRuns({}, {"disc_7.5Nm": "the facets do not fit"})
    with pytest.raises(NotAnswered, match=r"disc_7\.5Nm: the facets do not fit"):
        value("rotation", runs, protocol="disc_7.5Nm", cases=["flexion"])


def bars(applied):
    """10 % on every flexion of the intact segment."""
    quantity = {"value": [5.0], "absolute": [0.5], "relative": [0.1], "behaviour": "converging"}
    cases = {
        case: {"applied": applied[case], "quantities": {"rotation_deg.L4-L5.flexion": quantity}} for case in applied
    }
    return DiscretisationBars({"template": "smooth", "densities": ["test"], "load_cases": cases, "provenance": {}})


def test_discretisation_errors_of_what_it_is_made_of_add_up(tmp_path):
    entries = {
        case: entry("intact_10Nm", case, {"L4-L5": size}) for case, size in (("flexion", 8.0), ("extension", 4.0))
    }
    stored = stored_runs(tmp_path, {"intact_10Nm": entries})
    runs = ProtocolRuns(stored.runs, bars=bars({case: one["applied"] for case, one in entries.items()}))
    both = measure("rotation", protocol="intact_10Nm", cases=["flexion", "extension"])
    assert measured(both, runs) == (12.0, pytest.approx(1.2))


def test_errors_of_the_intact_segment_say_nothing_of_a_lone_disc(tmp_path):
    entries = {"flexion": entry("disc_7.5Nm", "flexion", {"L4-L5": 8.0})}
    stored = stored_runs(tmp_path, {"disc_7.5Nm": entries})
    runs = ProtocolRuns(stored.runs, bars=bars({"flexion": entries["flexion"]["applied"]}))
    assert measured(measure("rotation", protocol="disc_7.5Nm", cases=["flexion"]), runs) == (8.0, None)


def test_no_facet_share_without_net_compression(tmp_path):
    flexion = entry("intact_posture", "standing")
    flexion["load_share"]["L4-L5"] |= dict.fromkeys(("disc", "facet_left", "facet_right", "ligaments", "muscles"))
    runs = stored_runs(tmp_path, {"intact_posture": {"standing": flexion}})
    with pytest.raises(NotAnswered, match=r"standing has no load_share\.L4-L5\.facet_left"):
        value("facet_share", runs, protocol="intact_posture", case="standing")
