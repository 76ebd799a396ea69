"""What a user reads when a scenario is wrong: file, line, key path, what was given, what is allowed, nearest name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

HEAD = "schema_version: 1\n"
FLEXION = HEAD + "load_cases: {flexion: {moment_Nm: 7.5}}\n"
DISC_ONLY = FLEXION + "structures: {posterior_elements: false}\n"


def message(tmp_path: Path, text: str, sets=()) -> str:
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, sets)
    assert caught.value.exit_code == 2
    return str(caught.value)


WRONG = {
    "unknown key": (
        FLEXION + "mesh:\n  densty: test\n",
        ["wrong.yaml:4: mesh.densty: unknown key", "allowed: density", "did you mean density?"],
    ),
    "unknown key at the top": (FLEXION + "mechanics: {}\n", ["wrong.yaml:3: mechanics: unknown key"]),
    "key in the wrong place": (FLEXION + "moment_Nm: 3\n", ["did you mean load_cases.<name>.moment_Nm?"]),
    "unknown level": (FLEXION + "mal: {L2: {left: {state: absent}}}\n", ["mal.L2: unknown key", "L3, L4, L5"]),
    "unknown side": (FLEXION + "mal: {L5: {lift: {state: absent}}}\n", ["mal.L5.lift: unknown key", "mean left?"]),
    "unknown ligament": (
        FLEXION + "materials: {ligaments: {ALLL: {area_mm2: 3}}}\n",
        ["materials.ligaments.ALLL: unknown key", "did you mean ALL?"],
    ),
    "unknown measure": (
        FLEXION + "anatomy: {joints: {L4-L5: {facet_gab_mm: 1}}}\n",
        ["anatomy.joints.L4-L5.facet_gab_mm: unknown key", "did you mean facet_gap_mm"],
    ),
    "joint the other way round": (
        FLEXION + "anatomy: {joints: {L4-L3: {facet_gap_mm: 1}}}\n",
        ["anatomy.joints.L4-L3: unknown key", "did you mean L3-L4?"],
    ),
    "joint of a list the other way round": (
        FLEXION + "structures: {joints: [L5-L4]}\n",
        ["structures.joints[0]: got text 'L5-L4'", "did you mean L4-L5?"],
    ),
    "no joints": (
        FLEXION + "structures: {joints: []}\n",
        ["structures.joints: needs at least one, got a list of 0", "allowed: L3-L4, L4-L5"],
    ),
    "unknown fascicle": (
        FLEXION + "muscles: {fascicles: {multifidus.m1z: {left: {force_N: 5}}}}\n",
        ["unknown fascicle", "did you mean multifidus.m1"],
    ),
    "unit": (
        HEAD + "load_cases:\n  flexion: {moment_Nmm: 7500}\n",
        ["wrong.yaml:3: load_cases.flexion.moment_Nmm", "did you mean moment_Nm (N·m)?"],
    ),
    "unit of a modulus": (
        FLEXION + "mal: {L5: {left: {modulus_GPa: 1}}}\n",
        ["mal.L5.left.modulus_GPa", "did you mean fibrous_modulus_MPa (MPa) or bone_modulus_MPa (MPa)?"],
    ),
    "unit left out": (HEAD + "load_cases: {flexion: {moment: 7.5}}\n", ["did you mean moment_Nm (N·m)?"]),
    "text for a number": (
        HEAD + "load_cases: {flexion: {moment_Nm: large}}\n",
        ["load_cases.flexion.moment_Nm: expected a number, got text 'large'"],
    ),
    "quoted number": (HEAD + "load_cases: {flexion: {moment_Nm: '7.5'}}\n", ["expected a number, got text '7.5'"]),
    "number for a truth": (
        FLEXION + "structures: {facet_contact: 1}\n",
        ["structures.facet_contact: expected true or false, got the number 1"],
    ),
    "number for a map": (FLEXION + "solver: 3\n", ["solver: expected a map of keys, got the number 3"]),
    "list for a map": (FLEXION + "materials: [1]\n", ["materials: expected a map of keys, got a list of 1"]),
    "text for a list": (FLEXION + "structures: {joints: L4-L5}\n", ["structures.joints: expected a list"]),
    "fraction of an iteration": (FLEXION + "solver: {maximum_iterations: 7.5}\n", ["expected a whole number"]),
    "wrong choice": (
        FLEXION + "mal: {L5: {left: {state: typeIII}}}\n",
        ["wrong.yaml:3: mal.L5.left.state: got text 'typeIII'", "absent, fibrous, type_I", "did you mean type_III"],
    ),
    "wrong density": (FLEXION + "mesh: {density: corse}\n", ["mesh.density: got text 'corse'", "mean coarse?"]),
    "wrong parameter set": (FLEXION + "materials: {set: defualt}\n", ["no parameter set 'defualt'", "mean default?"]),
    "surfaces without files": (
        FLEXION + "anatomy: {source: surfaces}\n",
        ["anatomy.surfaces: no surface for L3, L4, L5", "allowed: a file each for L3, L4 and L5, or segmentation"],
    ),
    "wrong source": (
        FLEXION + "anatomy: {source: surface}\n",
        ["got text 'surface'", "mean surfaces?"],
    ),
    "wrong schema version": ("schema_version: 2\nload_cases: {flexion: {moment_Nm: 1}}\n", ["schema_version: got the"]),
    "no schema version": ("load_cases: {flexion: {moment_Nm: 1}}\n", ["schema_version: required, but not given"]),
    "empty load cases": (
        HEAD + "load_cases: {}\n",
        ["load_cases: needs at least one, got an empty map", "flexion: {moment_Nm: 7.5}"],
    ),
    "no load cases": (HEAD, ["load_cases: required, but not given", "flexion: {moment_Nm: 7.5}"]),
    "name of no folder": (FLEXION + "name: a/b\n", ["name: got text 'a/b'", "names a folder"]),
    "negative modulus": (
        FLEXION + "materials: {cortical: {modulus_MPa: -5}}\n",
        ["materials.cortical.modulus_MPa: -5 MPa is outside the accepted range", "allowed: 100 to 200000 MPa ("],
    ),
    "too large a moment": (
        HEAD + "load_cases: {flexion: {moment_Nm: 7500}}\n",
        ["moment_Nm: 7500 N·m is outside the accepted range", "allowed: 0 to 25 N·m (the direction is in the name"],
    ),
    "negative moment": (HEAD + "load_cases: {flexion: {moment_Nm: -7.5}}\n", ["-7.5 N·m is outside", "in the name"]),
    "tension on the follower": (
        HEAD + "load_cases: {compression: {follower_N: -1}}\n",
        ["follower_N: -1 N is outside", "a follower load compresses"],
    ),
    "activation above 1": (
        HEAD + "load_cases: {standing: {follower_N: 500, muscle_activation: 1.2}}\n",
        ["muscle_activation: 1.2 is outside", "allowed: 0 to 1"],
    ),
    "impossible disc": (
        FLEXION + "anatomy: {joints: {L4-L5: {disc_height_anterior_mm: 40}}}\n",
        ["disc_height_anterior_mm: 40 mm is outside", "allowed: 3 to 18 mm ("],
    ),
    "not finite": (FLEXION + "materials: {nucleus: {c10_MPa: .nan}}\n", ["c10_MPa: nan is not a finite number"]),
    "endless number": (FLEXION + "solver: {initial_step: 1" + "0" * 5000 + "}\n", ["inf is not a finite number"]),
    "tag against value": (FLEXION + "solver: {initial_step: !!int half}\n", ["'half' is not of type int"]),
    "unknown tag": (FLEXION + "solver: !!python/object:os.system {}\n", ["python/object:os.system is not accepted"]),
    "tag of bytes": (FLEXION + "name: !!binary abcd\n", ["name: the tag tag:yaml.org,2002:binary is not accepted"]),
    "half a character": (FLEXION + 'name: "\\ud800"\n', ["name: unpaired surrogates"]),
    "tag of a date": (FLEXION + "name: !!timestamp 2020-01-01\n", ["2002:timestamp is not accepted"]),
    "tag of one's own": (FLEXION + "name: !mine abcd\n", ["wrong.yaml:3: name: the tag !mine is not accepted"]),
    "no truth": (FLEXION + "structures: {facet_contact: !!bool maybe}\n", ["'maybe' is not of type bool"]),
    "no digits": (FLEXION + "solver: {initial_step: !!int ''}\n", ["solver.initial_step: '' is not of type int"]),
    "endless whole number": (FLEXION + "solver: {initial_step: !!int 1" + "0" * 400 + "}\n", ["is not of type int"]),
    "map for a choice": (FLEXION + "anatomy: {source: {a: 1}}\n", ["anatomy.source: got a map"]),
    "mesh size": (FLEXION + "mesh: {disc_mm: 0.1}\n", ["mesh.disc_mm: 0.1 is outside", "allowed: at least"]),
    "value of an absent MAL": (
        FLEXION + "mal: {L5: {left: {state: absent, modulus_MPa: 50}}}\n",
        ["mal.L5.left.modulus_MPa: ambiguous: the modulus", "The MAL is absent", "allowed: no value"],
    ),
    "fibrous modulus of an absent MAL": (
        FLEXION + "mal: {L5: {left: {state: absent, fibrous_modulus_MPa: 50}}}\n",
        ["mal.L5.left.fibrous_modulus_MPa: the MAL is absent"],
    ),
    "bone in an absent MAL": (
        FLEXION + "mal: {L5: {left: {state: absent, ossified_fraction: 1}}}\n",
        ["mal.L5.left.ossified_fraction: the MAL is absent"],
    ),
    "bone in a fibrous MAL": (
        FLEXION + "mal: {L5: {left: {state: fibrous, ossified_fraction: 0.4}}}\n",
        ["0.4 of the span is bone, but state says fibrous"],
    ),
    "type III on a MAL that is not there": (
        DISC_ONLY + "mal: {L5: {left: {state: type_III}}}\n",
        ["mal.L5.left.state: type_III, but the MAL spans posterior elements", "allowed: absent"],
    ),
    "type III at a level that is not there": (
        FLEXION + "structures: {joints: [L3-L4]}\nmal: {L5: {left: {state: type_III}}}\n",
        ["mal.L5: L5 is not in the model (segment.bodies: L3, L4)"],
    ),
    "two moduli of one bridge": (
        FLEXION + "mal: {L5: {left: {state: type_III, fibrous_modulus_MPa: 100, bone_modulus_MPa: 3500}}}\n",
        ["there is no fibrous part", "allowed: bone_modulus_MPa"],
    ),
    "facets without processes": (
        FLEXION + "structures: {posterior_elements: false, facet_contact: true}\n",
        ["structures.facet_contact: true, but posterior_elements is false"],
    ),
    "ligaments without processes": (
        FLEXION + "structures: {posterior_elements: false, ligaments: [ALL, LF]}\n",
        ["structures.ligaments: LF attach to the posterior elements", "allowed: ALL, PLL"],
    ),
    "muscles without processes": (
        HEAD + "structures: {posterior_elements: false}\nload_cases: {standing: {follower_N: 1, muscle_activation: 0}}",
        ["load_cases.standing.muscle_activation: the muscles attach to posterior elements"],
    ),
    "joint twice": (FLEXION + "structures: {joints: [L4-L5, L4-L5]}\n", ["structures.joints: L4-L5 is listed twice"]),
    "case without load": (
        HEAD + "load_cases: {nothing: {}}\n",
        ["load_cases.nothing: nothing loads the segment in this case"],
    ),
    "flexion without moment": (
        HEAD + "load_cases: {flexion: {follower_N: 500}}\n",
        ["load_cases.flexion: a case named 'flexion' needs a moment"],
    ),
    "two moments": (
        HEAD + "load_cases: {flexion: {moment_Nm: 5, moment_vector_Nm: [0, 5, 0]}}\n",
        ["moment_Nm and moment_vector_Nm are both given"],
    ),
    "axis against the name": (
        HEAD + "load_cases: {flexion: {moment_vector_Nm: [5, 0, 0]}}\n",
        ["the axis of 'flexion' is fixed by its name"],
    ),
    "no axis": (
        HEAD + "load_cases: {extention: {moment_Nm: 5}}\n",
        ["the name 'extention' does not give the axis", "did you mean extension"],
    ),
    "two ways to pull": (
        FLEXION + "muscles: {fascicles: {multifidus.m1s: {left: {force_N: 5, activation: 0.1}}}}\n",
        ["force_N and activation both prescribe the force"],
    ),
    "a force that is scaled": (
        FLEXION + "muscles: {fascicles: {multifidus.m1s: {left: {force_N: 5, force_scale: 0.5}}}}\n",
        ["muscles.fascicles.multifidus.m1s.left: force_N prescribes the force; force_scale 0.5 would have no effect"],
    ),
    "a fascicle above the segment": (
        FLEXION + "segment: {bodies: [L4, L5]}\nmuscles: {fascicles: {multifidus.m1.laminar: {left: {force_N: 5}}}}\n",
        ["muscles.fascicles.multifidus.m1.laminar: multifidus.m1.laminar does not load the model"],
    ),
    "steps": (
        FLEXION + "solver: {initial_step: 0.01, minimum_step: 0.1}\n",
        ["solver.minimum_step: 0.1 is above solver.initial_step"],
    ),
    "levels that fall": (
        HEAD + "load_cases: {flexion: {moment_Nm: 5, load_levels: [0.5, 0.2]}}\n",
        ["load_cases.flexion.load_levels: the fractions do not rise", "allowed: 0.2, 0.5"],
    ),
    "a level without load": (
        HEAD + "load_cases: {flexion: {moment_Nm: 5, load_levels: [0, 0.5]}}\n",
        ["load_cases.flexion.load_levels[0]: 0 is outside the accepted range"],
    ),
    "syntax": (HEAD + "mal: {L5: [\n", ["wrong.yaml:3: YAML syntax error"]),
    "tab": (HEAD + "mal:\n\tL5: {}\n", ["wrong.yaml:3: YAML syntax error", "tabs are not allowed"]),
    "key twice": (FLEXION + "name: a\nname: b\n", ["wrong.yaml:4: name: given twice (first in line 3)"]),
    "empty": ("", ["the file is empty"]),
    "list at the top": ("- 1\n", ["expected a map of keys at the top, got a list of 1"]),
    "missing base": ("extends: nowhere.yaml\n", ["wrong.yaml:1: extends: no such file", "relative to this file"]),
    "extends itself": ("extends: wrong.yaml\n", ["wrong.yaml:1: extends: circular: wrong.yaml -> wrong.yaml"]),
    "extends a number": ("extends: 3\n", ["extends: got the number 3, not the name of a scenario file or a list"]),
    "extends an empty list": ("extends: []\n", ["extends: got a list of 0", "e.g. baseline.yaml or ["]),
    "missing base in a list": ("extends: [\n  a.yaml]\n", ["wrong.yaml:2: extends[0]: no such file"]),
    "list extends itself": ("extends: [wrong.yaml]\n", ["extends[0]: circular: wrong.yaml -> wrong.yaml"]),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_message(tmp_path, text, expected):
    shown = message(tmp_path, text)
    for part in expected:
        assert part in shown, shown
    assert "Traceback" not in shown and "pydantic" not in shown


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_one_fault_is_one_problem(tmp_path, text, expected):
    assert ": 1 problem in the scenario" in message(tmp_path, text)


def test_circle_of_two_files(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    with pytest.raises(ScenarioError, match=r"b.yaml:1: extends: circular: a.yaml -> b.yaml -> a.yaml"):
        load_scenario(tmp_path / "a.yaml")


def test_fault_in_the_base_names_the_base(tmp_path):
    (tmp_path / "base.yaml").write_text(HEAD + "mesh:\n  densty: test\n")
    shown = message(tmp_path, "extends: base.yaml\nload_cases: {flexion: {moment_Nm: 1}}\n")
    assert re.search(r"base.yaml:3: mesh.densty", shown)


def test_missing_file_offers_the_nearest(tmp_path):
    (tmp_path / "baseline.yaml").write_text(FLEXION)
    with pytest.raises(ScenarioError, match=r"no such file\n.*did you mean baseline.yaml"):
        load_scenario(tmp_path / "basline.yaml")


def test_folder_instead_of_file(tmp_path):
    with pytest.raises(ScenarioError, match="this is a folder"):
        load_scenario(tmp_path)


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("mal.L5.left.stat=absent", ["--set mal.L5.left.stat=absent: mal.L5.left.stat: unknown key", "mean state?"]),
        ("mal.L5.left.fibrous_modulus_MPa=soft", ["expected a number, got text 'soft'"]),
        ("mal.L5.left", ["not of the form key.path=value"]),
        ("=3", ["not of the form key.path=value"]),
        ("mal..left=3", ["not of the form key.path=value"]),
        ("mal.L5=[1", ["YAML syntax error"]),
        ("name=!!binary abcd", ["--set name=!!binary abcd: name: the tag tag:yaml.org,2002:binary is not accepted"]),
        ("load_cases.flexion.moment_Nm=", ["needs a moment"]),
    ],
)
def test_wrong_override(tmp_path, option, expected):
    shown = message(tmp_path, FLEXION, [option])
    for part in expected:
        assert part in shown, shown


def test_accepted_tags_give_their_values(tmp_path):
    path = tmp_path / "tagged.yaml"
    path.write_text(FLEXION + "name: !!str 3\nsolver: {maximum_iterations: !!int '9', initial_step: !!float '1'}\n")
    scenario = load_scenario(path)
    assert (scenario.name, scenario.solver.maximum_iterations, scenario.solver.initial_step) == ("3", 9, 1.0)


def test_all_faults_are_on_one_screen(tmp_path):
    text = (
        HEAD + "name: several\nmesh: {density: corse}\nmaterials: {annulus: {c10_MPa: soft}}\n"
        "mal: {L5: {left: {state: absent, modulus_MPa: 30}}}\n"
        "load_cases:\n  flexion: {moment_Nmm: 7500}\n  compression: {follower_N: -500}\n  none: {}\n"
    )
    shown = message(tmp_path, text)
    assert "6 problems in the scenario" in shown
    lines = re.findall(r"wrong.yaml:(\d+): ([\w.]+)", shown)
    assert lines == [
        ("3", "mesh.density"),
        ("4", "materials.annulus.c10_MPa"),
        ("5", "mal.L5.left.modulus_MPa"),
        ("7", "load_cases.flexion.moment_Nmm"),
        ("8", "load_cases.compression.follower_N"),
        ("9", "load_cases.none"),
    ]
    assert len(shown.splitlines()) < 30


def test_many_faults_still_fit_one_screen(tmp_path):
    text = FLEXION + "anatomy:\n" + "".join(f"  wrong_{i}: 1\n" for i in range(60))
    shown = message(tmp_path, text)
    assert "60 problems" in shown and "... and 48 more" in shown
    assert len(shown.splitlines()) < 50
