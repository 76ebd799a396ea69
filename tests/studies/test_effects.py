"""Effects in the unit of the output, Morris, resolution against errors, failures, predictions."""

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.studies.answers.coordinates import points_of
from fem_lumbar.studies.answers.failures import failures
from fem_lumbar.studies.answers.gather import answers
from fem_lumbar.studies.answers.predict import predict, question
from fem_lumbar.studies.answers.resolution import Resolution
from fem_lumbar.studies.answers.text import answer_document, output_document
from fem_lumbar.studies.design import Design, unit_numbers
from tests.studies.synthetic_study import cube, missing, study


def plane(count=80, **more):
    numbers = cube(count, 3)
    values = {"a": 10.0 * numbers[:, 0], "b": numbers[:, 1], "c": numbers[:, 2]}
    return study(values, {"y": lambda x: 100.0 + 2.0 * x["a"] + 0.01 * x["b"]}, **more)


def test_effects_below_the_errors_are_not_resolved():
    one = answers(*plane(floor=0.01, mesh_error=5.0)).outputs[0]
    assert one.swings[0].largest == pytest.approx(18.0, rel=0.03)
    assert [one.judge_swing(i) for i in range(2)] == [Resolution.RESOLVED, Resolution.NOT_RESOLVED]
    assert one.judge_index(1) is Resolution.NOT_RESOLVED
    assert answers(*plane(floor=1e-4)).outputs[0].judge_swing(1) is Resolution.ON_THIS_MESH
    assert answers(*plane()).outputs[0].judge_swing(0) is Resolution.ERRORS_UNKNOWN
    assert answers(*plane(floor=1e-4, mesh_error=60.0)).outputs[0].judge_swing(0) is Resolution.NOT_RESOLVED


def test_one_at_a_time_takes_differences_of_runs():
    values = {"a": np.array([1.0, 0.0, 2.0, 1.0, 1.0]), "b": np.array([5.0, 5.0, 5.0, 4.0, 7.0])}
    found = answers(*study(values, {"y": lambda x: x["a"] ** 2 * x["b"]}, design="one_at_a_time"))
    one = found.outputs[0]
    assert (one.swings[0].low, one.swings[0].high) == (-5.0, 15.0)
    assert (one.swings[1].low, one.swings[1].high) == (-1.0, 2.0)
    assert one.indices is None


def test_the_base_is_the_first_point_whatever_the_others_have():
    values = {"a": np.array([2.0, 1.0, 5.0])}
    one = answers(*study(values, {"y": lambda x: 10.0 * x["a"]}, design="one_at_a_time")).outputs[0]
    assert (one.swings[0].low, one.swings[0].high) == (-10.0, 30.0)


def test_without_the_base_no_effect_is_told_and_the_reason_is_not_the_surrogate():
    a, b = np.array([2.0, 1.0, 3.0, 4.0, 5.0, 2.0, 2.0, 2.0, 2.0]), np.array([2.0] * 5 + [1.0, 3.0, 4.0, 5.0])
    failed = np.arange(9) == 0
    found = answers(*study({"a": a, "b": b}, {"y": lambda x: x["a"] + x["b"]}, design="one_at_a_time", failed=failed))
    (told,) = output_document(found.outputs[0], found)
    assert found.outputs[0].surrogate.resolved and not found.outputs[0].swings
    assert "The base" in told.text and "below 0.9" not in told.text
    assert "sum of the effects" in answer_document(found)[-1].note


def test_steps_of_morris_are_of_one_length_however_few_levels_were_met():
    """Steps of 32 of 63 levels: 4 trajectories meet few of them, and not the same in both factors."""
    u = unit_numbers(Design("morris", 0, seed=1, trajectories=4, levels=64), 3)
    values = {"a": u[:, 0], "b": u[:, 1], "word": np.where(u[:, 2] < 0.5, "x", "y")}
    manifest, frame = study(values, {"y": lambda v: 64.0 * v["a"] + 7.0 * (v["word"] == "y")}, design="morris")
    manifest.design["levels"] = 64
    effects = answers(manifest, frame).outputs[0].elementary
    assert effects[0].mu == pytest.approx(63.0) and effects[0].sigma == pytest.approx(0.0, abs=1e-9)
    assert effects[1].mu_star == 0.0 and effects[2].mu == pytest.approx(7.0)


def test_factors_that_vary_as_one_are_said_to():
    a = np.arange(7.0)
    found = answers(*study({"a": a, "b": 10.0 + a**2, "c": a % 3}, {"y": lambda x: x["b"]}, design="zip"))
    assert found.points.dependent and found.points.as_one() == [(0, 1)]
    assert "a and b vary as one" in answer_document(found)[0].text
    six = study({"a": a[:6], "b": -a[:6]}, {"y": lambda x: x["b"]}, design="zip")
    assert points_of(*six).as_one() == [(0, 1)]
    apart = study({"a": a, "c": np.array([3.0, 1.0, 6.0, 0.0, 5.0, 2.0, 4.0])}, {"y": lambda x: x["a"]})
    assert not points_of(*apart).dependent and not points_of(*apart).as_one()


def test_a_study_without_points_says_so():
    manifest, frame = plane()
    with pytest.raises(InputError, match="no point of this study has been run yet"):
        answers(manifest, frame.iloc[:0])


def test_elementary_effects_of_morris_with_points_missing():
    random, rows = np.random.default_rng(1), []
    for _ in range(12):
        point = random.integers(0, 2, 4) / 3.0
        rows.append(point.copy())
        for i in random.permutation(4):
            point[i] += 2.0 / 3.0
            rows.append(point.copy())
    x = np.array(rows)
    values = {name: x[:, i] for i, name in enumerate("abcd")}
    failed = missing(60, 0.05)
    found = answers(
        *study(
            values, {"y": lambda v: 3.0 * v["a"] - 2.0 * v["b"] + 4.0 * v["a"] * v["c"]}, design="morris", failed=failed
        )
    )
    effects = found.outputs[0].elementary
    assert effects[1].mu == pytest.approx(-2.0) and effects[1].mu_star == pytest.approx(2.0)
    assert effects[1].sigma == pytest.approx(0.0, abs=1e-9)
    assert effects[0].mu_star == pytest.approx(3.0 + 4.0 * 0.5, abs=0.8) and effects[0].sigma > 0.5
    assert effects[3].mu_star == 0.0
    assert 8 <= effects[0].count < 12
    assert found.outputs[0].judge_elementary(3) is Resolution.NOT_RESOLVED


def test_failures_are_traced_to_what_goes_with_them():
    numbers = cube(120, 4)
    values = {name: numbers[:, i] for i, name in enumerate("abcd")}
    values["state"] = np.array(["fibrous", "type_III"])[(numbers[:, 3] > 0.9).astype(int)]
    made = study(values, {"y": lambda x: x["a"]}, failed=values["b"] > 0.9)
    found = failures(points_of(*made), made[1])
    assert found.failed == 12 and found.reasons[0] == ("did not converge", 12)
    assert found.factors[0].factor == 1 and found.factors[0].matters
    assert not any(one.matters for one in found.factors[1:])
    words = study(values, {"y": lambda x: x["a"]}, failed=values["state"] == "type_III")
    first = failures(points_of(*words), words[1]).factors
    assert {one.factor for one in first if one.matters} == {3, 4}


def test_failures_at_random_are_blamed_on_nothing():
    blamed = 0
    for seed in range(20):
        numbers = cube(100, 6, seed)
        values = {f"f{i}": numbers[:, i] for i in range(6)}
        table = study(values, {"y": lambda x: x["f0"]}, failed=missing(100, 0.1, seed))
        blamed += any(one.matters for one in failures(points_of(*table), table[1]).factors)
    assert blamed <= 3


def test_predictions_hold_within_the_data_and_say_when_they_do_not():
    numbers = cube(120, 3)
    values = {"a": numbers[:, 0], "b": 10.0 ** (2.0 * numbers[:, 1]), "c": numbers[:, 2]}
    random = np.random.default_rng(0)
    manifest, frame = study(values, {"y": lambda x: np.exp(x["a"]) * np.log10(x["b"]) + 0.02 * random.normal(size=120)})
    found = answers(manifest, frame)
    surrogate = found.outputs[0].surrogate
    inside = 0
    for u in 0.02 + 0.96 * cube(200, 3, seed=9):
        asked = question(found.points, {"a": u[0], "scenario.b": 10.0 ** (2.0 * u[1]), "c": u[2]})
        assert not asked.outside
        one = predict(surrogate, "standing", "y", asked)
        inside += abs(one.value - np.exp(u[0]) * 2.0 * u[1]) <= one.half_width
    assert inside >= 190
    beyond = question(found.points, {"a": 3.0})
    assert "a = 3" in beyond.outside[0] and predict(surrogate, "standing", "y", beyond).remote
    with pytest.raises(InputError, match="no factor of this study"):
        question(found.points, {"scenario.bb": 1.0})
    with pytest.raises(InputError, match="number"):
        question(found.points, {"a": "wide"})
