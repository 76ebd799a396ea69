"""All benchmarks in one command: ``python -m benchmarks.run``."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console

from benchmarks import cylinders, machine
from benchmarks.baseline import BaselineRun, measure_baseline
from benchmarks.codes import IMPORTABLE, OURS, ROOT, Code, all_codes
from benchmarks.comparison import Entry, Verdict, compare, verdict
from benchmarks.figure import draw
from benchmarks.process import measure
from benchmarks.table import Table, baseline_table, comparison_table, cost_table, exponents, phase_table
from fem_lumbar.foundation.machine import processors

_PAGE = 200
"""Characters of a line that is not shown on a terminal."""

DENSITIES = ("test", "coarse", "standard", "fine")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and store; 1 when a code that is here fails or disagrees, or a baseline run fails."""
    options = _options(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=_PAGE)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    if machine.busy():
        say("warning: the machine is busy; times will be too long and ratios uncertain")
    about = machine.describe()
    entries, verdicts, compile_s = _cylinders(options, say)
    runs = measure_baseline(options.densities, options.threads[-1], options.jobs, options.cases, say)
    exponent = exponents(entries, verdicts)
    tables = [comparison_table(entries, verdicts), cost_table(exponent), baseline_table(runs), phase_table(runs)]
    tables = [table for table in tables if table.rows]
    for table in tables:
        console.print(table.rich())
    record = {
        "machine": about,
        "compile_kernels_s": compile_s,
        "cylinder": [asdict(entry) | asdict(said) for entry, said in zip(entries, verdicts, strict=True)],
        "exponents": exponent,
        "baseline": [asdict(run) for run in runs],
    }
    folder = _store(options.out, record, tables, lambda path: draw(path, entries, verdicts, exponent, runs))
    print(f"stored in {folder}")
    return 1 if _wrong(entries, verdicts, runs) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    meshes, cores = cylinders.names(), machine.cores()
    parser.add_argument(
        "--meshes", type=_listed(meshes), default=["tiny", "m10k", "m40k"], help=f"cylinders, of {', '.join(meshes)}"
    )
    parser.add_argument(
        "--densities", type=_listed(DENSITIES), default=["test", "coarse"], help=f"baseline, of {', '.join(DENSITIES)}"
    )
    parser.add_argument("--cases", default="", help="load cases of the baseline (default: all)")
    parser.add_argument("--codes", type=_listed([code.name for code in all_codes()]), help="codes (default: all)")
    parser.add_argument(
        "--threads", type=_counts, default=sorted({1, cores}), help="numbers to try; the baseline takes the largest"
    )
    parser.add_argument(
        "--jobs", type=int, default=processors(), help="load cases of the baseline solved at the same time"
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each cylinder (default: 3)")
    parser.add_argument("--compile", action="store_true", help="also measure how long our kernels take to compile")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the folder of results goes")
    return parser.parse_args(arguments)


def _listed(allowed: Sequence[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = [name for name in text.split(",") if name]
        unknown = [name for name in names if name not in allowed]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(allowed)}")
        return names

    return parse


def _counts(text: str) -> list[int]:
    try:
        counts = sorted({int(word) for word in text.split(",")})
    except ValueError:
        counts = [0]
    if counts[0] < 1:
        raise argparse.ArgumentTypeError(f"numbers of at least 1 with commas, not '{text}'")
    return counts


def _cylinders(
    options: argparse.Namespace, say: Callable[[str], None]
) -> tuple[list[Entry], list[Verdict], float | None]:
    """Entries and verdicts of all cylinders, and how long our kernels take to compile."""
    codes = [code for code in all_codes() if options.codes is None or code.name in options.codes]
    entries: list[Entry] = []
    verdicts: list[Verdict] = []
    compile_s = None
    if options.meshes:
        say("warming up on the mesh tiny, not counted")
        small = cylinders.make("tiny")
        compare("tiny", small, codes, options.threads[-1:], 1, lambda line: None)
        if options.compile:
            compile_s = _compile_time(codes, options.threads[-1])
    for name in options.meshes:
        found = compare(name, cylinders.make(name), codes, options.threads, options.repeat, say)
        entries += found
        verdicts += [verdict(entry, found, cylinders.published(name)) for entry in found]
    return entries, verdicts, compile_s


def _compile_time(codes: Sequence[Code], threads: int) -> float | None:
    """How much longer our first run after installation takes, s: numba then compiles the kernels and keeps them."""
    ours = next((code for code in codes if code.name == OURS), None)
    if ours is None:
        return None
    with tempfile.TemporaryDirectory(prefix="fem-lumbar-bench-") as name:
        folder = Path(name)
        problem = folder / "cylinder.npz"
        cylinders.make("tiny").write(problem)
        command, own = ours.prepare(problem, folder), IMPORTABLE | {"NUMBA_CACHE_DIR": str(folder / "numba")}
        first, second = (measure(command, threads, folder / "log", folder, own) for _ in range(2))
    return first.wall_s - second.wall_s


def _wrong(entries: Sequence[Entry], verdicts: Sequence[Verdict], runs: Sequence[BaselineRun]) -> bool:
    """Whether an installed code or a baseline run did not give what can be compared."""
    present = [(entry, said) for entry, said in zip(entries, verdicts, strict=True) if entry.version]
    disagree = any(said.note.isupper() or "DIFFERS" in said.note or entry.trouble for entry, said in present)
    return disagree or any(run.trouble for run in runs)


def _store(out: Path, record: dict, tables: Sequence[Table], picture: Callable[[Path], None]) -> Path:
    """Write everything into a new folder that is either whole or absent."""
    out.mkdir(parents=True, exist_ok=True)
    folder = out / f"benchmarks-{datetime.now():%Y-%m-%d_%H%M%S}"
    unfinished = Path(tempfile.mkdtemp(prefix=".benchmarks-", dir=out))
    try:
        (unfinished / "results.json").write_text(json.dumps(record, indent=1, ensure_ascii=False))
        facts = [f"- {key}: {value}" for key, value in record["machine"].items()]
        if record["compile_kernels_s"] is not None:
            facts.append(f"- compiling our kernels, once per installation: {record['compile_kernels_s']:.0f} s")
        text = ["# Benchmarks", "", *facts, "", *(table.markdown() for table in tables), "![](benchmarks.png)", ""]
        (unfinished / "benchmarks.md").write_text("\n".join(text))
        picture(unfinished / "benchmarks.png")
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return folder


if __name__ == "__main__":
    sys.exit(main())
