"""All benchmarks in one command: ``python -m benchmarks.run``; ``--against COMMIT`` also measures an earlier build."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console

from benchmarks import cylinders, machine
from benchmarks.against import Pair, effort_table, pairs, phase_ratio_table, ratio_table
from benchmarks.baseline import BaselineRun, Settings, measure_baseline
from benchmarks.builds import HERE, Build, Unusable, checked_out
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

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that what was made is removed
    if machine.busy():
        say("warning: the machine is busy; times will be too long and ratios uncertain")
    about = machine.describe()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fem-lumbar-bench-")))
        builds, unusable = [HERE], ""
        if options.against:
            try:
                builds.append(stack.enter_context(checked_out(options.against, folder, say)))
            except Unusable as reason:
                unusable = f"{options.against} was not measured: {reason}"
                say(unusable)
        entries, verdicts, compile_s = _cylinders(options, builds[1:], say)
        settings = Settings(options.threads[-1], options.jobs, options.cases, tuple(options.sets))
        runs = measure_baseline(options.densities, settings, builds, folder / "runs", options.second, say)
    exponent, found = exponents(entries, verdicts), pairs(runs)
    ours = [run for run in runs if run.build == HERE.name]
    tables = [comparison_table(entries, verdicts), cost_table(exponent), baseline_table(runs), phase_table(ours)]
    tables += [ratio_table(found), phase_ratio_table(found), effort_table(found)]
    tables = [table for table in tables if table.rows]
    for table in tables:
        console.print(table.rich())
    record = {
        "machine": about,
        "compile_kernels_s": compile_s,
        "cylinder": [asdict(entry) | asdict(said) for entry, said in zip(entries, verdicts, strict=True)],
        "exponents": exponent,
        "baseline": [{key: value for key, value in asdict(run).items() if key != "results"} for run in runs],
        "against": {"commit": options.against, "not_measured": unusable, "answers": [pair.said for pair in found]},
    }
    stored = _store(options.out, record, tables, lambda path: draw(path, entries, verdicts, exponent, ours))
    print(f"stored in {stored}")
    return 1 if unusable or _wrong(entries, verdicts, runs, found) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    meshes, cores = cylinders.names(), machine.cores()
    parser.add_argument(
        "--meshes", type=_listed(meshes), default=["tiny", "m10k", "m40k"], help=f"cylinders, of {', '.join(meshes)}"
    )
    parser.add_argument(
        "--densities", type=_listed(DENSITIES), default=["test", "coarse"], help=f"baseline, of {', '.join(DENSITIES)}"
    )
    parser.add_argument(
        "--second",
        type=_listed(DENSITIES),
        help="densities at which a second scenario follows the baseline (default: the last of --densities; '' none)",
    )
    parser.add_argument("--against", default="", metavar="COMMIT", help="measure this earlier commit, too")
    parser.add_argument("--cases", default="", help="load cases of the baseline (default: all)")
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="value of the baseline in every build, e.g. solver.vertebrae=full",
    )
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
    options = parser.parse_args(arguments)
    options.second = options.densities[-1:] if options.second is None else options.second
    return options


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
    options: argparse.Namespace, earlier: Sequence[Build], say: Callable[[str], None]
) -> tuple[list[Entry], list[Verdict], float | None]:
    """Entries and verdicts of all cylinders, and how long our kernels take to compile."""
    codes = [code for code in all_codes() if options.codes is None or code.name in options.codes]
    codes += [build.cylinder() for build in earlier]
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


def _wrong(
    entries: Sequence[Entry], verdicts: Sequence[Verdict], runs: Sequence[BaselineRun], found: Sequence[Pair]
) -> bool:
    """Whether an installed code, a baseline run or an earlier build did not give what can be compared."""
    present = [(entry, said) for entry, said in zip(entries, verdicts, strict=True) if entry.version]
    disagree = any(said.note.isupper() or "DIFFERS" in said.note or entry.trouble for entry, said in present)
    return disagree or any(run.trouble for run in runs) or not all(pair.comparable for pair in found)


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
        if record["against"]["not_measured"]:
            facts.append(f"- {record['against']['not_measured']}")
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
