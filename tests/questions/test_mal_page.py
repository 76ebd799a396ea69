"""The page on the MAL: answers by rule on numbers known by hand, a null result as a null result, what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from fem_lumbar.comparison.effects import Answer, joint_answer
from fem_lumbar.measures.insertion_stiffness import Stiffness
from fem_lumbar.questions.mal.asymmetry import asymmetry_table
from fem_lumbar.questions.mal.library import Entry
from fem_lumbar.questions.mal.page import write_page
from fem_lumbar.questions.mal.question import read_question
from fem_lumbar.questions.mal.unit_load_table import bridge_sentences
from fem_lumbar.questions.mal.unit_loads import UnitLoads
from fem_lumbar.questions.mal.verdicts import LibraryRuns, domain_answer, find, library_runs
from fem_lumbar.questions.mal.words import remedy, verdict_words
from fem_lumbar.scenario.bounds import quantity_at
from tests.report_page.reading import charts_of, check, trace
from tests.synthetic_bars import SMALL, write_bars
from tests.synthetic_run import SyntheticScenario, synthetic_entry, write_run

CASES = ("standing", "flexion")
QUESTION = read_question()


def entry(name, group, against="twin", **keys):
    words = {key: f"{key} of {name}" for key in ("title", "claim", "mechanism", "expectation", "source")}
    scenario = SyntheticScenario(name, {"mal.L5.left.state": name} if against else {})
    return Entry(Path(f"{name}.yaml"), scenario, group=group, against=against, **words, **keys)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A library of a twin, an ossified MAL and atrophy; changes are made to the entries of single runs."""
    bars = tmp_path / "bars.json"
    monkeypatch.setattr("fem_lumbar.comparison.discretisation_bars.STORED", bars)
    monkeypatch.setattr("fem_lumbar.comparison.difference_bars.STORED", tmp_path / "no pairs")

    def made(changes=None, error_N=1e-3, extra=(), pull_N=10.0, mesh_error=SMALL, known=CASES):
        write_bars(bars, known, mesh_error)
        entries = [entry("twin", "reference", None), entry("bone", "mal"), entry("wasted", "atrophy"), *extra]
        for one in entries:
            cases = {case: synthetic_entry(case) for case in CASES}
            for case in cases.values():
                for sides in case["numerical_floor"]["facet_force_N"].values():
                    sides.update(dict.fromkeys(sides, error_N))
                case["numerical_floor"]["mal"] = {"L5": {"left": {"tunnel": {"area_mm2": 1e-6}}}}
                case["mal"]["L5"]["left"]["tunnel"] = {"area_mm2": 18.0}
                case["mal"]["L5"]["left"]["pull"] = {"size_N": pull_N}
                if one.name != "twin":
                    case["mal"]["L5"]["left"]["state"] = "type_III"
            for case, place, value in (changes or {}).get(one.name, ()):
                node = cases[case]
                *parents, last = place.split("/")
                for key in parents:
                    node = node[key]
                node[last] = value
            state = {} if one.name == "twin" else {"mal__L5__left__state": one.name}
            write_run(tmp_path, one.name, cases, **state)
        return library_runs(entries, tmp_path)

    return made


def findings(library):
    found = find(QUESTION, library)
    return {finding.claim.title: finding for of_domain in found.values() for finding in of_domain}


FACET = "facet force"
FASCICLES = "force of the fascicles, of the largest one"


def test_no_change_at_all_is_a_null_result(study):
    found = findings(study())
    assert found[FACET].answer is Answer.CONTRADICTED
    assert found["coupled lateral bending and axial rotation"].answer is Answer.CONTRADICTED
    assert found["cross-section of the tunnel under load"].answer is Answer.CONTRADICTED
    assert Answer.SUPPORTED not in {one.answer for one in found.values()}


def test_resolved_change_of_one_per_cent_supports(study):
    library = study({"bone": [("standing", "facet_force_N/L4-L5/left", 5.06)]})
    finding = findings(library)[FACET]
    assert finding.answer is Answer.SUPPORTED
    assert finding.asked.scenario == "bone"
    assert finding.asked.effect.item.delta == pytest.approx(0.06)
    assert domain_answer(find(QUESTION, library)["postural adaptation"]) is Answer.SUPPORTED


def test_resolved_but_smaller_change_contradicts(study):
    finding = findings(study({"bone": [("standing", "facet_force_N/L4-L5/left", 5.01)]}))[FACET]
    assert finding.asked.effect.resolved
    assert finding.answer is Answer.CONTRADICTED


def test_change_within_its_error_is_not_resolved(study):
    library = study({"bone": [("standing", "facet_force_N/L4-L5/left", 5.5)]}, error_N=0.2)
    finding = findings(library)[FACET]
    assert not finding.asked.effect.resolved
    assert finding.answer is Answer.NOT_RESOLVED


def test_a_change_just_below_the_limit_contradicts_nothing_while_its_mesh_error_is_unknown(study):
    """0.8 %, which could be above 1 % on a finer mesh."""
    changes = {"bone": [("standing", "facet_force_N/L4-L5/left", 5.04)]}
    finding = findings(study(changes, mesh_error=0.1, known=["flexion"]))[FACET]
    assert finding.asked.effect.resolved and not finding.asked.effect.item.mesh_known
    assert finding.answer is Answer.NOT_RESOLVED
    library = study(changes, known=[])
    finding = findings(library)[FACET]
    assert not finding.asked.effect.resolved
    assert finding.answer is Answer.NOT_RESOLVED
    assert "measuring its mesh error (fem-lumbar compare twin bone --with-mesh-error)" in verdict_words(
        finding, library
    )


def test_a_case_that_failed_in_one_run_is_shown_of_the_others(study):
    library = study()
    failed = library.runs["wasted"].summary
    failed["status"] = failed["load_cases"]["standing"]["status"] = "failed"
    library = replace(library, runs=dict(library.runs))
    assert library.failed == ["wasted"] and library.common_cases == CASES
    rows = [row[:2] for row in asymmetry_table(library).rows]
    everything = [(name, case) for name in library.runs for case in CASES]
    assert rows == [one for one in everything if one != ("wasted", "standing")]


def test_results_of_a_scenario_that_has_changed_since_are_left_out(study, tmp_path):
    study()
    changed = Entry(**{**vars(entry("bone", "mal")), "scenario": SyntheticScenario("bone", {"mal.L5.left.state": "x"})})
    library = library_runs([entry("twin", "reference", None), changed], tmp_path)
    assert list(library.runs) == ["twin"]
    assert library.out_of_date == ("bone",)
    assert not library.missing


def test_a_failed_run_answers_nothing(study):
    library = study({"bone": [("standing", "facet_force_N/L4-L5/left", 8.0)]})
    assert findings(library)[FACET].answer is Answer.SUPPORTED
    library.runs["bone"].summary["status"] = "failed"
    again = LibraryRuns(library.entries, library.runs)
    assert findings(again)[FACET].answer is Answer.NOT_COMPUTED
    assert again.failed == ["bone"]


def test_effect_of_a_yardstick_answers_nothing_but_sets_the_scale(study):
    changes = {
        "wasted": [("standing", "facet_force_N/L4-L5/left", 4.0)],
        "bone": [("standing", "facet_force_N/L4-L5/left", 4.99)],
    }
    finding = findings(study(changes))[FACET]
    assert finding.answer is Answer.CONTRADICTED
    assert finding.against("atrophy", QUESTION) == pytest.approx(0.01, rel=1e-6)


def test_effect_beyond_the_common_cases_counts_for_the_answer(study):
    library = study({"bone": [("flexion", "facet_force_N/L4-L5/left", 5.5)]})
    (library.runs["wasted"].summary["load_cases"]).pop("flexion")
    assert library.common_cases == ("standing",)
    finding = findings(library)[FACET]
    assert finding.by_group["mal"].effect.item.delta == 0.0
    assert finding.answer is Answer.SUPPORTED


def test_part_of_the_mal_in_a_combination_counts(study):
    both = entry("both", "mal and atrophy", mal_against="wasted")
    changes = {name: [("standing", "facet_force_N/L4-L5/left", 4.0)] for name in ("wasted", "both")}
    assert findings(study(changes, extra=[both]))[FACET].answer is Answer.CONTRADICTED
    changes["both"] = [("standing", "facet_force_N/L4-L5/left", 4.2)]
    finding = findings(study(changes, extra=[both]))[FACET]
    assert (finding.answer, finding.asked.scenario) == (Answer.SUPPORTED, "both")


def test_rotations_are_not_looked_at_where_balance_prescribes_them(study):
    changes = {"bone": [("standing", "rotation_deg/L4-L5/axial_rotation", 0.5)]}
    title = "coupled lateral bending and axial rotation"
    assert findings(study(changes))[title].answer is Answer.SUPPORTED
    balanced = [("standing", "applied/muscles_balanced", True)]
    changes = {"twin": balanced, "wasted": balanced, "bone": changes["bone"] + balanced}
    assert findings(study(changes))[title].asked.effect.item.case == "flexion"


def test_fascicles_are_related_to_the_largest_of_them(study):
    library = study()
    for name, small in (("twin", 0.100), ("bone", 0.105)):
        for case in library.runs[name].cases.values():
            case["muscles"] = {"m1": {"left": {"force_N": 10.0}}, "m2": {"left": {"force_N": small}}}
            case["numerical_floor"]["muscles"] = {name: {"left": {"force_N": 1e-6}} for name in ("m1", "m2")}
        library.runs[name].resolved["muscles"] = {"short_range_stiffness": 23.4}
    finding = findings(library)[FASCICLES]
    assert finding.asked.effect.item.relative == pytest.approx(0.005 / 10.0)
    assert finding.answer is Answer.CONTRADICTED


def test_numbers_that_are_not_there_are_not_computed(study):
    found = findings(study())["height of the tunnel under load"]
    assert found.answer is Answer.NOT_COMPUTED
    assert found.asked is None


def test_what_only_a_larger_pull_could_show_is_not_tested_by_a_small_one(study):
    """0.9 N pull: no change of 1 % is no null result, a change of 1 % is one all the same."""
    quiet = findings(study(pull_N=0.9))
    for title in ("cross-section of the tunnel under load", FACET):
        assert quiet[title].answer is Answer.NOT_TESTED
        assert "of 5 N on an ossified MAL; the largest is 0.9 N (L5 left in" in quiet[title].untested
    changed = findings(study({"bone": [("standing", "facet_force_N/L4-L5/left", 5.06)]}, pull_N=0.9))
    assert changed[FACET].answer is Answer.SUPPORTED
    assert changed["disc pressure"].answer is Answer.NOT_TESTED


def test_given_forces_of_muscle_test_nothing(study):
    """Equal in both runs because they are put in, they cannot contradict; where they are found, they can."""
    library = study()
    for run in library.runs.values():
        for case in run.cases.values():
            case["muscles"] = {"m1": {"left": {"force_N": 10.0}}}
            case["numerical_floor"]["muscles"] = {"m1": {"left": {"force_N": 1e-6}}}
    assert findings(library)[FASCICLES].answer is Answer.NOT_TESTED
    for case in library.runs["bone"].cases.values():
        case["applied"]["muscles_balanced"] = True
    for case in library.runs["twin"].cases.values():
        case["applied"]["muscles_balanced"] = True
    assert findings(library)[FASCICLES].answer is Answer.CONTRADICTED


def test_what_is_not_in_the_model_is_not_tested_and_keeps_its_domain_from_a_null_result(study):
    found = find(QUESTION, study())["neural interface"]
    assert [one.answer for one in found if one.claim.title == "bone grown into the tunnel"] == [Answer.NOT_TESTED]
    assert domain_answer(found) is Answer.NOT_TESTED


def test_only_claims_that_could_have_come_out_otherwise_count(study):
    """Energy follows from the modulus put in: it may change by any amount, its domain is not supported by it."""
    library = study({"bone": [("standing", "mal/L5/left/energy_Nmm", 0.1)]})
    for name in library.runs:
        for case in library.runs[name].cases.values():
            case["numerical_floor"]["mal"]["L5"]["left"]["energy_Nmm"] = 1e-9
    found = find(QUESTION, library)["muscular attachment"]
    (energy,) = [one for one in found if one.claim.title == "energy stored in the MAL"]
    assert energy.answer is Answer.SUPPORTED and not energy.claim.scored
    assert domain_answer(found) is not Answer.SUPPORTED


@pytest.mark.parametrize(
    "claim", [claim for domain in QUESTION.domains for claim in domain.claims], ids=lambda c: c.title
)
def test_shipped_claims_say_why_and_on_what_they_stand(claim):
    assert bool(claim.could_differ) is not bool(claim.follows_from)
    assert bool(claim.hinges_on) is claim.scored
    for key in claim.hinges_on:
        quantity = quantity_at("default", tuple(key.split(".")))
        low, high = quantity.range or quantity.limits
        assert low <= quantity.value <= high
    needs = claim.need.pull_on_mal_N or claim.need.muscles_answer or not claim.need.in_model
    assert bool(needs) is bool(claim.need.why)


def unit(state, share, level="L4", side="left"):
    none = None if state == "absent" else 1.0
    return Stiffness(level, side, state, 100.0, none, {"absent": 1000.0}.get(state, 1500.0), none, none, share)


SPLIT = "fraction of a unit pull transmitted to the mammillary process (type III)"


@pytest.mark.parametrize(
    ("here", "coarser", "answer"),
    [
        (0.62, 0.63, Answer.SUPPORTED),  # -0.08 here, -0.07 on the coarser mesh: ± 0.01
        (0.697, 0.6972, Answer.CONTRADICTED),  # -0.003 ± 0.0002
        (0.69, 0.71, Answer.NOT_RESOLVED),  # -0.01 ± 0.02
    ],
)
def test_split_of_a_unit_pull_is_answered_by_type_III_alone(study, here, coarser, answer):
    shares = {"absent": None, "fibrous": 0.70, "type_I": 0.95}
    rows = [
        tuple(unit(state, share) for state, share in {**shares, "type_III": value}.items()) for value in (here, coarser)
    ]
    library = study()
    library = LibraryRuns(library.entries, library.runs, (), UnitLoads("twin", "coarse", *rows))
    finding = findings(library)[SPLIT]
    assert finding.answer is answer
    assert finding.asked.effect.item.delta == pytest.approx(here - 0.70)
    assert finding.asked.effect.item.error == pytest.approx(abs(here - coarser))
    assert findings(study())[SPLIT].answer is Answer.NOT_COMPUTED


def test_split_on_one_mesh_alone_is_not_resolved(study):
    rows = tuple(unit(state, share) for state, share in (("fibrous", 0.7), ("type_III", 0.5)))
    library = study()
    library = LibraryRuns(library.entries, library.runs, (), UnitLoads("twin", "test", rows, ()))
    finding = findings(library)[SPLIT]
    assert finding.answer is Answer.NOT_RESOLVED
    assert "unit loads on a finer mesh (--density coarse)" in verdict_words(finding, library)


def test_what_blocks_an_answer_is_named_with_what_would_lift_it(study):
    """0.5 N ± 0.28 N of 5 N: 1 % is 0.05 N, and 0.5 N is resolved from an error below 0.17 N."""
    library = study({"bone": [("standing", "facet_force_N/L4-L5/left", 5.5)]}, error_N=0.2)
    finding = findings(library)[FACET]
    item = finding.blocker.effect.blocker
    assert (item.case, item.path) == ("standing", ("facet_force_N", "L4-L5", "left"))
    assert finding.blocker.effect.error_asked == pytest.approx(0.5 / 3.0)
    told = verdict_words(finding, library)
    assert "Limited by: facet force L4-L5 left in standing, bone, +0.5 N ± " in told
    assert "To resolve it: an error below 0.17 N, by " in told


def test_a_balanced_case_is_lifted_by_a_closer_balance(study, monkeypatch):
    changes = {name: [("standing", "applied/muscles_balanced", True)] for name in ("twin", "bone", "wasted")}
    library = study(changes, error_N=0.2)
    finding = findings(library)[FACET]
    found = replace(finding.blocker, effect=replace(finding.blocker.effect, blocker=_known(finding, 0.0)))
    assert remedy(found, library) == "a tighter muscle balance (its last correction is that error)"
    found = replace(found, effect=replace(found.effect, blocker=_known(finding, 3.0)))
    assert "a finer mesh (--density coarse)" in remedy(found, library)


def _known(finding, of_algebraic):
    """The blocker in `standing` with a known mesh error of so many algebraic ones."""
    item = finding.blocker.effect.blocker
    meshed = {"mesh_error": of_algebraic * item.algebraic, "error": item.algebraic * (1.0 + of_algebraic**2) ** 0.5}
    return SimpleNamespace(case="standing", algebraic=item.algebraic, mesh_known=True, verdict=item.verdict, **meshed)


def test_sentences_on_the_bridge_are_those_of_the_unit_loads(study, tmp_path):
    """Bone 1000 N/mm, with any arch 1500 N/mm: the arch adds half of the bone."""
    shares = {"absent": None, "fibrous": 0.7, "type_III": 0.6}
    rows = tuple(unit(state, share) for state, share in shares.items())
    assert bridge_sentences(list(rows)) == [
        "L4: the stiffness of the bone between the feet is 1000 N/mm; the fibrous MAL adds 500 N/mm (50 %), a type "
        "III MAL 500 N/mm (50 %)."
    ]
    library = study()
    library = LibraryRuns(library.entries, library.runs, (), UnitLoads("twin", "coarse", rows, ()))
    text = write_page(library, tmp_path, QUESTION)[0].with_name("mal.md").read_text(encoding="utf-8")
    assert "| L4 | type III | 100 | 1500 | 500 | 0.5 | 0.6 | — |" in text


def test_several_answers_to_one_claim():
    no, yes, open_, none = Answer.CONTRADICTED, Answer.SUPPORTED, Answer.NOT_RESOLVED, Answer.NOT_COMPUTED
    assert joint_answer([no, yes]) is yes
    assert joint_answer([no, open_]) is open_
    assert joint_answer([no, none]) is no
    assert joint_answer([]) is none
    untested = Answer.NOT_TESTED
    assert joint_answer([no, untested]) is untested
    assert joint_answer([open_, untested]) is open_
    assert joint_answer([yes, untested]) is yes


def test_page_says_what_it_found_and_what_it_does_not_establish(study, tmp_path):
    library = study({"bone": [("standing", "facet_force_N/L4-L5/left", 5.06)]})
    page, _ = write_page(library, tmp_path, QUESTION)
    html, text = page.read_text(encoding="utf-8"), (tmp_path / "mal.md").read_text(encoding="utf-8")
    assert page.name == "mal.html" and (tmp_path / "mal_effects.png").read_bytes().startswith(b"\x89PNG")
    check(html)
    chart = charts_of(html)["effects"]
    bone = trace(chart, QUESTION.groups["mal"])
    row = chart["layout"]["yaxis"]["ticktext"].index(FACET)
    (place,) = [i for i, y in enumerate(bone["y"]) if abs(y - row) < 0.5]
    assert bone["x"][place] == pytest.approx(1.2)
    assert bone["marker"]["symbol"][place] == "circle"  # resolved
    for told in (
        "What this does not establish",
        "Evidence against it",
        "supported",
        "contradicted",
        "not computed",
        "not tested",
    ):
        assert told in html and told in text
    assert (
        "Supported: +0.06 N, 1.2 % at facet force L4-L5 left in standing, bone. Depends on "
        "ossified_modulus_MPa," in text
    )
    assumed = "| materials.mal.ossified_modulus_MPa | 3500 | 500 to 12000 | MPa | own-estimate |"
    assert f"{assumed} fraction of a unit pull" in text
    assert "| energy stored in the MAL | follows from the inputs * |" in text
    assert "- neural interface: Not tested (bone grown into the tunnel): not in the model: " in text
    assert "adding them in squares are conventions" in text
    assert "Study: scenario synthetic at test" in text
    assert "claim of bone" in text


def test_page_of_a_library_that_has_not_been_run(tmp_path):
    library = library_runs([entry("twin", "reference", None), entry("bone", "mal")], tmp_path)
    text = write_page(library, tmp_path, QUESTION)[0].with_name("mal.md").read_text(encoding="utf-8")
    assert "No results: twin, bone." in text
    assert "| supported |" not in text
