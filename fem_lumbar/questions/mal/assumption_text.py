"""Text on the assumptions behind the answers: which ones would reverse them, and which ones matter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.comparison.compare import NEGLIGIBLE
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.questions.mal.assumptions import FOLDER, AssumptionStudy, Reaction
from fem_lumbar.questions.mal.question import Question
from fem_lumbar.questions.mal.words import place
from fem_lumbar.studies.answers.surrogate import RESOLVED_Q2

TITLE = "What would turn the answers"
_MOST = 3
_SMALLEST_SHARE = 0.05
_LIMIT = f"{100 * NEGLIGIBLE:g} %"


def assumption_parts(study: AssumptionStudy | None, question: Question) -> Document:
    """Claims over the ranges of the assumptions, or how to compute that if it has not been computed."""
    if study is None or not study.comparisons:
        told = (
            f"Not computed: how the answers react to the assumptions, all at once. "
            f"`fem-lumbar study run studies/mal_assumptions.yaml --out FOLDER/{FOLDER}` does that, where "
            "FOLDER is that of this page."
        )
        return [Paragraph(told, TITLE)]
    claims = [claim for domain in question.domains for claim in domain.claims if claim.scored]
    reactions = [found for claim in claims if (found := study.reaction(claim)) is not None]
    count, wanted = len(study.comparisons), study.manifest.design["points"]
    cases = ", ".join(map(case_label, study.manifest.load_cases))
    names = ", ".join(factor.name for factor in study.points.factors)
    columns = (
        "claim about", "number that changes most", "median", "95 % of pairs below", "largest", f"pairs with {_LIMIT}",
        "rests on", "what turns it",
    )  # fmt: skip
    note = (
        f"{count} of {wanted} pairs of runs, {study.manifest.design['change of']}, in {cases} at density "
        f"{study.manifest.density}; {len(study.points.factors)} assumptions vary over their ranges at once: {names}. "
        "Sizes are of the largest change of any number of a claim; numerical errors are left out of them, so a pair "
        f"with {_LIMIT} shows that the claim may hold there, not that it is supported. 'Rests on': part of the "
        "variance of the number that changes most, with interactions; no part is given where the surrogate has a Q² "
        f"below {RESOLVED_Q2:g}."
    )
    rows: list[Sequence[str]] = [
        (
            found.claim.title,
            f"{place(found.item)}, {case_label(found.item.case)}",
            _per_cent(float(np.median(found.largest))),
            _per_cent(float(np.percentile(found.largest, 95.0))),
            _per_cent(float(found.largest.max())),
            f"{int(found.reached.sum())} of {count}",
            _rests_on(found),
            _turned_by(found, study),
        )
        for found in reactions
    ]
    return [Table(TITLE, columns, rows, note=note)]


def _rests_on(found: Reaction) -> str:
    if not found.shares:
        return "not resolved" if found.q2 is None else f"not resolved (Q² {found.q2:.2f})"
    leading = sorted(found.shares.items(), key=lambda one: -one[1])[:_MOST]
    return ", ".join(f"{name} {100 * part:.0f} %" for name, part in leading if part >= _SMALLEST_SHARE)


def _turned_by(found: Reaction, study: AssumptionStudy) -> str:
    """Where a change reaches the limit: values of the most important assumption there and elsewhere."""
    if not found.reached.any():
        return f"none of these values: no pair reaches {_LIMIT}"
    if found.reached.all():
        return f"none of these values: every pair reaches {_LIMIT}"
    if not found.shares:
        return f"not resolved, but {_LIMIT} is reached in some pairs"
    name = max(found.shares, key=lambda one: found.shares[one])
    factor, values = study.points.factors[study.points.index(name)], study.values(name)
    there, elsewhere = (float(np.median(values[which])) for which in (found.reached, ~found.reached))
    return f"{name}: median {factor.shown(there)} where {_LIMIT} is reached, {factor.shown(elsewhere)} elsewhere"


def _per_cent(value: float) -> str:
    return f"{number(100.0 * value, 2)} %"
