"""The folder of a study: a copy to go on from, progress when the file was changed, what factors are said to be."""

from __future__ import annotations

import pytest

from fem_lumbar.runs.executors import Serial
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.studies import table
from fem_lumbar.studies.answers.gather import answers
from fem_lumbar.studies.answers.limits import assumed
from fem_lumbar.studies.execution import run_study
from fem_lumbar.studies.folder import begin_folder, study_in
from fem_lumbar.studies.manifest import read_manifest
from fem_lumbar.studies.progress import read_progress
from tests.studies.small_study import STUDY, run, written

STATE = "  state: {key: mal.L4.left.state, values: [absent, fibrous]}\n"


def test_the_copy_names_files_anew_and_nothing_else(tmp_path):
    """Factors may be called as the keys that name files, and have words that look like paths."""
    (tmp_path / "ages.csv").write_text("age\n30\n40\n", encoding="utf-8")
    measured = "distribution: {kind: empirical, file: ages.csv, column: age}"
    factors = (
        f"  scenario: {{values: [a, b]}}\n  file: {{{measured}}}\n  old: {{depends_on: file, rows: [{{{measured}}}]}}\n"
    )
    study = written(tmp_path, STUDY.replace(STATE, factors) + "exclude: [{scenario: a}]\n")
    begin_folder(tmp_path / "results" / "study", tmp_path / "small.yaml")
    again, _ = study_in(tmp_path / "results" / "study", tmp_path)
    assert [point.values for point in again.points()] == [point.values for point in study.points()]


def test_progress_is_of_the_study_as_it_is_now(tmp_path):
    run(tmp_path)
    run(tmp_path)
    assert read_progress(tmp_path / "study").done == 6
    run(tmp_path, STUDY.replace("points: 6", "points: 4"))
    found = read_progress(tmp_path / "study")
    assert (found.planned, found.done, found.failed) == (4, 4, 0)
    changed = written(tmp_path, STUDY.replace("points: 6", "points: 4").replace("500", "400"))
    with Serial() as executor:
        runs = run_study(
            changed, tmp_path / "study", executor, solver=lambda *_: {"status": "failed", "load_cases": {}, "model": {}}
        )
        next(runs)
        assert read_progress(tmp_path / "study").done + read_progress(tmp_path / "study").failed <= 1
        runs.close()


def test_factors_are_told_as_they_are(tmp_path):
    """Lists are no ranges, open bounds are not told; a factor has the unit of a key that takes steps as they are."""
    factors = (
        "  state: {values: [true, false]}\n"
        "  open: {key: mal.L4.left.fibrous_modulus_MPa, distribution: {kind: normal, mean: 100, sd: 10}}\n"
        "  cut: {distribution: {kind: normal, mean: 100, sd: 10, within: [null, 120]}}\n"
        "  part: {keys: {mal.L4.right.fibrous_modulus_MPa: {times: 100, plus: 5}}, range: [1, 5]}\n"
        "  grade: {published: disc_degeneration, depends_on: cut}\n"
    )
    run(tmp_path, STUDY.replace(STATE, factors))
    manifest = read_manifest(tmp_path / "study")
    told = "\n".join(assumed(answers(*table.read(tmp_path / "study"))))
    assert "state: values (values true, false); sets no scenario key" in told
    assert "open: normal (mean 100, sd 10, in MPa); value of the scenario key mal.L4.left" in told
    assert "cut: normal (to 120, mean 100, sd 10)" in told
    assert "when {below: 25} discrete (values 0, 1, probabilities 0.63, 0.37); when" in told and "None" not in told
    assert [one.unit for one in manifest.factors] == ["MPa", "", "MPa", "", "", ""]
    columns = (tmp_path / "study" / "study.columns.csv").read_text(encoding="utf-8")
    assert "part,,,sets mal.L4.right.fibrous_modulus_MPa\n" in columns and "state,,,sets no scenario key" in columns


@pytest.mark.parametrize("name", ["floor:idp_MPa.L3-L4", "mesh_error:x", "reason"])
def test_no_factor_is_called_as_columns_are(name, tmp_path):
    with pytest.raises(ScenarioError, match="the table has a column of this name or kind"):
        written(tmp_path, STUDY.replace("  state:", f'  "{name}":'))
