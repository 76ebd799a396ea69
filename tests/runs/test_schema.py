"""The results contract: what the schema takes and what it refuses."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.runs.schema import summary_schema, validate_case, validate_summary
from fem_lumbar.runs.store import load_run
from tests.synthetic_run import synthetic_entry, write_run


def test_schema_is_a_valid_schema():
    Draft202012Validator.check_schema(summary_schema())


def test_written_summary_follows_the_schema(tmp_path):
    validate_summary(load_run(write_run(tmp_path)).summary)


@pytest.mark.parametrize(
    "key", ["rotation_deg", "idp_MPa", "facet_force_N", "facet", "load_share", "ligament_force_N", "mal", "equilibrium"]
)
def test_converged_case_must_have_every_result(key):
    entry = synthetic_entry("flexion")
    del entry[key]
    with pytest.raises(PhysicsError, match=key):
        validate_case("flexion", entry)


@pytest.mark.parametrize(
    "key", ["tension_N", "strain_max", "energy_Nmm", "insertion_displacement_mm", "share_mammillary"]
)
def test_mal_that_is_there_must_have_every_result(key):
    entry = synthetic_entry("flexion")
    del entry["mal"]["L5"]["left"][key]
    with pytest.raises(PhysicsError, match=key):
        validate_case("flexion", entry)
    entry["mal"]["L5"]["left"] = {"state": "absent"}
    validate_case("flexion", entry)


def test_mal_without_a_state_is_refused():
    entry = synthetic_entry("flexion")
    del entry["mal"]["L5"]["left"]["state"]
    with pytest.raises(PhysicsError, match="state"):
        validate_case("flexion", entry)


def test_unloaded_mal_has_no_share():
    entry = synthetic_entry("flexion")
    entry["mal"]["L5"]["left"]["share_mammillary"] = None
    validate_case("flexion", entry)


def test_failed_case_may_lack_results_but_needs_a_reason():
    validate_case("flexion", {"status": "failed", "reason": "no convergence", "load_fraction": 0.3})
    with pytest.raises(PhysicsError, match="reason"):
        validate_case("flexion", {"status": "failed"})


def test_keys_may_be_added():
    entry = synthetic_entry("flexion")
    entry["nerve_room_mm2"] = {"L5": {"left": 9.0}}
    entry["mal"]["L5"]["left"]["bone_strain_energy_Nmm"] = 1.0
    validate_case("flexion", entry)


def test_what_protocols_add_is_known():
    entry = synthetic_entry("flexion")
    del entry["idp_MPa"]["L4-L5"]  # the nucleus is removed
    entry["applied"] |= {"rotation_deg": 5.0, "axial_displacement_mm": 1.0, "axial_force_N": 300.0}
    entry["applied"]["follower_first"] = True
    entry["retrace_error_deg"] = 1e-6
    validate_case("flexion", entry)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rotation_deg", "L2-L3"), {"flexion": 0, "lateral_bending": 0, "axial_rotation": 0}),
        (("rotation_deg", "L3_L4"), {"flexion": 0, "lateral_bending": 0, "axial_rotation": 0}),
        (("disc_shortening_mm", "L2-L3"), 1.0),
        (("facet_force_N", "L3-L4", "middle"), 1.0),
        (("ligament_force_N", "L3-L4", "MCL"), 1.0),
        (("mal", "L4", "left", "state"), "type_IV"),
        (("idp_MPa", "L3-L4"), None),
        (("applied", "moment_Nm"), [0, 7.5]),
        (("applied", "rotation_deg"), None),
        (("retrace_error_deg",), "none"),
    ],
)
def test_wrong_names_and_types_are_refused(path, value):
    entry = synthetic_entry("flexion")
    node = entry
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(PhysicsError):
        validate_case("flexion", entry)


def test_share_may_be_missing_and_newtons_may_not():
    entry = synthetic_entry("flexion")
    share = entry["load_share"]["L4-L5"]
    share |= dict.fromkeys(("disc", "facet_left", "facet_right", "ligaments", "muscles"))
    validate_case("flexion", entry)
    share["axial_N"] = None
    with pytest.raises(PhysicsError, match="axial_N"):
        validate_case("flexion", entry)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("carried",), {}),
        (("carried", "spleen"), {"axial_N": 1.0, "moment_Nm": {}}),
        (("carried", "disc", "axial_N"), None),
        (("carried", "disc", "moment_Nm"), {"flexion": 1.0}),
        (("applied", "wind"), {"axial_N": 1.0, "moment_Nm": {}}),
        (("closure", "force_N"), -1.0),
    ],
)
def test_wrong_load_path_is_refused(path, value):
    entry = synthetic_entry("flexion")
    node = entry["load_path"]["L4-L5"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(PhysicsError, match="load_path"):
        validate_case("flexion", entry)


def test_results_from_before_the_load_path_are_valid():
    entry = synthetic_entry("flexion")
    del entry["load_path"]
    validate_case("flexion", entry)
