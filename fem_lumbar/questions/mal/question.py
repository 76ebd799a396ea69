"""Definition of a question to a library of runs: domains, claims, their requirements and assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from fem_lumbar.comparison.effects import Family, Quality
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import read_data
from fem_lumbar.questions.mal.library import Entry
from fem_lumbar.scenario.problems import nearest_names, unknown_name

QUESTION = Path(str(resources.files("fem_lumbar.questions.mal") / "data" / "mal_question.yaml"))
OWN_QUESTION = "_question.yaml"
"""File with the question of a library folder; without it the folder asks about the MAL."""
_PARTS = ("assumptions", "unit_loads", "contraction", "nerve", "evidence")
"""Parts of a page that are present only for some questions."""


@dataclass(frozen=True)
class Need:
    """Requirements on the results for a claim to be tested.

    Attributes
    ----------
    why : str
        Text if a requirement is not met.
    pull_on_mal_N : float
        Muscle force on an ossified MAL that must be reached in some load case.
    muscles_answer : bool
        Whether muscle forces must be computed, not prescribed, in some load case.
    in_model : bool
        False if the model cannot answer the claim at all.
    """

    why: str = ""
    pull_on_mal_N: float = 0.0
    muscles_answer: bool = False
    in_model: bool = True


@dataclass(frozen=True)
class Claim:
    """A statement about a family of quantities, or about the distribution of a unit load.

    Attributes
    ----------
    title, text : str
    family : Family or None
        Quantities of the runs; None if unit loads answer the claim, or if nothing does.
    unit_pull : tuple of str
        States of the MAL whose distribution of a unit load between both processes answers it, relative to the fibrous
        state.
        could_differ, follows_from : str
            Why the result is open; or why it follows from the model's construction, so that it does not count.
    need : Need
    hinges_on : tuple of str
        Scenario keys of the assumptions behind it.
    asked : tuple of str
        Groups whose effects answer it, if not those of the question.
    """

    title: str
    text: str
    family: Family | None
    unit_pull: tuple[str, ...]
    could_differ: str
    follows_from: str
    need: Need
    hinges_on: tuple[str, ...]
    asked: tuple[str, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether it counts for the verdict on its domain."""
        return bool(self.could_differ)


@dataclass(frozen=True)
class Domain:
    """A domain of the hypothesis with its claims."""

    name: str
    question: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Question:
    """A question to a library.

    Attributes
    ----------
    title, page, subject : str
        Heading of the page, name of its files, and subject in one word.
    parts : tuple of str
        Optional parts of the page: ``assumptions``, ``unit_loads``, ``contraction``, ``nerve``, ``evidence``.
    groups : dict
        Groups of scenarios and their labels.
    colours : dict
        Colour of each group in figures.
    asked, yardsticks : tuple of str
        Groups whose effects answer the claims, and groups they are compared with.
    one_sided : tuple of str
        Scenarios with one-sided atrophy and one-sided ossification, which are compared; may be empty.
    domains : tuple of Domain
        The claims.
    limits : tuple of str
        Limits of the answers.
    """

    title: str
    page: str
    subject: str
    parts: tuple[str, ...]
    groups: Mapping[str, str]
    colours: Mapping[str, str]
    asked: tuple[str, ...]
    yardsticks: tuple[str, ...]
    one_sided: tuple[str, ...]
    domains: tuple[Domain, ...]
    limits: tuple[str, ...]

    def asked_by(self, claim: Claim) -> tuple[str, ...]:
        """Groups whose effects answer a claim."""
        return claim.asked or self.asked


def question_of(folder: Path) -> Question:
    """The question stated in a library folder, or that of the MAL."""
    own = folder / OWN_QUESTION
    return read_question(own if own.is_file() else QUESTION)


def read_question(path: Path = QUESTION) -> Question:
    """Read a question from a file.

    Raises
    ------
    InputError
        When a claim states neither or both of ``could_differ`` and ``follows_from``.
    """
    data = read_data(path)
    parts = tuple(data.get("parts", ()))
    if unknown := set(parts) - set(_PARTS):
        raise InputError(f"{path.name}: parts: {unknown_name(min(unknown), _PARTS)}")
    return Question(
        data["title"],
        data["page"],
        data["subject"],
        parts,
        data["groups"],
        data["colours"],
        tuple(data["asked"]),
        tuple(data["yardsticks"]),
        tuple(data.get("one_sided", ())),
        tuple(
            Domain(domain["name"], domain["question"], tuple(_claim(claim, path) for claim in domain["claims"]))
            for domain in data["domains"]
        ),
        tuple(data["does_not_establish"]),
    )


def require_known_groups(question: Question, entries: Iterable[Entry]) -> None:
    """Reject a group name that is probably a misspelt group of the question; other unknown groups answer no claim.

    Raises
    ------
    InputError
        With the file, the group, and the most similar known one.
    """
    for entry in entries:
        if entry.group not in (*question.groups, "reference") and nearest_names(entry.group, question.groups):
            raise InputError(f"{entry.path.name}: group: {unknown_name(entry.group, question.groups)}")


def _claim(data: Mapping[str, Any], path: Path) -> Claim:
    if ("could_differ" in data) == ("follows_from" in data):
        raise InputError(f"{path.name}: {data['title']}: needs one of could_differ and follows_from")
    family = None
    if "paths" in data:
        quality = Quality(data.get("quality", Quality.VALUE.value))
        family = Family(tuple(data["paths"]), quality, data.get("of_largest", False))
    return Claim(
        title=data["title"],
        text=data["claim"],
        family=family,
        unit_pull=tuple(data.get("unit_pull", ())),
        could_differ=data.get("could_differ", ""),
        follows_from=data.get("follows_from", ""),
        need=Need(**data.get("needs", {})),
        hinges_on=tuple(data.get("hinges_on", ())),
        asked=tuple(data.get("asked", ())),
    )
