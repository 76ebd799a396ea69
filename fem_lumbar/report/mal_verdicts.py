"""The question of the MAL put to a library of runs: effects by claim, beside the yardsticks, and the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from fem_lumbar.analysis.differences import Comparison
from fem_lumbar.analysis.effects import Answer, Effect, Family, Quality, joint_answer, largest_effect
from fem_lumbar.analysis.quantities import mirrored_case
from fem_lumbar.errors import InputError
from fem_lumbar.report.comparison_text import compare_runs
from fem_lumbar.report.results import SUMMARY, Run, load_run
from fem_lumbar.scenario.problems import nearest_names, unknown_name
from fem_lumbar.study.library import Entry

QUESTION = "data/mal_question.yaml"
MAL_PART = "part of the MAL in a combination"
"""Group of the comparisons of a combination with the scenario that differs from it in the MAL alone."""


@dataclass(frozen=True)
class Claim:
    """A sentence about a family of numbers; one that is not scored counts for no verdict."""

    title: str
    text: str
    family: Family
    scored: bool


@dataclass(frozen=True)
class Domain:
    """A domain of the hypothesis with its claims."""

    name: str
    question: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Question:
    """What is asked of the library.

    Attributes
    ----------
    groups : dict
        Groups of scenarios and what they are called.
    asked, yardsticks : tuple of str
        Groups whose effects answer the claims, and those they are held against.
    domains : tuple of Domain
        The claims.
    limits : tuple of str
        What the answers do not establish.
    """

    groups: Mapping[str, str]
    asked: tuple[str, ...]
    yardsticks: tuple[str, ...]
    domains: tuple[Domain, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """An effect and the scenario it was found in."""

    scenario: str
    effect: Effect


@dataclass(frozen=True)
class Finding:
    """What the library says about a claim.

    Attributes
    ----------
    claim : Claim
        The claim.
    by_group : dict
        Largest effect in each group of scenarios, in the load cases that all scenarios have.
    asked : Found or None
        Largest effect of those that answer the claim, in any load case.
    answer : Answer
        What they say together.
    """

    claim: Claim
    by_group: Mapping[str, Found]
    asked: Found | None
    answer: Answer

    def against(self, group: str, question: Question) -> float | None:
        """Largest effect of the ossified MAL (first group that is asked) over that of a yardstick, both resolved."""
        ours, theirs = self.by_group.get(question.asked[0]), self.by_group.get(group)
        if ours is None or theirs is None or not (ours.effect.resolved and theirs.effect.resolved):
            return None
        return abs(ours.effect.item.relative / theirs.effect.item.relative)


@dataclass(frozen=True)
class LibraryRuns:
    """The runs of a library and what each is compared with.

    Attributes
    ----------
    entries : tuple of Entry
        All scenarios.
    runs : dict
        Run of each scenario whose results are there.
    out_of_date : tuple of str
        Scenarios whose results are there, but of what the scenario said before.
    """

    entries: tuple[Entry, ...]
    runs: Mapping[str, Run]
    out_of_date: tuple[str, ...] = ()

    @cached_property
    def comparisons(self) -> dict[str, Comparison]:
        """Each scenario against its twin, by its name."""
        return self._compared("against")

    @cached_property
    def mal_parts(self) -> dict[str, Comparison]:
        """Each combination against the scenario that differs from it in the MAL alone, by its name."""
        return self._compared("mal_against")

    @cached_property
    def common_cases(self) -> tuple[str, ...]:
        """Load cases that every scenario has."""
        cases = [list(run.converged) for name, run in self.runs.items() if name not in self.failed]
        return tuple(case for case in (cases[0] if cases else ()) if all(case in others for others in cases))

    def entry(self, name: str) -> Entry:
        """The scenario of that name."""
        return next(entry for entry in self.entries if entry.name == name)

    @property
    def missing(self) -> list[str]:
        """Scenarios without results."""
        return [entry.name for entry in self.entries if entry.name not in (*self.runs, *self.out_of_date)]

    @property
    def failed(self) -> list[str]:
        """Scenarios that did not converge or failed a check, in any load case."""
        return [name for name, run in self.runs.items() if run.summary["status"] != "completed"]

    def _compared(self, key: str) -> dict[str, Comparison]:
        return {
            entry.name: compare_runs(self.runs[other], self.runs[entry.name])
            for entry in self.entries
            if {other := getattr(entry, key), entry.name} <= self.runs.keys() - set(self.failed)
        }


def library_runs(entries: Iterable[Entry], out: Path) -> LibraryRuns:
    """The runs of a library that are in a folder."""
    entries = tuple(entries)
    same, changed = {}, []
    for entry in entries:
        if (out / entry.name / SUMMARY).is_file():
            run = load_run(out / entry.name)
            if run.summary["provenance"]["scenario_sha256"] == entry.scenario.sha256:
                same[entry.name] = run
            else:
                changed.append(entry.name)
    return LibraryRuns(entries, same, tuple(changed))


def require_known_groups(question: Question, entries: Iterable[Entry]) -> None:
    """Refuse a group whose name is nearly one that is asked about; other groups of one's own answer no claim.

    Raises
    ------
    InputError
        With the file, the group, and the nearest one that there is.
    """
    for entry in entries:
        if entry.group not in (*question.groups, "reference") and nearest_names(entry.group, question.groups):
            raise InputError(f"{entry.path.name}: group: {unknown_name(entry.group, question.groups)}")


def read_question() -> Question:
    """The claims of the package."""
    data = yaml.safe_load(resources.files("fem_lumbar.report").joinpath(QUESTION).read_text(encoding="utf-8"))
    return Question(
        data["groups"],
        tuple(data["asked"]),
        tuple(data["yardsticks"]),
        tuple(
            Domain(domain["name"], domain["question"], tuple(map(_claim, domain["claims"])))
            for domain in data["domains"]
        ),
        tuple(data["does_not_establish"]),
    )


def find(question: Question, library: LibraryRuns) -> dict[str, list[Finding]]:
    """What the library says about every claim, by the name of its domain."""
    return {domain.name: [_finding(claim, question, library) for claim in domain.claims] for domain in question.domains}


def domain_answer(findings: Iterable[Finding]) -> Answer:
    """The answer to a domain: supported by one scored claim, contradicted only by all of them."""
    return joint_answer(finding.answer for finding in findings if finding.claim.scored)


def _claim(data: Mapping[str, Any]) -> Claim:
    quality = Quality(data.get("quality", Quality.VALUE.value))
    family = Family(tuple(data["paths"]), quality, data.get("of_largest", False))
    return Claim(data["title"], data["claim"], family, data.get("scored", False))


def _finding(claim: Claim, question: Question, library: LibraryRuns) -> Finding:
    by_group: dict[str, Found] = {}
    asked: list[Found] = []
    for name, comparison in library.comparisons.items():
        group, run = library.entry(name).group, library.runs[name]
        _keep_larger(by_group, group, _effect(claim, run, comparison, library.common_cases))
        if group in question.asked:
            asked.append(_effect(claim, run, comparison, run.converged))
    for name, comparison in library.mal_parts.items():
        run = library.runs[name]
        _keep_larger(by_group, MAL_PART, _effect(claim, run, comparison, library.common_cases))
        asked.append(_effect(claim, run, comparison, run.converged))
    asked = [found for found in asked if found is not None]
    return Finding(
        claim,
        by_group,
        max(asked, key=_size, default=None),
        joint_answer(found.effect.answer for found in asked),
    )


def _effect(claim: Claim, run: Run, comparison: Comparison, cases: Iterable[str]) -> Found | None:
    """The largest effect; rotations are not looked at where the muscles are balanced so that no joint turns."""
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
