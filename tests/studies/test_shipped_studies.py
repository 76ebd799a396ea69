"""The shipped studies: that they can be run, and that the cohort has what its sources say."""

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.studies import pretended
from fem_lumbar.cli.main import main
from fem_lumbar.runs.executors import Serial
from fem_lumbar.studies.answers.asks import Asks
from fem_lumbar.studies.answers.rankings import known_ranking
from fem_lumbar.studies.execution import run_study
from fem_lumbar.studies.reading import load_study

FOLDER = Path(__file__).parents[2] / "studies"


@pytest.fixture(scope="module")
def cohort():
    study = load_study(FOLDER / "mal_cohort.yaml")
    return study, pd.DataFrame([point.values for point in study.points()])


def test_every_person_asked_about_has_what_is_asked(cohort):
    study, persons = cohort
    asks = Asks.model_validate(dict(study.asks))
    assert len(persons) == 200 and len(asks.comparisons) == 7
    for comparison in asks.comparisons:
        for outcome in comparison.outcomes:
            assert any(fnmatchcase(outcome.output, pattern) for pattern in study.outputs)
            assert outcome.case in study.base.load_cases


def test_persons_have_the_published_prevalences(cohort):
    _, persons = cohort
    assert np.mean(persons["mal_L5_left"] == "type_III") == pytest.approx(0.264, abs=0.005)
    assert np.mean(persons["mal_L5_right"] == "type_III") == pytest.approx(0.135, abs=0.005)
    assert persons["tropism_L4_L5"].std() == pytest.approx(5.4, rel=0.03)
    assert np.mean(persons["tropism_L3_L4"].abs() > 10.0) == pytest.approx(0.128, abs=0.02)
    larger_right = np.mean(persons["multifidus_left"] < 1.0)
    assert larger_right == pytest.approx(0.665, abs=0.02)
    facets = np.mean(persons["facet_L4_L5_left"] > 0)
    assert facets == pytest.approx(0.451, abs=0.05)
    old = persons["age_years"] >= 60.0
    assert persons.loc[old, "disc_L4_L5"].mean() > persons.loc[~old, "disc_L4_L5"].mean() + 0.3


def test_persons_are_valid_scenarios_that_differ(cohort):
    study, _ = cohort
    hashes = {study.scenario_at(point.values).sha256 for point, _ in zip(study.points(), range(6))}
    assert len(hashes) == 6


@pytest.mark.parametrize("name", ["niemeyer_2012", "du_2016"])
def test_studies_of_rankings_have_what_is_ranked(name):
    study = load_study(FOLDER / f"{name}.yaml")
    ranking = known_ranking(name)
    assert study.asks["rankings"] == [name]
    if ranking.over == "factors":
        names = [factor.name for factor in study.factors]
        assert all(any(fnmatchcase(one, p) for one in names for p in known) for known in ranking.factors.values())
        assert sum(1 for _ in study.points()) >= 100
    else:
        assert set(ranking.load_cases.values()) <= set(study.base.load_cases)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_study_goes_from_its_file_to_its_report(name, tmp_path, capsys):
    study = load_study(FOLDER / f"{name}.yaml")
    rankings = {key: asked for key, asked in study.asks.items() if key == "rankings"}
    study = replace(study, asks=rankings)  # comparisons ask for outputs that are not pretended
    with Serial() as executor:
        results = list(run_study(study, tmp_path / name, executor, solver=pretended))
    points = {str(value) for value in study.factors[0].levels or ()}
    table = pd.read_parquet(tmp_path / name / "study.parquet")
    assert table["point"].nunique() == len(results) == sum(1 for _ in study.points())
    assert not points or set(table[study.factors[0].name].astype(str)) <= points
    assert main(["study", "report", str(tmp_path / name), "--quiet"]) == 0
    assert f"Study {name}" in capsys.readouterr().out
