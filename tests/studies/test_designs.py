"""Factors, distributions, designs, rules: values that come out, not the words."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import numpy as np
import pandas
import pytest
import yaml
from scipy import stats

from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.studies.correlation import correlated
from fem_lumbar.studies.distributions import Discrete, Lognormal, Measured, Normal, Triangular, Uniform
from fem_lumbar.studies.published import published
from fem_lumbar.studies.reading import load_study
from fem_lumbar.studies.rules import holds
from fem_lumbar.studies.study_file import study_schema
from fem_lumbar.studies.swept import designed_points, factor_of

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios" / "baseline.yaml"
LEFT, RIGHT = "mal.L5.left.fibrous_modulus_MPa", "mal.L5.right.fibrous_modulus_MPa"
U = np.linspace(0.005, 0.995, 199)


def study(folder: Path, **changes):
    data = {
        "schema_version": 1,
        "name": "tried",
        "scenario": str(SCENARIO),
        "cases": ["standing"],
        "outputs": ["idp_MPa.*"],
        "factors": {
            "left": {"key": LEFT, "range": [20, 500], "levels": 3},
            "right": {"key": RIGHT, "values": [50, 100]},
        },
        "design": {"kind": "grid"},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(data | changes), encoding="utf-8")
    return load_study(folder / "study.yaml")


def values(study):
    return [tuple(point.values.values()) for point in study.points()]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Normal(kind="normal", mean=3, sd=2), stats.norm(3, 2)),
        (Lognormal(kind="lognormal", median=3, geometric_sd=2), stats.lognorm(np.log(2), scale=3)),
        (Uniform(kind="uniform", low=1, high=3), stats.uniform(1, 2)),
        (Uniform(kind="uniform", low=1, high=100, log=True), stats.loguniform(1, 100)),
        (Triangular(kind="triangular", low=1, mode=2, high=5), stats.triang(0.25, 1, 4)),
        (Normal(kind="normal", mean=3, sd=2, within=(2, 4)), stats.truncnorm(-0.5, 0.5, 3, 2)),
    ],
)
def test_quantiles_are_those_of_the_distribution(ours, theirs):
    assert [ours.quantile(u, {}) for u in U] == pytest.approx(theirs.ppf(U), rel=1e-12)


def test_discrete_and_measured_values_come_as_often_as_they_should():
    drawn = [Discrete(kind="discrete", values=("a", 2), probabilities=(0.25, 0.75)).quantile(u, {}) for u in U]
    assert drawn.count("a") == 49
    data = np.array([1.0, 2.0, 4.0])
    assert {Measured(data, smooth=False).quantile(u, {}) for u in U} == {1.0, 2.0, 4.0}
    assert Measured(data, smooth=True).quantile(0.75, {}) == 3.0


def test_grid_zip_and_one_at_a_time(tmp_path):
    assert values(study(tmp_path)) == [(x, y) for x in (20.0, 260.0, 500.0) for y in (50, 100)]
    log = {"left": {"key": LEFT, "range": "20:500 log", "levels": 2}, "right": {"key": RIGHT, "values": [50, 100]}}
    assert values(study(tmp_path, factors=log, design={"kind": "zip"})) == [(20.0, 50), (500.0, 100)]
    assert values(study(tmp_path, design={"kind": "one_at_a_time"})) == [(260, 50), (20, 50), (500, 50), (260, 100)]


def test_latin_hypercube_has_a_point_in_every_slice_and_depends_on_its_seed(tmp_path):
    design = {"kind": "latin_hypercube", "points": 16, "seed": 3}
    found = np.array(values(study(tmp_path, design=design)))
    assert sorted(((found[:, 0] - 20) / 480 * 16).astype(int)) == list(range(16))
    assert sorted(found[:, 1]) == [50] * 8 + [100] * 8
    assert values(study(tmp_path, design=design)) == [tuple(row) for row in found]
    assert values(study(tmp_path, design=design | {"seed": 4})) != [tuple(row) for row in found]


def test_morris_moves_one_factor_at_a_time(tmp_path):
    factors = {"a": {"key": LEFT, "range": [20, 500]}, "b": {"key": RIGHT, "range": [20, 500]}}
    found = study(tmp_path, factors=factors, design={"kind": "morris", "trajectories": 3})
    rows = np.array(values(found))
    assert len(rows) == 9
    for trajectory in rows.reshape(3, 3, 2):
        assert (np.count_nonzero(np.diff(trajectory, axis=0), axis=1) == 1).all()
        assert (trajectory[0] != trajectory[-1]).all()


def test_list_reads_its_points(tmp_path):
    (tmp_path / "points.csv").write_text("right,left\n50,20\n100,30.5\n", encoding="utf-8")
    assert values(study(tmp_path, design={"kind": "list", "file": "points.csv"})) == [(20, 50), (30.5, 100)]
    (tmp_path / "points.csv").write_bytes(b'\xef\xbb\xbf"right",left\r\n\r\n50,"20"\r\n  \r\n100,30.5\r\n')
    assert values(study(tmp_path, design={"kind": "list", "file": "points.csv"})) == [(20, 50), (30.5, 100)]


def test_rank_correlation_is_brought_in_and_every_column_keeps_its_numbers():
    numbers = np.random.default_rng(0).random((400, 3))
    wanted = np.array([[1, 0.7, 0], [0.7, 1, -0.3], [0, -0.3, 1]])
    found = correlated(numbers, wanted)
    assert np.array_equal(np.sort(found, axis=0), np.sort(numbers, axis=0))
    assert stats.spearmanr(found).statistic == pytest.approx(wanted, abs=0.03)


def test_few_points_that_rise_and_fall_as_one_are_correlated_too():
    wanted = np.array([[1, 0.5], [0.5, 1]])
    for numbers in (np.array([[0.1, 0.2], [0.3, 0.4], [0.6, 0.5], [0.9, 0.8]]), np.array([[u, 1 - u] for u in U[:4]])):
        found = correlated(numbers, wanted)
        assert np.array_equal(np.sort(found, axis=0), np.sort(numbers, axis=0))
        assert abs(stats.spearmanr(found).statistic) < 0.99


def test_rules_leave_points_out_and_the_others_keep_their_numbers(tmp_path):
    found = study(tmp_path, exclude=[{"left": {"at_least": 260}, "right": 50}], include=[{"left": {"below": 500}}])
    assert [(point.number, *point.values.values()) for point in found.points()] == [
        (0, 20, 50),
        (1, 20, 100),
        (3, 260, 100),
    ]


@pytest.mark.parametrize(
    ("rule", "is_met"),
    [
        ({"a": 3}, True), ({"a": [1, 3]}, True), ({"a": {"not": 3}}, False), ({"s": {"not": ["x", "y"]}}, True),
        ({"a": {"above": 3}}, False), ({"a": {"at_least": 3, "below": 4}}, True), ({"a": {"below": "b"}}, True),
        ({"a": 3, "s": "x"}, False), ({"a": {"is": [3]}}, True),
    ],
)  # fmt: skip
def test_conditions(rule, is_met):
    assert holds(rule, {"a": 3, "b": 5, "s": "z"}) is is_met


def test_factor_that_depends_on_another_and_keys_that_follow_one(tmp_path):
    factors = {
        "left": {
            "key": LEFT,
            "depends_on": "age_years",
            "rows": [
                {"when": {"below": 50}, "distribution": {"kind": "uniform", "low": 20, "high": 30}},
                {"distribution": {"kind": "uniform", "low": 100, "high": 110}},
            ],
        },
        "age_years": {"range": [20, 80], "unit": "years"},
        "tropism_deg": {
            "keys": {
                "anatomy.left.joints.L4-L5.facet_angle_deg": {"times": 0.5, "plus": 42},
                "anatomy.right.joints.L4-L5.facet_angle_deg": {"times": -0.5, "plus": 42},
            },
            "values": [-4, 4],
        },
    }
    found = study(tmp_path, factors=factors, design={"kind": "sobol", "points": 8})
    for point in found.points():
        assert (point.values["left"] < 40) is (point.values["age_years"] < 50)
        scenario = found.scenario_at(point.values)
        assert scenario.mal["L5"]["left"].fibrous_modulus_MPa == point.values["left"]
        sides = [scenario.anatomy.on(side).joints["L4-L5"].facet_angle_deg for side in ("left", "right")]
        assert sides[0] - sides[1] == pytest.approx(point.values["tropism_deg"])
    assert len({found.mesh_group(point.values) for point in found.points()}) == 2


def test_published_distributions_can_all_be_drawn_from(tmp_path):
    factors = {
        name: {"published": name} | ({"depends_on": "age"} if one.rows else {}) for name, one in published().items()
    }
    factors["age"] = {"range": [20, 80], "unit": "years"}
    found = study(tmp_path, factors=factors, design={"kind": "latin_hypercube", "points": 200})
    drawn = pandas.DataFrame([point.values for point in found.points()])
    assert drawn["facet_tropism_deg"].std() == pytest.approx(5.4, rel=0.05)
    young, old = (drawn.query(which)["disc_degeneration"].mean() for which in ("age < 25", "age > 65"))
    assert young < 0.7 < old
    assert all(factor.parameters["source"] for factor in found.factors if factor.name != "age")


def test_design_is_read_lazily(tmp_path):
    """A million points are no more work than one until they are asked for."""
    factors = {
        "left": {"key": LEFT, "range": [20, 500], "levels": 1000},
        "right": {"key": RIGHT, "range": [20, 500], "levels": 1000},
    }
    points = study(tmp_path, factors=factors).points()
    assert next(points).number == 0


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("a.b=10:1000:5:log", {"range": [10, 1000], "log": True, "levels": 5}),
        ("a.b=10:1000", {"range": [10, 1000], "log": False}),
        ("a.b=absent, fibrous", {"values": ["absent", "fibrous"]}),
        ("a.b~normal(1, 2)[0,]", {"distribution": {"kind": "normal", "mean": 1, "sd": 2, "within": [0, None]}}),
        (
            "a.b~discrete(x:0.3,y:0.7)",
            {"distribution": {"kind": "discrete", "values": ["x", "y"], "probabilities": [0.3, 0.7]}},
        ),
    ],
)  # fmt: skip
def test_factors_of_the_command_line(text, entry):
    assert factor_of(text) == ("a.b", entry)


@pytest.mark.parametrize(
    "text", ["a.b", "~normal(1,2)", "a~normal", "a~normal(1)", "a~pareto(1,2)", "a~discrete(x,y)", "a="]
)
def test_wrong_factors_of_the_command_line(text):
    with pytest.raises(ScenarioError):
        factor_of(text)


def test_designs_of_the_command_line():
    from fem_lumbar.scenario.loader import load_scenario

    base = load_scenario(SCENARIO, cases=["standing"], density="test")
    points = designed_points(SCENARIO, base, [f"{LEFT}~normal(100,10)", f"{RIGHT}=20:30"], [], "lhs", 4, 1)
    assert len(points) == 4
    assert all(20 <= float(point[RIGHT]) <= 30 and 50 < float(point[LEFT]) < 150 for point in points)


def test_shipped_studies_and_schema():
    """Otherwise: fem-lumbar study schema > studies/study.schema.json"""
    import json

    schema = study_schema()
    assert json.loads((ROOT / "studies" / "study.schema.json").read_text(encoding="utf-8")) == schema
    files = sorted((ROOT / "studies").glob("[a-z]*.yaml"))
    assert files
    for file in files:
        jsonschema.validate(yaml.safe_load(file.read_text(encoding="utf-8")), schema)
        read = load_study(file)
        assert read.scenario_at(next(read.points()).values).name
