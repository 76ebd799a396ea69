"""Text of the page of a library: answers, effects beside the yardsticks, basis and limits, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fem_lumbar import __version__
from fem_lumbar.comparison.asymmetry import asymmetry_floor
from fem_lumbar.comparison.compare import NEGLIGIBLE
from fem_lumbar.comparison.differences import RESOLVED_AT
from fem_lumbar.comparison.effects import Answer
from fem_lumbar.documents.comparison_notes import BARS_FROM, NO_BARS, mesh_error_unknown
from fem_lumbar.documents.evidence import Group, evidence
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.measures.quantities import label, unit
from fem_lumbar.questions.contraction.text import contraction_parts
from fem_lumbar.questions.mal.assumption_text import assumption_parts
from fem_lumbar.questions.mal.asymmetry import asymmetry_table, mirror_table
from fem_lumbar.questions.mal.interaction import interaction_table
from fem_lumbar.questions.mal.nerve import nerve_parts
from fem_lumbar.questions.mal.question import Question
from fem_lumbar.questions.mal.unit_load_table import unit_load_parts
from fem_lumbar.questions.mal.verdicts import MAL_PART, Finding, Found, LibraryRuns, domain_answer
from fem_lumbar.questions.mal.words import answers_in_words, error, hinges_table, place, signed

RULE = (
    f"Rule. An effect is resolved if it exceeds {RESOLVED_AT:g} times its combined numerical error, the root sum of "
    "squares of the algebraic errors of both runs and the mesh error of the effect (an upper estimate is used where "
    f"that is not known: see below). Each claim is read as a change of {100 * NEGLIGIBLE:g} % or more, relative to the "
    "value, to the largest rotation of the joint under that load (rotations), to left + right (side differences) or "
    "to the pull (unit pull). Supported: a resolved change of at least that size in at least one scenario and load "
    f"case. Contradicted: in every scenario and load case the change plus {RESOLVED_AT:g} errors is smaller, which is "
    "a null result for the claim even if a smaller effect is resolved. Not resolved: neither; the quantity that "
    "prevents an answer is named. Not tested: the runs lack the conditions under which a change could occur. A domain "
    "is supported by any one of its claims and contradicted only by all of them; only claims whose outcome was open "
    f"count. {100 * NEGLIGIBLE:g} %, {RESOLVED_AT:g} errors and adding them in squares are conventions."
)


@dataclass(frozen=True)
class LibraryText:
    """Text of the page by section; tables and paragraphs without content are left out.

    Attributes
    ----------
    asked, answer : Document
        Scenarios that were run, and the answer to each domain.
    results : Document
        Claims of each domain beside the yardsticks, and further results.
    methods : Document
        What the numerical errors include.
    evidence : Document
        Published evidence, and the scenarios with the claims stated in their headers.
    limits, assumptions : list of str
    """

    asked: Document
    answer: Document
    results: Document
    methods: Document
    evidence: Document
    limits: list[str]
    assumptions: list[str]

    @property
    def document(self) -> Document:
        """All sections as one document in reading order."""
        lists = [("What this does not establish", self.limits), ("Assumptions of the model", self.assumptions)]
        limits, assumptions = ([Paragraph.bulleted(lines, title)] if lines else [] for title, lines in lists)
        return [*self.asked, *self.answer, *self.results, *self.methods, *limits, *self.evidence, *assumptions]


def library_text(question: Question, library: LibraryRuns, findings: Mapping[str, Sequence[Finding]]) -> LibraryText:
    """Text of the page of a library."""
    results: Document = [
        _domain_table(domain.name, domain.question, question, findings[domain.name], library)
        for domain in question.domains
    ]
    results += [
        hinges_table(question, library),
        *(assumption_parts(library.assumptions, question) if "assumptions" in question.parts else []),
        *(unit_load_parts(library.unit_loads) if "unit_loads" in question.parts else []),
        *(contraction_parts(library.contraction) if "contraction" in question.parts else []),
        *(nerve_parts(library) if "nerve" in question.parts else []),
        interaction_table(library),
        Paragraph(yardstick_sentence(library, question), "One-sided atrophy and one-sided ossification"),
        asymmetry_table(library),
        mirror_table(library),
        _floor_table(library),
    ]
    return LibraryText(
        asked=[Paragraph(_head(library))],
        answer=_told(
            [answers_table(question, findings), Paragraph(answers_in_words(question, findings, library), "In words")]
        ),
        results=_told(results),
        methods=_told([Paragraph(_ground(library), "What the error bars include")]),
        evidence=_told([*(_evidence() if "evidence" in question.parts else []), _scenarios(library)]),
        limits=list(question.limits),
        assumptions=_assumptions(library),
    )


def _told(parts: Document) -> Document:
    """Parts that are not empty."""
    return [part for part in parts if (part.text if isinstance(part, Paragraph) else part.rows)]


def answers_table(question: Question, findings: Mapping[str, Sequence[Finding]]) -> Table:
    """The answer to each domain with the number of its claims."""
    answers = tuple(Answer)
    table = Table(
        "Answers, within the assumptions of the model",
        ("domain", "question", "answer", *(f"claims {answer.value}" for answer in answers)),
        note=RULE,
    )
    for domain in question.domains:
        found = findings[domain.name]
        counts = [sum(one.claim.scored and one.answer is answer for one in found) for answer in answers]
        table.rows.append((domain.name, domain.question, domain_answer(found).value, *map(str, counts)))
    return table


def yardstick_sentence(library: LibraryRuns, question: Question) -> str:
    """Effect of one-sided atrophy and ossification on facet forces and coupled rotation, in N, ° and %."""
    if not question.one_sided:
        return ""
    muscle, mal = question.one_sided
    if muscle not in library.comparisons or mal not in library.comparisons:
        return ""
    lines = []
    for case in library.common_cases:
        sizes: dict[tuple[str, ...], list[str]] = {}
        for name in (muscle, mal):
            for side in library.comparisons[name].sides:
                if side.case == case and side.path[0] == "facet_force_N":
                    sizes.setdefault(side.path, []).append(_sized(side, "of left + right"))
            for item in library.comparisons[name].differences:
                if item.case == case and item.path[0] == "rotation_deg" and item.path[-1] == "lateral_bending":
                    sizes.setdefault(item.path, []).append(_sized(item, "of the largest rotation there"))
        for path, (of_muscle, of_mal) in ((path, both) for path, both in sizes.items() if len(both) == 2):
            what = "facet force, left minus right, " + path[1] if path[0] == "facet_force_N" else label(path)
            lines.append(f"- {what} in {case_label(case)}: {muscle} {of_muscle}; {mal} {of_mal}.")
    return "\n".join(lines)


def _head(library: LibraryRuns) -> str:
    runs = list(library.runs.values())
    densities = ", ".join(dict.fromkeys(run.density for run in runs))
    texts = [
        f"{len(runs)} scenarios at mesh density {densities}, each compared with its symmetric twin on the same cells. "
        f"Load cases common to all of them, used for the common scale: "
        f"{', '.join(map(case_label, library.common_cases)) or 'none'}. fem-lumbar {__version__}."
    ]
    if library.missing:
        texts.append(f"No results: {', '.join(library.missing)}.")
    if library.out_of_date:
        texts.append(f"Out of date (excluded; the scenario has changed): {', '.join(library.out_of_date)}.")
    if library.failed:
        texts.append(f"Failed (excluded): {', '.join(library.failed)}.")
    if len({run.summary["provenance"].get("program_sha256") for run in runs}) > 1:
        texts.append("These results come from different versions of the program; rerun the library.")
    return "\n\n".join(texts)


def _domain_table(
    name: str, asked: str, question: Question, findings: Sequence[Finding], library: LibraryRuns
) -> Table:
    ours = {question.asked_by(one.claim)[0] for one in findings}
    told = question.groups.get(min(ours), min(ours)) if len(ours) == 1 else "asked about"
    with_parts = any(MAL_PART in one.by_group for one in findings)
    yardsticks = [group for group in question.yardsticks if any(group in one.by_group for one in findings)]
    columns = ["claim about", "answer", f"{told}: effect", "± error", "%", "where"]
    columns += [f"{question.groups[group]}: effect" for group in yardsticks]
    columns += [f"{question.subject} over {group}" for group in yardsticks]
    columns += [*(["MAL in a combination"] if with_parts else []), "largest in any load"]
    cases = ", ".join(map(case_label, library.common_cases))
    shown = [one for one in findings if not one.claim.scored]
    table = Table(
        f"{name[0].upper()}{name[1:]}: {asked}",
        columns,
        note=f"Effects in {cases}; the last column is over all load cases of the scenarios that answer."
        + "".join(f" * {one.claim.title}: {one.claim.follows_from}." for one in shown),
    )
    for finding in findings:
        found = finding.by_group.get(question.asked_by(finding.claim)[0])
        answer = finding.answer.value if finding.claim.scored else "follows from the inputs *"
        cells = [finding.claim.title, answer]
        cells += _effect_cells(found)
        cells += [_short(finding.by_group.get(group)) for group in yardsticks]
        cells += [number(finding.against(group, question), 2) for group in yardsticks]
        cells += [_short(finding.by_group.get(MAL_PART))] if with_parts else []
        cells.append(_short(finding.asked, with_case=True))
        table.rows.append(tuple(cells))
    return table


def _effect_cells(found: Found | None) -> list[str]:
    if found is None:
        return ["—"] * 4
    item = found.effect.item
    size = number(100 * abs(item.relative), 2) if found.effect.resolved else _bound(found)
    return [signed(item), error(item), size, f"{place(item)}, {found.scenario}"]


def _bound(found: Found) -> str:
    largest = found.effect.largest
    return "not resolved" if largest is None else f"not resolved, < {number(100 * largest, 2)}"


def _short(found: Found | None, with_case: bool = False) -> str:
    if found is None:
        return "—"
    item = found.effect.item
    size = f"{number(100 * abs(item.relative), 2)} %" if found.effect.resolved else f"{_bound(found)} %"
    case = f", {case_label(item.case)}" if with_case else ""
    return f"{signed(item)} ({size}; {found.scenario}{case})"


def _sized(item: Any, of_what: str) -> str:
    told = f"{signed(item)} ({number(100 * abs(item.relative), 2)} % {of_what}, error {error(item)})"
    return told if item.floor is not None and abs(item.delta) > item.floor else f"{told}, not resolved"


def _floor_table(library: LibraryRuns) -> Table:
    table = Table(
        "Asymmetry floor of the symmetric twins",
        ("twin", "load case", "kind of number", "largest left − right", "unit"),
        note="In these runs left and right differ only by numerical error.",
    )
    for entry in library.entries:
        if entry.against is None and entry.name in library.runs:
            run = library.runs[entry.name]
            for case, floors in asymmetry_floor(run.summary, run.resolved).items():
                for key, value in floors.items():
                    if key[0] in ("facet_force_N", "rotation_deg", "idp_MPa", "disc_bulge_mm"):
                        table.rows.append((entry.name, case_label(case), label(key), number(value, 2), unit(key)))
    return table


def _ground(library: LibraryRuns) -> str:
    comparisons = list(library.comparisons.values())
    origin = next((one.bars_from for one in comparisons if one.bars_from), "")
    texts = [BARS_FROM.format(origin) if origin else NO_BARS]
    if any(map(mesh_error_unknown, comparisons)):
        texts.append(
            "Where the mesh error of an effect is not known, the largest known of its kind is used, or else the effect "
            "itself, which is then never resolved."
        )
    if any(one.moved_mesh for one in comparisons):
        texts.append(
            "A change of shape (tropism, degeneration) moves the nodes of the same cells; its discretisation error is "
            "treated as for identical meshes. Compare 5° and 10° of tropism: an effect of the anatomy is about half as "
            "large at 5°."
        )
    return "\n\n".join(texts)


def _evidence() -> list[Paragraph]:
    titles: dict[Group, str] = {
        "hypothesis": "The hypothesis",
        "for": "Evidence for it",
        "against": "Evidence against it",
    }
    return [Paragraph.bulleted(evidence(group), title) for group, title in titles.items()]


def _scenarios(library: LibraryRuns) -> Table:
    columns = ("scenario", "title", "against", "claim", "mechanism", "expectation", "source", "results")
    table = Table("The scenarios", columns)
    for entry in library.entries:
        run = library.runs.get(entry.name)
        state = "not there" if run is None else run.status
        stated = (entry.claim, entry.mechanism, entry.expectation, entry.source)
        table.rows.append((entry.name, entry.title, entry.against or "—", *stated, state))
    return table


def _assumptions(library: LibraryRuns) -> list[str]:
    """Assumptions of the runs, without duplicates."""
    lines = [line for run in library.runs.values() for line in run.summary.get("assumptions", [])]
    return list(dict.fromkeys(lines))
