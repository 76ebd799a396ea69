"""Published rankings beside those of studies."""

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.studies.answers.asks import Asks
from fem_lumbar.studies.answers.gather import answers
from fem_lumbar.studies.answers.ranking_text import rankings_document
from fem_lumbar.studies.answers.rankings import compare_ranking, known_ranking, known_rankings
from tests.studies.synthetic_study import cube, study


def test_every_ranking_is_whole():
    for ranking in known_rankings().values():
        names = [name for group in ranking.order for name in group]
        assert len(names) == len(set(names))
        assert set(names) == set(ranking.factors if ranking.over == "factors" else ranking.load_cases)
        assert ranking.source and ranking.doi and ranking.seen


def test_order_of_load_cases():
    du = known_ranking("du_2016")
    cases = ["lateral_bending_left", "flexion", "lateral_bending_right", "extension", "axial_rotation_left"]
    assert compare_ranking(du, dict(zip(cases, [5.0, 4.0, 3.0, 2.0, 1.0]))).tau == pytest.approx(1.0)
    assert compare_ranking(du, dict(zip(cases, [1.0, 2.0, 3.0, 4.0, 5.0]))).tau == pytest.approx(-1.0)
    part = compare_ranking(du, {"flexion": 2.0, "extension": np.nan})
    assert part.tau is None and part.items[-1][2] is None


def test_ranking_of_a_study():
    names = ["disc_height", "facet_gap", "lamina_height", "spinous_height"]
    numbers = cube(60, 4)
    values = {name: numbers[:, i] for i, name in enumerate(names)}
    formula = lambda x: 4.0 * x["disc_height"] + 3.0 * x["facet_gap"] + x["lamina_height"] + 0.3 * x["spinous_height"]  # noqa: E731
    found = answers(*study(values, {"y": formula}), Asks(rankings=("niemeyer_2012",)))
    one = found.rankings[0]
    assert [item[0] for item in one.items[:4]] == ["disc height", "facet gap", "lamina_height", "spinous_height"]
    assert one.tau == pytest.approx(4.0 / np.sqrt(4.0 * 6.0))  # the largest there is with two published groups of two
    assert "Niemeyer" in rankings_document(found.rankings)[0].text
    with pytest.raises(InputError, match="did you mean"):
        known_ranking("niemeyer_2013")
