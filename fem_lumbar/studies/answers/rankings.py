"""Published rankings of factors for validation, compared with those of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field
from scipy import stats

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import StrictModel, read_data
from fem_lumbar.scenario.problems import unknown_name


class Ranking(StrictModel):
    """A published ranking, as in the data file."""

    title: str
    over: Literal["factors", "load_cases"]
    source: str
    doi: str
    seen: str
    order: tuple[tuple[str, ...], ...] = Field(min_length=1)
    others_below: bool
    factors: dict[str, tuple[str, ...]] = {}
    load_cases: dict[str, str] = {}
    outputs: tuple[str, ...] = ("*",)


@dataclass(frozen=True)
class RankingAnswer:
    """A published ranking compared with that of a study.

    Attributes
    ----------
    ranking : Ranking
    items : tuple of (str, int, float or None)
        Name, published group (1 is the highest; the last one is for items without a group) and score in the study, in
        descending order of score; None if the study has no score.
    tau, p : float or None
        Rank correlation (Kendall's tau-b, which allows ties in published groups) and its p value; None with fewer than
        two scored items or groups.
    """

    ranking: Ranking
    items: tuple[tuple[str, int, float | None], ...]
    tau: float | None
    p: float | None


@cache
def known_rankings() -> dict[str, Ranking]:
    """All published rankings by name."""
    data = read_data(Path(__file__).parent / "data" / "rankings.yaml")
    return {name: Ranking.model_validate(entry) for name, entry in data.items()}


def known_ranking(name: str) -> Ranking:
    """The published ranking of a name.

    Raises
    ------
    InputError
        When there is none of that name.
    """
    if name not in known_rankings():
        raise InputError(f"ranking {unknown_name(name, known_rankings())}")
    return known_rankings()[name]


def compare_ranking(ranking: Ranking, scores: Mapping[str, float]) -> RankingAnswer:
    """Compare a published ranking with the scores of a study.

    Parameters
    ----------
    ranking : Ranking
    scores : mapping of str to float
        Score of each factor or load case of the study, NaN if it has none.
    """
    group = {name: place + 1 for place, names in enumerate(ranking.order) for name in names}
    items: list[tuple[str, int, float | None]] = []
    used: set[str] = set()
    for name, place in group.items():
        members = _members(ranking, name, scores)
        used.update(members)
        known = [scores[member] for member in members if np.isfinite(scores[member])]
        items.append((name, place, max(known, default=None)))
    if ranking.others_below:
        last = len(ranking.order) + 1
        rest = [
            (name, last, score if np.isfinite(score) else None) for name, score in scores.items() if name not in used
        ]
        items.extend(rest)
    scored = [(place, score) for _, place, score in items if score is not None]
    tau, p = None, None
    if len(scored) >= 2 and len({place for place, _ in scored}) >= 2 and len({score for _, score in scored}) >= 2:
        found = stats.kendalltau([-place for place, _ in scored], [score for _, score in scored])
        tau, p = float(found.statistic), float(found.pvalue)
    order = sorted(items, key=lambda item: (item[2] is None, -(item[2] or 0.0)))
    return RankingAnswer(ranking, tuple(order), tau, p)


def _members(ranking: Ranking, name: str, scores: Mapping[str, float]) -> list[str]:
    if ranking.over == "load_cases":
        return [case for case in (ranking.load_cases[name],) if case in scores]
    return [one for one in scores if any(fnmatchcase(one, pattern) for pattern in ranking.factors[name])]
