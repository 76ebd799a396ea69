"""Arches from rest to maximal contraction: against springs by hand, at rest, in equilibrium, mirrored."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.cli.main import main
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.insertion_stiffness import FEET, LoneVertebra
from fem_lumbar.mechanics.lines import affine_weights
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.muscle_lines import build_muscles, fixed_in_space, on_upper_body
from fem_lumbar.model.muscles import MM2_PER_CM2, Pull
from fem_lumbar.model.segment import Segment
from fem_lumbar.questions.contraction.assumptions import assumptions, with_value
from fem_lumbar.questions.contraction.picture import draw_contraction
from fem_lumbar.questions.contraction.study import (
    ContractionStudy,
    Hinge,
    contraction_study,
    in_state,
    with_arches,
)
from fem_lumbar.questions.contraction.text import contraction_document, effect_table, mirror_difference
from fem_lumbar.questions.contraction.vertebra import ContractingVertebra, Contraction
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BASELINE = SCENARIOS / "baseline.yaml"
ACTIVATIONS = (0.1, 1.0)
ALONE, LEVEL = "multifidus.m2.laminar", "L4"
"""A fascicle from the MAL of L4 up to L2."""


@cache
def scenario(*sets: str) -> Scenario:
    return load_scenario(BASELINE, sets=sets, density="test")


@cache
def segment(*sets: str) -> Segment:
    return with_arches(scenario(*sets), scenario_mesh(scenario(), lambda line: None))


@cache
def solved(state: str, activations: tuple[float, ...] = ACTIVATIONS, sets: tuple[str, ...] = ()) -> list[Contraction]:
    found = in_state(scenario(*sets), state)
    return ContractingVertebra(segment(), LEVEL).contractions(found, state, activations)


def study_of(states: tuple[str, ...]) -> ContractionStudy:
    here = tuple(row for state in states for row in solved(state))
    return ContractionStudy("some", "test", "", None, here, (), (Hinge("assumed", 2.0, "MPa", here[-1]),))


@pytest.mark.parametrize("state", ["fibrous", "type_III"])
def test_both_sides_are_mirror_images(state):
    rows = solved(state)
    assert mirror_difference(rows) < 1e-6
    left, right = rows[-2:]
    assert (left.side, right.side) == SIDES
    for muscle in left.muscles:
        assert np.array(left.muscles[muscle].vector_N) * [1, -1, 1] == pytest.approx(right.muscles[muscle].vector_N)


def test_an_arch_of_its_own_on_one_side_is_no_mirror_image():
    sets = ("mal.L4.left.state=type_III",)
    rows = ContractingVertebra(segment(), LEVEL).contractions(scenario(*sets), "as given", (1.0,))
    assert mirror_difference(rows) > 0.1


@pytest.mark.parametrize("state", ["fibrous", "type_III"])
def test_forces_on_the_arch_balance(state):
    for row in solved(state):
        assert row.pull_N > 0.5 * row.activation
        assert row.imbalance_N < 1e-5 * row.pull_N


def test_nothing_at_rest():
    for row in solved("fibrous", (0.0,)):
        assert row.on_mal_N == 0.0 and row.muscles["multifidus"].share is None
        motion = (row.insertion_displacement_mm, row.give_way_mm, row.pull_N, row.tension_N, row.energy_Nmm)
        strains = [value for around in row.bone.values() for value in around.values()]
        assert np.allclose([*motion, *strains], 0.0, atol=1e-12)


def test_bone_with_the_tissue_of_ligament_is_ligament():
    tissue = scenario().materials.mal
    sets = (
        f"materials.mal.ossified_modulus_MPa={tissue.fibrous_modulus_MPa}",
        f"materials.mal.ossified_poisson_ratio={tissue.fibrous_poisson_ratio}",
    )
    for one, other in zip(solved("fibrous"), solved("type_III", sets=sets), strict=True):
        assert other.on_mal_N == pytest.approx(one.on_mal_N, rel=1e-9)
        assert other.give_way_mm == pytest.approx(one.give_way_mm, rel=1e-9)
        assert other.bone_strain("accessory") == pytest.approx(one.bone_strain("accessory"), rel=1e-9)
    assert solved("type_III")[-1].on_mal_N > 1.2 * solved("fibrous")[-1].on_mal_N


def test_without_an_arch_all_pulls_on_bone():
    for row in solved("absent"):
        assert row.on_mal_N == row.energy_Nmm == 0.0 and row.give_way_mm is None
        assert row.insertion_displacement_mm > 0.0


def test_springs_by_hand():
    """One fascicle on an arch of stiffness K on bone that does not give: share k_m / (k_m + k_p) / (1 + k / K).

    K by a unit load on the dorsal face, over what the face moves against the feet.
    """
    rigid = tuple(f"materials.{bone}.modulus_MPa=200000" for bone in ("posterior", "cancellous", "cortical"))
    silent = tuple(f"muscles.fascicles.{name}.{side}.force_scale=0" for name in fascicles() for side in SIDES)
    loud = tuple(f"muscles.fascicles.{ALONE}.{side}.force_scale=1" for side in SIDES)
    strips = ("muscles.mal_fascia_N_per_mm_per_cm2=300", "muscles.process_fascia_N_per_mm_per_cm2=100")
    given = in_state(scenario(*rigid, *silent, *loud, *strips), "fibrous")
    stiff = segment(*rigid)
    (row, _) = ContractingVertebra(stiff, LEVEL).contractions(given, "fibrous", (0.01,))

    fascicle, lone = fascicles()[ALONE], LoneVertebra(given, stiff, LEVEL)
    arch, face = lone.arches[0], stiff.mesh.patches[f"{LEVEL}.mal.left.dorsal"].point(stiff.mesh.points)
    far_end = stiff.point(f"{LEVEL}.mammillary.left").position + fascicle.length_mm * fascicle.direction_on("left")
    along = (far_end - face) / np.linalg.norm(far_end - face)
    load = np.zeros(stiff.n_dofs)
    load[: 3 * stiff.space.n_nodes] = np.outer(arch.insertion, along).ravel()
    (moved,) = lone.displacements(given.mal[LEVEL], [load])
    feet = np.unique(np.concatenate([stiff.mesh.surfaces[f"{arch.region}.{end}_end"].ravel() for end in FEET]))
    carried = affine_weights(stiff.mesh.points[feet], face) @ moved[feet]
    stiffness = 1.0 / float((arch.insertion @ moved - carried) @ along)
    area = fascicle.pcsa_mm2 / MM2_PER_CM2
    of_mal, of_process = 300.0 * area, 100.0 * area
    of_both = of_mal * of_process / (of_mal + of_process)
    assert row.muscles["multifidus"].share == pytest.approx(0.75 / (1.0 + of_both / stiffness), rel=1e-3)
    assert of_both > 0.05 * stiffness  # the arch gives way so that it counts
    assert row.muscles["longissimus"].force_N == 0.0


def test_ends_above_the_segment_stay_where_they_are():
    """In a run the end at L2 of a fascicle from L3 moves with L3; a vertebra by itself must not pull on itself."""
    given, pulls = in_state(scenario(), "absent"), {("multifidus.m1.laminar", "left"): Pull(10.0, 1.0)}
    (_, by_itself), (_, in_run) = (
        build_muscles(given, segment(), pulls, above=above).item.ends[0] for above in (fixed_in_space, on_upper_body)
    )
    assert len(by_itself.nodes) == 0 and len(in_run.nodes) > 0
    assert by_itself.position == pytest.approx(in_run.position)


def test_assumptions_at_the_ends_of_their_ranges():
    found = {one.name: one for one in assumptions(scenario())}
    both = found["stiffness of fascia"]
    assert both.ends == (15.0, 400.0)
    changed = with_value(scenario(), both, 15.0).muscles
    assert changed.mal_fascia_N_per_mm_per_cm2 == changed.process_fascia_N_per_mm_per_cm2 == 15.0
    assert scenario().muscles.mal_fascia_N_per_mm_per_cm2 == 70.0
    assert found["specific tension"].ends == (100.0,)  # the other end is the default itself
    assert with_value(scenario(), found["modulus of the fibrous MAL"], 20.0).materials.mal.fibrous_modulus_MPa == 20.0


def test_tables_and_picture(tmp_path):
    study = study_of(("absent", "fibrous", "type_III"))
    ranges, _, effects, hinges = contraction_document(study)
    assert [row[0] for row in ranges.rows][:2] == ["L4 left absent 0.1", "L4 left absent 1"]
    assert len(ranges.rows) == 6 and len(hinges.rows) == 0  # the last row is the right side, a mirror image
    assert all(row[-1] == "error not known" for row in effects.rows)
    assert draw_contraction(study, tmp_path / "out").stat().st_size > 10_000
    assert study.plain()["here"][-1]["muscles"]["multifidus"]["share"] == pytest.approx(0.504, abs=0.01)


def test_change_within_the_error_of_the_mesh_is_not_resolved():
    study = study_of(("fibrous", "type_III"))
    at_maximum = tuple(row for row in study.here if row.activation == 1.0)
    alike = tuple(replace(row, state="type_III") for row in at_maximum if row.state == "fibrous")
    nothing = replace(study, coarser=(*(row for row in at_maximum if row.state == "fibrous"), *alike))
    assert {row[-1] for row in effect_table(nothing).rows} == {"not resolved"}
    assert {row[-1] for row in effect_table(replace(study, coarser=at_maximum)).rows} == {"resolved"}


def test_wrong_input(capsys):
    with pytest.raises(InputError, match="posterior"):
        contraction_study(load_scenario(SCENARIOS / "disc_only_L4-L5.yaml"), print)
    assert main(["contraction", str(BASELINE), "--level", "L9"]) == 2
    assert "L9" in capsys.readouterr().err
    with pytest.raises(SystemExit) as refused:
        main(["contraction", str(BASELINE), "--activation", "1.5"])
    assert refused.value.code == 2
