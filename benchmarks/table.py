"""Tables of the results, once as plain cells and from there for the screen and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.markup import escape
from rich.table import Table as RichTable

from benchmarks.baseline import BaselineRun
from benchmarks.comparison import Entry, Verdict


@dataclass(frozen=True)
class Table:
    """A title, column heads and rows of text; ``-`` stands for what was not measured."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def markdown(self) -> str:
        """The table in Markdown."""
        lines = [self.heads, tuple("---" for _ in self.heads), *self.rows]
        return "\n".join([f"## {self.title}", "", *("| " + " | ".join(line) + " |" for line in lines), ""])

    def rich(self) -> RichTable:
        """The table for a terminal."""
        table = RichTable(*self.heads, title=self.title)
        for row in self.rows:
            table.add_row(*map(escape, row))
        return table


def comparison_table(entries: Sequence[Entry], verdicts: Sequence[Verdict]) -> Table:
    """Time, memory, agreement and ratio of every code."""
    rows = []
    for entry, said in zip(entries, verdicts, strict=True):
        measured = (
            (str(entry.threads), str(len(entry.runs)), f"{entry.fastest_s:.2f}", f"{entry.median_s:.2f}")
            + (f"{entry.cpu_s:.2f}",)
            if entry.runs
            else ("-",) * 5
        )
        memory = f"{entry.peak_MB:.0f}" if entry.runs else "-"
        ratio = f"{said.ratio:.2f}" if said.ratio is not None else "-"
        agreement = (_scientific(said.from_published), _scientific(said.from_ours))
        rows.append(
            (entry.mesh, str(entry.unknowns), f"{entry.code} {entry.version}".strip(), *measured, memory)
            + (*agreement, ratio, said.note)
        )
    heads = ("mesh", "unknowns", "code", "threads", "runs", "fastest s", "median s", "cpu s", "peak MB")
    heads += ("off published", "off ours", "time / ours", "note")
    return Table("Cylinder, 10 load steps, whole process", heads, rows)


def exponents(entries: Sequence[Entry], verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Least-squares p of time ~ unknowns^p for each code with valid runs on at least two meshes."""
    points: dict[str, list[tuple[float, float]]] = {}
    for entry, said in zip(entries, verdicts, strict=True):
        if said.ratio is not None:
            points.setdefault(entry.code, []).append((np.log(entry.unknowns), np.log(entry.fastest_s)))
    return {code: float(np.polyfit(*zip(*found), 1)[0]) for code, found in points.items() if len(found) > 1}


def cost_table(exponent: Mapping[str, float]) -> Table:
    """How the cost grows."""
    rows = [(code, f"{value:.2f}") for code, value in exponent.items()]
    return Table("Cost against the number of unknowns n: fastest time ~ n^p", ("code", "p"), rows)


def baseline_table(runs: Sequence[BaselineRun]) -> Table:
    """Whole-process time and memory of the baseline by density."""
    heads = ("build", "scenario", "density", "caches", "unknowns", "cases", "iterations", "factorisations")
    heads += ("threads x jobs", "whole s", "first result s", "peak MB", "note")
    rows = []
    for run in runs:
        iterations = sum(count for count, _ in run.counts.values())
        known = tuple(map(str, (run.unknowns, run.cases, iterations, run.factorisations)))
        known = ("-",) * len(known) if run.trouble else known
        first = "-" if run.first_result_s is None else f"{run.first_result_s:.1f}"
        spent = (f"{run.threads} x {run.jobs}", f"{run.spent.wall_s:.1f}", first, f"{run.spent.peak_MB:.0f}")
        rows.append((run.build, run.scenario, run.density, _caches(run), *known, *spent, run.trouble))
    return Table("Baseline L3-L5, whole process", heads, rows)


def phase_table(runs: Sequence[BaselineRun]) -> Table:
    """Phases of the baseline, a row each: s, and the share of the whole process."""
    whole = [run for run in runs if not run.trouble]
    rows = []
    for name in dict.fromkeys(name for run in whole for name in run.phases):
        seconds = [run.phases.get(name) for run in whole]
        shares = [
            "-" if spent is None else f"{spent:.2f} ({spent / run.spent.wall_s:.0%})"
            for spent, run in zip(seconds, whole, strict=True)
        ]
        rows.append((name.replace("_", " "), *shares))
    heads = ("phase", *(f"{run.scenario} {run.density}, caches {_caches(run)}" for run in whole))
    return Table("Baseline L3-L5 by phase, s", heads, rows)


def _caches(run: BaselineRun) -> str:
    return "kept" if run.kept else "empty"


def _scientific(value: float | None) -> str:
    return "-" if value is None else f"{value:.1e}"
