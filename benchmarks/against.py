"""What may be said of two builds that solved the same load cases: same answers or not, ratios by phase, effort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.baseline import BaselineRun
from benchmarks.builds import HERE
from benchmarks.table import Table
from fem_lumbar.measures.quantities import kind, numbers

SAME = 1e-5
"""Largest difference of an output, relative to the largest value of its kind, between builds with the same answers."""

PHASES_OF_EARLIER_BUILDS = {"setup": "setup and compilation", "compilation": "setup and compilation"}
"""Phases that earlier builds do not tell apart, by the name under which both builds can be compared."""


@dataclass(frozen=True)
class Pair:
    """The same run by this tree and by an earlier build; ``difference`` is relative, at ``output``.

    ``missing`` names outputs that only one of the builds has, without joint and side.
    """

    here: BaselineRun
    earlier: BaselineRun
    difference: float
    output: str
    compared: int
    missing: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the answers agree; without any number in common they do not."""
        return self.compared > 0 and self.difference <= SAME

    @property
    def other_mesh(self) -> bool:
        """Whether the builds have a mesh, hence a problem, each of its own: their answers need not agree."""
        return self.here.unknowns != self.earlier.unknowns

    @property
    def comparable(self) -> bool:
        """Whether a ratio of times says something."""
        return self.same or self.other_mesh

    @property
    def said(self) -> str:
        """The outcome in one line."""
        if self.other_mesh:
            return "MESHES DIFFER, answers not compared"
        if not self.compared:
            return "NOTHING TO COMPARE"
        words = "same answers" if self.same else "ANSWERS DIFFER"
        missing = f"; only in one build: {', '.join(self.missing)}" if self.missing else ""
        return f"{words}: {self.difference:.1e} at {self.output}, {self.compared} outputs{missing}"


def pairs(runs: Sequence[BaselineRun]) -> list[Pair]:
    """Runs of this tree with those of other builds in the same setting."""
    found = []
    for here in (run for run in runs if run.build == HERE.name and not run.trouble):
        for other in runs:
            alike = (other.scenario, other.density, other.kept) == (here.scenario, here.density, here.kept)
            if alike and other.build != here.build and not other.trouble:
                found.append(Pair(here, other, *largest_difference(here.results, other.results)))
    return found


def largest_difference(
    one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]
) -> tuple[float, str, int, tuple[str, ...]]:
    """Largest difference of the results of load cases, where it is, how many were compared, kinds in one of them only.

    A difference is relative to the largest value of its kind in any load case: a force that vanishes by symmetry is
    compared with those that do not.
    """
    left, right = (
        {(case, *path): value for case, entry in cases.items() for path, value in numbers(entry).items()}
        for cases in (one, other)
    )
    shared = left.keys() & right.keys()
    scales: dict[tuple[str, ...], float] = {}
    for place in shared:
        sort = kind(place[1:])
        scales[sort] = max(scales.get(sort, 0.0), abs(left[place]), abs(right[place]))
    worst, where = 0.0, "every output"
    for place in sorted(shared):
        scale = scales[kind(place[1:])]
        relative = abs(left[place] - right[place]) / scale if scale else 0.0
        if not relative <= worst:
            worst, where = relative, ".".join(place)
    missing = sorted({".".join(kind(place[1:])) for place in left.keys() ^ right.keys()})
    lone_cases = sorted(one.keys() ^ other.keys())
    return worst, where, len(shared), (*lone_cases, *missing)


def ratio_table(found: Sequence[Pair]) -> Table:
    """Whole process, or first result on screen, of the earlier build over this tree.

    Only where answers agree, or where each build has a mesh of its own: then unknowns stand beside it, and the ratio of
    times per unknown and iteration.
    """
    heads = ("run", "density", "caches", "what", "this tree s", "earlier s", "earlier / this tree")
    heads += ("per unknown and iteration", "unknowns", "earlier", "answers")
    rows: list[tuple[str, ...]] = []
    for pair in found:
        what, here, earlier = "whole process", pair.here.spent.wall_s, pair.earlier.spent.wall_s
        if pair.here.first_result_s is not None and pair.earlier.first_result_s is not None:
            what, here, earlier = "first result", pair.here.first_result_s, pair.earlier.first_result_s
        about = (pair.here.scenario, pair.here.density, "kept" if pair.here.kept else "empty", what)
        ratio = f"{earlier / here:.2f}" if pair.comparable else "-"
        work = [run.unknowns * run.iterations for run in (pair.here, pair.earlier)]
        per_work = f"{earlier / here * work[0] / work[1]:.2f}" if pair.other_mesh and all(work) else "-"
        unknowns = (str(pair.here.unknowns), str(pair.earlier.unknowns))
        rows.append((*about, f"{here:.1f}", f"{earlier:.1f}", ratio, per_work, *unknowns, pair.said))
    return Table(f"Against {_names(found)}", heads, rows)


def phase_ratio_table(found: Sequence[Pair]) -> Table:
    """Phase by phase, s; a phase that one build does not report is a dash, and stands there for itself."""
    heads = ("run", "phase", "this tree s", "earlier s", "earlier / this tree")
    rows: list[tuple[str, ...]] = []
    for pair in found:
        here, earlier = comparable_phases(pair.here.phases, pair.earlier.phases)
        run = f"{pair.here.scenario} {pair.here.density}, caches {'kept' if pair.here.kept else 'empty'}"
        for name in dict.fromkeys([*here, *earlier]):
            seconds = [phases.get(name) for phases in (here, earlier)]
            shown = ["not reported" if spent is None else f"{spent:.2f}" for spent in seconds]
            both = pair.comparable and here.get(name) and name in earlier
            ratio = f"{earlier[name] / here[name]:.2f}" if both else "-"
            rows.append((run, name.replace("_", " "), *shown, ratio))
    return Table(f"Against {_names(found)} by phase", heads, rows)


def comparable_phases(
    here: Mapping[str, float], earlier: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Phases under names that both builds have, where an earlier one does not tell some of them apart."""
    if here.keys() >= PHASES_OF_EARLIER_BUILDS.keys() and earlier.keys() >= PHASES_OF_EARLIER_BUILDS.keys():
        return dict(here), dict(earlier)
    return _summed(here), _summed(earlier)


def _summed(phases: Mapping[str, float]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, seconds in phases.items():
        known = PHASES_OF_EARLIER_BUILDS.get(name, name)
        sums[known] = sums.get(known, 0.0) + seconds
    return sums


def effort_table(found: Sequence[Pair]) -> Table:
    """Iterations and factorisations by load case, this tree beside the earlier build."""
    heads = ("run", "load case", "iterations", "earlier", "factorisations", "earlier")
    rows: list[tuple[str, ...]] = []
    for pair in found:
        run = f"{pair.here.scenario} {pair.here.density}, caches {'kept' if pair.here.kept else 'empty'}"
        for case in dict.fromkeys([*pair.here.counts, *pair.earlier.counts]):
            here, earlier = (one.counts.get(case, ("-", "-")) for one in (pair.here, pair.earlier))
            rows.append((run, case, str(here[0]), str(earlier[0]), str(here[1]), str(earlier[1])))
    return Table(f"Effort against {_names(found)}", heads, rows)


def _names(found: Sequence[Pair]) -> str:
    return ", ".join(dict.fromkeys(pair.earlier.build for pair in found))
