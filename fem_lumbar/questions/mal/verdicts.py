"""Evaluation of a question for a library of runs: effects by claim, beside the yardsticks, and the answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fem_lumbar.comparison.differences import Comparison
from fem_lumbar.comparison.effects import Answer, Effect, Quality, joint_answer, largest_effect
from fem_lumbar.comparison.unit_pull import split_effect
from fem_lumbar.documents.comparison_text import compare_runs
from fem_lumbar.measures.quantities import mirrored_case
from fem_lumbar.questions.contraction.kept import stored_contraction
from fem_lumbar.questions.contraction.study import ContractionStudy
from fem_lumbar.questions.mal.assumptions import AssumptionStudy, assumption_study
from fem_lumbar.questions.mal.library import Entry
from fem_lumbar.questions.mal.needs import unmet
from fem_lumbar.questions.mal.question import Claim, Question
from fem_lumbar.questions.mal.unit_loads import UnitLoads, stored_unit_loads
from fem_lumbar.runs.run import SUMMARY, Run, load_run

MAL_PART = "part of the MAL in a combination"
"""Group name for comparisons of a combination with the scenario that differs only in the MAL."""


@dataclass(frozen=True)
class Found:
    """An effect and the scenario in which it was found."""

    scenario: str
    effect: Effect


@dataclass(frozen=True)
class Finding:
    """Result of a library for one claim.

    Attributes
    ----------
    claim : Claim
        The claim.
    by_group : dict
        Largest effect in each group of scenarios, over the load cases that all scenarios have.
    asked : Found or None
        Largest effect among the scenarios that answer the claim, in any load case.
    answer : Answer
        Answer by all of these effects.
    untested : str
        Why the claim is not tested; empty if it is.
    blocker : Found or None
        For an answer that is not resolved: the effect that prevents an answer most.
    """

    claim: Claim
    by_group: Mapping[str, Found]
    asked: Found | None
    answer: Answer
    untested: str = ""
    blocker: Found | None = None

    def against(self, group: str, question: Question) -> float | None:
        """Largest effect of the first group that answers, relative to that of a yardstick; both must be resolved."""
        ours, theirs = self.by_group.get(question.asked_by(self.claim)[0]), self.by_group.get(group)
        if ours is None or theirs is None or not (ours.effect.resolved and theirs.effect.resolved):
            return None
        return abs(ours.effect.item.relative / theirs.effect.item.relative)


@dataclass(frozen=True)
class LibraryRuns:
    """The runs of a library and their references.

    Attributes
    ----------
    entries : tuple of Entry
        All scenarios.
    runs : dict
        Run of each scenario with results.
    out_of_date : tuple of str
        Scenarios whose results belong to an earlier version of the scenario.
    unit_loads : UnitLoads or None
        Responses of the MALs of the first twin to unit loads, if solved.
    contraction : ContractionStudy or None
        The MALs of the first twin from rest to maximal contraction, if solved.
    assumptions : AssumptionStudy or None
        Pairs over the ranges of all assumptions, if stored beside the results.
    """

    entries: tuple[Entry, ...]
    runs: Mapping[str, Run]
    out_of_date: tuple[str, ...] = ()
    unit_loads: UnitLoads | None = None
    contraction: ContractionStudy | None = None
    assumptions: AssumptionStudy | None = None

    @cached_property
    def comparisons(self) -> dict[str, Comparison]:
        """Each scenario compared with its twin, by its name."""
        return self._compared("against")

    @cached_property
    def mal_parts(self) -> dict[str, Comparison]:
        """Each combination compared with the scenario that differs only in the MAL, by its name."""
        return self._compared("mal_against")

    @cached_property
    def common_cases(self) -> tuple[str, ...]:
        """Load cases that every scenario has."""
        cases = [list(run.converged) for name, run in self.runs.items() if name not in self.failed]
        return tuple(case for case in (cases[0] if cases else ()) if all(case in others for others in cases))

    def entry(self, name: str) -> Entry:
        """The scenario with that name."""
        return next(entry for entry in self.entries if entry.name == name)

    def asked_runs(self, question: Question, claim: Claim | None = None) -> list[Run]:
        """Runs whose effects answer the claims of a question, or one claim; failed runs are left out."""
        asked = question.asked if claim is None else question.asked_by(claim)
        told = [name for name in self.comparisons if self.entry(name).group in asked]
        parts = self.mal_parts if MAL_PART in asked else {}
        return [self.runs[name] for name in dict.fromkeys([*told, *parts])]

    @property
    def missing(self) -> list[str]:
        """Scenarios without results."""
        return [entry.name for entry in self.entries if entry.name not in (*self.runs, *self.out_of_date)]

    @property
    def failed(self) -> list[str]:
        """Scenarios in which a load case did not converge or failed a check."""
        return [name for name, run in self.runs.items() if not run.completed]

    def _compared(self, key: str) -> dict[str, Comparison]:
        return {
            entry.name: compare_runs(self.runs[other], self.runs[entry.name])
            for entry in self.entries
            if {other := getattr(entry, key), entry.name} <= self.runs.keys() - set(self.failed)
        }


def library_runs(entries: Iterable[Entry], out: Path) -> LibraryRuns:
    """The runs of a library that are stored in a folder."""
    entries = tuple(entries)
    same, changed = {}, []
    for entry in entries:
        if (out / entry.name / SUMMARY).is_file():
            run = load_run(out / entry.name)
            if run.summary["provenance"]["scenario_sha256"] == entry.scenario.sha256:
                same[entry.name] = run
            else:
                changed.append(entry.name)
    twin = next((entry for entry in entries if entry.against is None), None)
    if twin is None:
        return LibraryRuns(entries, same, tuple(changed))
    return LibraryRuns(
        entries,
        same,
        tuple(changed),
        stored_unit_loads(twin.scenario, out),
        stored_contraction(twin.scenario, out),
        assumption_study(out, same[twin.name].resolved) if twin.name in same else None,
    )


def find(question: Question, library: LibraryRuns) -> dict[str, list[Finding]]:
    """Result for every claim, by the name of its domain."""
    return {domain.name: [_finding(claim, question, library) for claim in domain.claims] for domain in question.domains}


def domain_answer(findings: Iterable[Finding]) -> Answer:
    """The answer to a domain: supported by one scored claim, contradicted only by all of them."""
    return joint_answer(finding.answer for finding in findings if finding.claim.scored)


def _finding(claim: Claim, question: Question, library: LibraryRuns) -> Finding:
    by_group, asked = _of_unit_pull(claim, question, library) if claim.unit_pull else _of_runs(claim, question, library)
    answer = joint_answer(found.effect.answer for found in asked)
    untested = "" if answer is Answer.SUPPORTED else unmet(claim.need, library.asked_runs(question, claim))
    if untested:
        answer = Answer.NOT_TESTED
    open_ = [found for found in asked if found.effect.answer is Answer.NOT_RESOLVED]
    return Finding(
        claim=claim,
        by_group=by_group,
        asked=max(asked, key=_size, default=None),
        answer=answer,
        untested=untested,
        blocker=max(open_, key=_bound, default=None) if answer is Answer.NOT_RESOLVED else None,
    )


def _of_unit_pull(claim: Claim, question: Question, library: LibraryRuns) -> tuple[dict[str, Found], list[Found]]:
    """Effects on the distribution of a unit load in the answering states, assigned to the first answering group."""
    loads = library.unit_loads
    if loads is None:
        return {}, []
    asked = []
    for state in claim.unit_pull:
        effect = split_effect(loads.here, loads.coarser, state)
        if effect is not None:
            asked.append(Found(state, effect))
    return ({question.asked_by(claim)[0]: max(asked, key=_size)} if asked else {}), asked


def _of_runs(claim: Claim, question: Question, library: LibraryRuns) -> tuple[dict[str, Found], list[Found]]:
    """Largest effect of each group in the common load cases, and the answering effects in any load case."""
    by_group: dict[str, Found] = {}
    asked: list[Found | None] = []
    for name, comparison in library.comparisons.items():
        group, run = library.entry(name).group, library.runs[name]
        _keep_larger(by_group, group, _effect(claim, run, comparison, library.common_cases))
        if group in question.asked_by(claim):
            asked.append(_effect(claim, run, comparison, run.converged))
    for name, comparison in library.mal_parts.items():
        run = library.runs[name]
        _keep_larger(by_group, MAL_PART, _effect(claim, run, comparison, library.common_cases))
        if MAL_PART in question.asked_by(claim):
            asked.append(_effect(claim, run, comparison, run.converged))
    return by_group, [found for found in asked if found is not None]


def _effect(claim: Claim, run: Run, comparison: Comparison, cases: Iterable[str]) -> Found | None:
    """The largest effect; rotations are skipped if muscles are balanced so that no joint rotates."""
    if claim.family is None:
        return None
    coupled = claim.family.quality is Quality.COUPLED
    kept = [
        case
        for case in cases
        if not (coupled and mirrored_case(case, run.converged) != case)
        and not (claim.family.has_rotations and run.converged[case]["applied"].get("muscles_balanced"))
    ]
    effect = largest_effect(claim.family, comparison, kept)
    return None if effect is None else Found(run.name, effect)


def _keep_larger(found: dict[str, Found], group: str, new: Found | None) -> None:
    if new is not None and (group not in found or _size(new) > _size(found[group])):
        found[group] = new


def _size(found: Found) -> tuple[bool, float]:
    return found.effect.resolved, abs(found.effect.item.relative)


def _bound(found: Found) -> float:
    return math.inf if found.effect.largest is None else found.effect.largest
