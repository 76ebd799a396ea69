"""Values of every kind that a study file may have, from the file to what the study says."""

from __future__ import annotations

import pytest

from fem_lumbar.studies import table
from fem_lumbar.studies.answers.asks import asks_of
from fem_lumbar.studies.answers.gather import answers
from fem_lumbar.studies.answers.predict import question
from fem_lumbar.studies.plan import as_cells
from fem_lumbar.studies.rules import holds
from tests.studies.small_study import STUDY, run

STATE = "  state: {key: mal.L4.left.state, values: [absent, fibrous]}\n"
BY_AGE = (
    "  age: {range: [20, 80]}\n  state: {depends_on: age, rows: [{when: {below: 50}, distribution: {kind: discrete, "
    "values: [[1, 2], [3, 4]]}}, {distribution: {kind: discrete, values: [[1, 2], [5, 6]]}}]}\n"
)
ODD = {
    "numbers and words": ("  state: {values: [0, absent, 1.5]}\n", ("0", "absent", "1.5")),
    "null": ("  state: {values: [null, 5]}\n", ("null", "5")),
    "truths": ("  state: {values: [true, false]}\n", ("true", "false")),
    "lists": ("  state: {values: [[1, 2], [3, 4]]}\n", ("[1, 2]", "[3, 4]")),
    "lists by another factor": (BY_AGE, ("[1, 2]", "[3, 4]", "[5, 6]")),
    "words like numbers": ("  state: {values: [nan, inf]}\n", ("nan", "inf")),
    "a word alone": ("  state: {values: [x]}\n", ("x",)),
}


@pytest.mark.parametrize(("entry", "words"), ODD.values(), ids=ODD)
def test_values_are_words_from_the_file_to_the_answers(entry, words, tmp_path):
    run(tmp_path, STUDY.replace(STATE, entry))
    found = answers(*table.read(tmp_path / "study"))
    state = next(factor for factor in found.points.factors if factor.name == "state")
    assert state.words == words
    assert len(found.outputs) > 2 and found.failures.failed == 0
    for word in words:
        assert question(found.points, {"state": word}).given == {"state": word}


def test_base_that_is_none_of_the_listed_words(tmp_path):
    text = STUDY.replace("range: [20, 500]", "values: [20, 500]").replace("fibrous]", "fibrous], base: type_III")
    run(tmp_path, text.replace("{kind: latin_hypercube, points: 6, seed: 1}", "{kind: one_at_a_time}"))
    assert answers(*table.read(tmp_path / "study")).points.factors[1].words == ("absent", "fibrous", "type_III")


def test_values_may_be_asked_for_as_they_are_written_elsewhere(tmp_path):
    run(tmp_path, STUDY.replace(STATE, "  state: {values: [true, [1, 2]]}\n"))
    points = answers(*table.read(tmp_path / "study")).points
    assert question(points, {"state": "True"}).given == {"state": "true"}
    assert question(points, {"state": "[1,2]"}).given == {"state": "[1, 2]"}


def test_values_are_listed_as_they_are_written():
    assert as_cells({"a": True, "b": None, "c": [1, 2], "d": 0.123456789}) == "a=true, b=null, c=[1, 2], d=0.12346"


ASKED = (
    "asks: {comparisons: [{title: t, finding: {state: %s}, "
    "outcomes: [{case: standing, output: rotation_deg.L4-L5.flexion}]}]}\n"
)


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ("[true, false]", "true"), ("[true, false]", "{not: false}"), ("[[1, 2], [3, 4]]", "[[1, 2]]"),
        ("[[1, 2], [3, 4]]", "{is: [1, 2]}"), ("[absent, 5]", "5"), ("[absent, 5]", "{above: 4}"),
    ],
)  # fmt: skip
def test_findings_are_found_in_the_table_as_at_the_points(values, finding, tmp_path):
    text = STUDY.replace(STATE, f"  state: {{values: {values}}}\n") + ASKED % finding
    run(tmp_path, text.replace("outputs: [", "outputs: [rotation_deg.*.*, "))
    manifest, frame = table.read(tmp_path / "study")
    (group,) = answers(manifest, frame, asks_of(manifest)).groups
    assert (group.with_it, group.without) == (3, 3)


def test_rules_hold_for_values_of_every_kind():
    assert holds({"a": {"not": "x"}, "b": {"is": [[1, 2], [3]]}, "c": True}, {"a": None, "b": [3], "c": True})
    assert not holds({"a": {"above": 3}}, {"a": "absent"})
    assert not holds({"a": {"below": "b"}}, {"a": 3, "b": "absent"})
    assert holds({"a": {"below": "b"}}, {"a": 3, "b": 4})
