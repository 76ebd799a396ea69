"""Text on published rankings beside those of a study."""

from __future__ import annotations

from collections.abc import Sequence

from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.studies.answers.rankings import RankingAnswer


def rankings_document(rankings: Sequence[RankingAnswer]) -> Document:
    """A table for each published ranking."""
    return [part for one in rankings for part in _ranking(one)]


def _ranking(one: RankingAnswer) -> Document:
    ranking = one.ranking
    told = f"{ranking.source} (doi:{ranking.doi}). Seen: {ranking.seen}."
    if one.tau is None:
        answer = "The study does not score enough of these to compare."
    else:
        answer = f"Rank correlation (Kendall's tau-b) {one.tau:.2f}, p = {number(one.p, 2)}."
    last = len(ranking.order) + (1 if ranking.others_below else 0)
    rows: list[Sequence[str]] = [
        [
            str(place),
            name,
            "less important" if published > len(ranking.order) else f"{published} of {last}",
            "not resolved" if score is None else number(score),
        ]
        for place, (name, published, score) in enumerate(one.items, 1)
    ]
    scored = "mean total index" if ranking.over == "factors" else "mean size"
    note = f"Score: {scored} over the outputs that are resolved (Morris, one at a time: part of the sum of effects)."
    columns = ["place here", "what", "published group", "score"]
    return [Paragraph(f"{told}\n\n{answer}", f"Known ranking: {ranking.title}"), Table("", columns, rows, note)]
