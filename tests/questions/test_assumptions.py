"""What the answers rest on, on pairs of runs whose differences are known."""

import numpy as np
import pandas as pd
import pytest

from fem_lumbar.questions.mal.assumption_text import TITLE, assumption_parts
from fem_lumbar.questions.mal.assumptions import FOLDER, _at, assumption_study
from fem_lumbar.questions.mal.question import read_question
from fem_lumbar.studies import table
from fem_lumbar.studies.manifest import FactorColumn, Manifest, OutputColumn, write_manifest

QUESTION = read_question()
CLAIMS = {claim.title: claim for domain in QUESTION.domains for claim in domain.claims}
RESOLVED = {"anatomy": {"source": "template"}, "mal": {"L5": {"left": {"state": "fibrous"}}}}
OUTPUTS = (
    "facet_force_N.L4-L5.left",
    "facet_force_N.L4-L5.right",
    "idp_MPa.L4-L5",
    "mal.L5.left.tunnel.area_mm2",
)
PAIRS = 40


def written(folder, contrast=True, failed=(), apart=()):
    """Facet force: 100 N and (stiff) a change of 0 to 2 N at the left; tunnel: 18 mm², always 2 % smaller; pressure."""
    rng = np.random.default_rng(3)
    stiff, pull = rng.uniform(0.0, 1.0, PAIRS), rng.uniform(0.0, 1.0, PAIRS)
    rows = []
    for pair in range(PAIRS):
        for place, state in enumerate(("fibrous", "type_III")):
            there = float(state == "type_III")
            values = (
                0.0 if pair in apart else 100.0 + 2.0 * stiff[pair] * there,
                0.0 if pair in apart else 100.0,
                0.5 * (1.0 + 1e-4 * rng.standard_normal() * there),
                18.0 * (1.0 - 0.02 * there) + pull[pair],
            )
            status = (table.FAILED, "no equilibrium") if 2 * pair + place in failed else (table.DONE, "")
            known = values if status[0] == table.DONE else (np.nan,) * 4
            rows.append(
                (
                    2 * pair + place,
                    "effort",
                    *status,
                    state,
                    stiff[pair],
                    pull[pair],
                    *known,
                    *[1e-6] * 4,
                    *[np.nan] * 4,
                )
            )
    manifest = Manifest(
        name="assumptions",
        scenario="reference",
        density="test",
        design={"kind": "latin_hypercube", "points": 2 * PAIRS, **({"contrast": "state"} if contrast else {})},
        factors=(
            FactorColumn(
                "state", "mal.L5.left.state", "", "values", {"values": ["fibrous", "type_III"]}, ("fibrous", "type_III")
            ),
            FactorColumn("stiff", "materials.mal.ossified_modulus_MPa", "MPa", "range"),
            FactorColumn("pull", "load_cases.effort.muscle_activation", "", "range"),
        ),
        outputs=tuple(OutputColumn(name, name, "N") for name in OUTPUTS),
        load_cases=("effort",),
    )
    there = folder / FOLDER
    there.mkdir()
    write_manifest(there, manifest)
    table.write(there, pd.DataFrame(rows, columns=table.columns(manifest)), manifest)
    return assumption_study(folder, RESOLVED), stiff


def test_share_and_size_of_an_effect_that_one_assumption_makes(tmp_path):
    study, stiff = written(tmp_path)
    found = study.reaction(CLAIMS["facet force"])
    assert found.item.path == ("facet_force_N", "L4-L5", "left")
    assert found.relative == pytest.approx(0.02 * stiff)
    assert found.shares == pytest.approx({"stiff": 1.0, "pull": 0.0}, abs=1e-6)
    assert found.reached.tolist() == (stiff >= 0.5).tolist()


def test_sides_are_related_to_left_and_right_together(tmp_path):
    study, stiff = written(tmp_path)
    assert study.reaction(CLAIMS["facet force, left minus right"]).relative == pytest.approx(0.01 * stiff)


def test_noise_has_no_shares(tmp_path):
    study, _ = written(tmp_path)
    found = study.reaction(CLAIMS["disc pressure"])
    assert found.shares == {} and not found.reached.any()


def test_what_the_study_has_not_kept_is_left_out(tmp_path):
    study, _ = written(tmp_path)
    assert study.reaction(CLAIMS["force of the fascicles, of the largest one"]) is None


def test_pairs_with_a_failed_run_are_left_out(tmp_path):
    study, stiff = written(tmp_path, failed=(5, 9))
    assert len(study.comparisons) == PAIRS - 2
    kept = np.delete(stiff, [2, 4])
    assert study.reaction(CLAIMS["facet force"]).relative == pytest.approx(0.02 * kept)
    assert study.values("stiff") == pytest.approx(kept)


def test_facets_that_have_come_apart_do_not_change(tmp_path):
    study, stiff = written(tmp_path, apart=(0, 7))
    found = study.reaction(CLAIMS["facet force"])
    stiff[[0, 7]] = 0.0
    assert found.relative == pytest.approx(0.02 * stiff)


def test_the_page_says_what_turns_an_answer(tmp_path):
    study, stiff = written(tmp_path)
    (part,) = assumption_parts(study, QUESTION)
    rows = {row[0]: row for row in part.rows}
    above, below = np.median(stiff[stiff >= 0.5]), np.median(stiff[stiff < 0.5])
    assert rows["facet force"][5:7] == (f"{int((stiff >= 0.5).sum())} of {PAIRS}", "stiff 100 %")
    assert rows["facet force"][7] == f"stiff: median {above:.4g} where 1 % is reached, {below:.4g} elsewhere"
    assert rows["disc pressure"][7] == "none of these values: no pair reaches 1 %"
    assert rows["cross-section of the tunnel under load"][7] == "none of these values: every pair reaches 1 %"
    assert "state from fibrous to type_III" in part.note


def test_forces_of_muscles_are_results_where_they_answer_to_the_insertion():
    row = pd.Series({"state": "type_III", "stiff": 23.4})
    manifest = Manifest(
        name="x",
        scenario="x",
        density="test",
        design={},
        factors=(
            FactorColumn("state", "mal.L5.left.state", "", "values"),
            FactorColumn("stiff", "muscles.short_range_stiffness", "", "range"),
            FactorColumn("both", ("a.b", "a.c"), "", "range"),
        ),
        outputs=(),
        load_cases=(),
    )
    found = _at({**RESOLVED, "muscles": {"short_range_stiffness": 0.0}}, manifest, row)
    assert found["muscles"] == {"short_range_stiffness": 23.4}
    assert found["mal"]["L5"]["left"]["state"] == "type_III" and "a" not in found


def test_a_page_without_the_study_says_how_to_run_it(tmp_path):
    (part,) = assumption_parts(None, QUESTION)
    assert part.title == TITLE and "studies/mal_assumptions.yaml" in part.text
    assert written(tmp_path, contrast=False)[0] is None
