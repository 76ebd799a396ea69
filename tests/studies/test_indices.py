"""Variance-based indices against functions whose indices are known."""

from itertools import combinations

import numpy as np
import pytest
from scipy.integrate import quad

from fem_lumbar.studies.answers.gather import answers
from fem_lumbar.studies.answers.text import answer_document
from tests.studies.synthetic_study import cube, missing, study


def ishigami(x):
    return np.sin(x["a"]) + 7.0 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])


def ishigami_indices():
    """First order and total by integration, factor by factor (Ishigami & Homma 1990)."""

    def mean(f):
        return quad(f, -np.pi, np.pi)[0] / (2.0 * np.pi)

    weight, weight_squared = mean(lambda c: 1.0 + 0.1 * c**4), mean(lambda c: (1.0 + 0.1 * c**4) ** 2)
    sine = mean(lambda a: np.sin(a) ** 2)
    v_a = weight**2 * sine
    v_b = mean(lambda b: 49.0 * np.sin(b) ** 4) - mean(lambda b: 7.0 * np.sin(b) ** 2) ** 2
    v_ac = sine * (weight_squared - weight**2)
    whole = v_a + v_b + v_ac
    return np.array([v_a, v_b, 0.0]) / whole, np.array([v_a + v_ac, v_b, v_ac]) / whole


A = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def g_function(x):
    return np.prod([(np.abs(4.0 * u - 2.0) + a) / (1.0 + a) for u, a in zip(x.values(), A)], axis=0)


def g_indices():
    """First order and total by summing all subsets of factors (Saltelli & Sobol' 1995)."""
    alone = 1.0 / (3.0 * (1.0 + A) ** 2)
    part = {s: np.prod(alone[list(s)]) for size in range(1, 9) for s in combinations(range(8), size)}
    whole = sum(part.values())
    total = [sum(value for s, value in part.items() if i in s) for i in range(8)]
    return alone / whole, np.array(total) / whole


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("formula", "known", "low", "high", "names"),
    [(ishigami, ishigami_indices, -np.pi, np.pi, "abc"), (g_function, g_indices, 0.0, 1.0, "abcdefgh")],
)
def test_known_indices_with_points_missing(formula, known, low, high, names, seed):
    numbers = low + (high - low) * cube(256, len(names), seed)
    values = {name: numbers[:, i] for i, name in enumerate(names)}
    one = answers(*study(values, {"y": formula}, failed=missing(256, 0.05, seed))).outputs[0]
    first, total = known()
    assert len(one.data) == 243
    assert one.surrogate.q2 > 0.9
    np.testing.assert_allclose(one.indices.first, first, atol=0.02)
    np.testing.assert_allclose(one.indices.total, total, atol=0.02)
    assert (one.indices.total_interval[:, 0] <= one.indices.total + 1e-9).all()


def test_words_logarithms_and_normal_values():
    numbers = cube(200, 3)
    from scipy.stats import norm

    values = {
        "state": np.array(["absent", "fibrous", "type_III"])[np.minimum((3 * numbers[:, 0]).astype(int), 2)],
        "modulus": 10.0 ** (1.0 + 3.0 * numbers[:, 1]),
        "angle": norm.ppf(numbers[:, 2], 45.0, 5.0),
    }
    manifest, frame = study(
        values,
        {"y": lambda x: 3.0 * (x["state"] == "fibrous") + np.log10(x["modulus"]) + (x["angle"] - 45.0) / 5.0},
    )
    one = answers(manifest, frame).outputs[0]
    parts = np.array([9.0 * 2.0 / 9.0, 9.0 / 12.0, 1.0])
    np.testing.assert_allclose(one.indices.total, parts / parts.sum(), atol=0.02)


def test_factors_that_go_together_share_their_part():
    random = np.random.default_rng(3)
    a, b = random.multivariate_normal([0.0, 0.0], [[1.0, 0.8], [0.8, 1.0]], size=400).T
    values = {"a": a, "b": b, "c": random.normal(size=400)}
    found = answers(*study(values, {"y": lambda x: x["a"] + x["c"]}))
    assert found.points.dependent
    indices = found.outputs[0].indices
    np.testing.assert_allclose(indices.total, [0.5, 0.0, 0.5], atol=0.07)
    values["y2"] = values.pop("c")
    both = answers(*study(values, {"y": lambda x: x["a"] + x["b"]})).outputs[0].indices
    np.testing.assert_allclose(both.first[:2], [0.5, 0.5], atol=0.03)
    np.testing.assert_allclose(both.own[:2], [1.0 / 3.6, 1.0 / 3.6], atol=0.03)


def test_no_index_where_the_surrogate_does_not_predict():
    numbers = cube(100, 3)
    values = {name: numbers[:, i] for i, name in enumerate("abc")}
    noise = np.random.default_rng(0).normal(size=100)
    found = answers(*study(values, {"y": lambda x: x["a"] + noise}))
    one = found.outputs[0]
    assert one.surrogate.q2 < 0.9
    assert one.indices is None and not one.swings
    row = answer_document(found)[-1].rows[0]
    assert row[-1] == "not resolved" and row[-2].endswith("not resolved")


@pytest.mark.parametrize("selected_from", [40, 400])
def test_noise_is_never_predicted(selected_from):
    """Choosing terms from a large basis must not make noise look predicted."""
    numbers = cube(60, 12, seed=selected_from)
    values = {f"f{i}": numbers[:, i] for i in range(12)}
    noise = np.random.default_rng(selected_from).normal(size=60)
    assert answers(*study(values, {"y": lambda x: noise})).outputs[0].surrogate.q2 < 0.5
