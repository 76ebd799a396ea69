"""Two groups: areas under the curve, odds ratios, overlap and sizes of studies against known ones."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.studies.answers.asks import Asks
from fem_lumbar.studies.answers.gather import answers
from fem_lumbar.studies.answers.group_text import answer_word, groups_document
from fem_lumbar.studies.answers.resolution import Resolution
from fem_lumbar.studies.answers.two_groups import (
    Share,
    area_under_curve,
    odds_ratio,
    overlap,
    persons_by_area,
    persons_by_shares,
)
from tests.studies.synthetic_study import study


def test_area_counts_ordered_pairs():
    random = np.random.default_rng(0)
    first, second = random.integers(0, 8, 23), random.integers(0, 6, 31)
    pairs = np.mean([(a > b) + 0.5 * (a == b) for a in first for b in second])
    assert area_under_curve(first, second).value == pytest.approx(pairs)


def test_area_of_normal_groups_and_its_interval():
    """Binormal area Φ(d/√2); the interval holds it in about 95 of 100 samples."""
    known, held, random = norm.cdf(0.8 / np.sqrt(2.0)), 0, np.random.default_rng(1)
    for _ in range(1000):
        found = area_under_curve(random.normal(0.8, 1.0, 40), random.normal(0.0, 1.0, 120))
        held += found.low <= known <= found.high
    assert 0.93 <= held / 1000 <= 0.97


def test_areas_without_overlap_keep_an_interval():
    found = area_under_curve(np.arange(10.0) + 100.0, np.arange(20.0))
    assert found.value == 1.0 and 0.6 < found.low < 0.8 and found.high == 1.0


def test_odds_ratio_of_fishers_tea():
    """Fisher's tea tasting: the conditional estimate of R's fisher.test, and limits that solve the exact equations."""
    found = odds_ratio(Share(3, 4), Share(1, 4))
    assert found.value == pytest.approx(6.408309, rel=1e-4)

    def chances(ratio):
        weights = np.array([1.0, 16.0, 36.0, 16.0, 1.0]) * ratio ** np.arange(5)
        return weights / weights.sum()

    assert chances(found.low)[3:].sum() == pytest.approx(0.025, rel=1e-3)
    assert chances(found.high)[:4].sum() == pytest.approx(0.025, rel=1e-3)
    large = odds_ratio(Share(600, 1000), Share(300, 1000))
    assert large.value == pytest.approx(600 * 700 / (400 * 300), rel=0.01)


def test_overlap_of_normal_groups():
    random = np.random.default_rng(1)
    found = overlap(random.normal(1.0, 1.0, 20000), random.normal(0.0, 1.0, 20000))
    assert found == pytest.approx(2.0 * norm.cdf(-0.5), abs=0.01)


def test_sizes_of_studies():
    """Published closed forms: Noether 1987, and 0.6 against 0.4 in equal groups (97 a group: Fleiss 1981)."""
    assert persons_by_area(0.7, 0.5) == np.ceil((1.959964 + 0.841621) ** 2 / (12 * 0.25 * 0.04))
    assert persons_by_shares(0.6, 0.4, 0.5) in (193, 194)
    assert persons_by_area(0.5, 0.5) == np.inf and persons_by_shares(0.3, 0.3, 0.5) == np.inf


def test_power_of_the_size_found():
    """So many persons see the area in about 80 of 100 studies."""
    from scipy.stats import mannwhitneyu

    shift, share = 0.6, 0.25
    count = int(persons_by_area(norm.cdf(shift / np.sqrt(2.0)), share))
    with_it, random = round(share * count), np.random.default_rng(5)
    seen = [
        mannwhitneyu(random.normal(shift, 1.0, with_it), random.normal(0.0, 1.0, count - with_it)).pvalue < 0.05
        for _ in range(400)
    ]
    assert 0.73 <= np.mean(seen) <= 0.87


def cohort(effect, count=300, floor=1e-6, **comparison):
    random = np.random.default_rng(8)
    values = {
        "mal": np.array(["fibrous", "type_III"])[(random.random(count) < 0.26).astype(int)],
        "size": random.normal(0.0, 1.0, count),
        "modulus": random.uniform(0.0, 2.0, count),
    }
    asks = {
        "comparisons": [
            {
                "title": "type III",
                "finding": {"mal": "type_III"},
                "outcomes": [{"case": "standing", "output": "force", "highest": 0.2}],
                **comparison,
            }
        ]
    }

    def force(x):
        return 10.0 + x["size"] + effect * x["modulus"] * (x["mal"] == "type_III")

    manifest, frame = study(values, {"force": force}, floor=floor, mesh_error=1e-3, asks=asks)
    return answers(manifest, frame, Asks.model_validate(manifest.asks))


def test_a_null_effect_is_not_visible():
    one = cohort(0.0).groups[0]
    assert answer_word(one) == "not visible"
    assert one.area.low < 0.5 < one.area.high and one.persons[2] == np.inf
    assert one.odds.low < 1.0 < one.odds.high
    assert any("not visible" in row for part in groups_document([one]) if hasattr(part, "rows") for row in part.rows)


def test_a_strong_effect_is_visible_unless_errors_or_assumptions_hide_it():
    one = cohort(2.0).groups[0]
    assert one.visible and one.area.value > 0.75 and one.persons[2] < 100
    assert one.finding_with.value > one.finding_without.value
    assert not cohort(2.0, floor=5.0).groups[0].visible
    hidden = cohort(2.0, assumed=["modulus"]).groups[0]
    assert hidden.assumed[0] < 0.55 < 0.85 < hidden.assumed[1]
    assert hidden.whole_interval[0] < one.whole_interval[0]


def test_what_is_not_known_stands_beside_visible():
    strong = cohort(2.0).groups[0]
    assert answer_word(strong) == "visible"
    with_assumed = cohort(2.0, assumed=["size"]).groups[0].comparison
    unknown = replace(strong, resolution=Resolution.ON_THIS_MESH, comparison=with_assumed)
    assert answer_word(unknown) == "visible (on this mesh, assumed factors not carried through)"


def test_an_output_that_no_person_has_leaves_the_other_answers():
    outcomes = [{"case": "standing", "output": "closed_mm"}, {"case": "standing", "output": "force"}]
    assert [answer_word(one) for one in cohort(2.0, outcomes=outcomes).groups] == ["too few persons", "visible"]


def test_an_outcome_that_nobody_has_gives_no_odds_ratio():
    outcomes = [{"case": "standing", "output": "force", "above": 1e9}]
    odds = groups_document(cohort(2.0, outcomes=outcomes).groups)[-1]
    assert odds.rows[0][2] == "—"


def test_few_persons_and_wrong_names():
    assert answer_word(cohort(1.0, finding={"mal": "type_II"}).groups[0]) == "too few persons"
    with pytest.raises(InputError, match="did you mean"):
        cohort(1.0, finding={"mall": "type_III"})
    with pytest.raises(InputError, match="did you mean"):
        cohort(1.0, outcomes=[{"case": "standin", "output": "force"}])
