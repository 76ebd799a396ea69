"""The picture of the results: cost and memory against unknowns, phases by density."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from benchmarks.baseline import BaselineRun
from benchmarks.comparison import Entry, Verdict


def draw(
    path: Path,
    entries: Sequence[Entry],
    verdicts: Sequence[Verdict],
    exponent: Mapping[str, float],
    runs: Sequence[BaselineRun],
) -> None:
    """Store the picture; what was not measured or did not agree is not drawn."""
    figure, (cost, memory, phases) = plt.subplots(1, 3, figsize=(16, 5), layout="constrained")
    valid = [entry for entry, said in zip(entries, verdicts, strict=True) if said.ratio is not None]
    for code in dict.fromkeys(entry.code for entry in valid):
        own = sorted((entry for entry in valid if entry.code == code), key=lambda entry: entry.unknowns)
        unknowns = [entry.unknowns for entry in own]
        label = f"{code}, n^{exponent[code]:.2f}" if code in exponent else code
        cost.plot(unknowns, [entry.fastest_s for entry in own], "o-", label=label)
        memory.plot(unknowns, [entry.peak_MB for entry in own], "o-", label=f"cylinder, {code}")
    whole = [run for run in runs if not run.trouble]
    if whole:
        memory.plot([r.unknowns for r in whole], [r.spent.peak_MB for r in whole], "s", label="baseline L3-L5")
    for axes, what in ((cost, "whole process, s"), (memory, "peak memory, MB")):
        axes.set(xlabel="unknowns", ylabel=what)
        axes.grid(which="both", alpha=0.3)
        if axes.lines:
            axes.set(xscale="log", yscale="log")
            axes.legend()
    cost.set_title("Cylinder, 10 load steps")
    names = list(dict.fromkeys(name for run in whole for name in run.phases))
    bars = [f"{run.scenario}\n{run.density}\ncaches {'kept' if run.kept else 'empty'}" for run in whole]
    bottom = [0.0] * len(whole)
    for name, colour in zip(names, plt.get_cmap("tab20").colors):
        heights = [run.phases.get(name, 0.0) / run.spent.wall_s for run in whole]
        phases.bar(bars, heights, bottom=bottom, label=name.replace("_", " "), color=colour)
        bottom = [low + height for low, height in zip(bottom, heights)]
    phases.set(ylabel="share of the whole process", title="Baseline L3-L5 by phase")
    if names:
        phases.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path, dpi=150)
    plt.close(figure)
