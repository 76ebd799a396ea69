"""A small study of points that are pretended: nothing is simulated."""

from __future__ import annotations

from pathlib import Path

from benchmarks.studies import pretended
from fem_lumbar.runs.executors import Serial
from fem_lumbar.studies.execution import run_study
from fem_lumbar.studies.reading import load_study

ROOT = Path(__file__).parents[2]
STUDY = f"""
schema_version: 1
name: small
scenario: {ROOT / "scenarios" / "baseline.yaml"}
cases: [flexion, standing]
density: test
factors:
  modulus: {{key: mal.L5.left.fibrous_modulus_MPa, range: [20, 500]}}
  state: {{key: mal.L4.left.state, values: [absent, fibrous]}}
design: {{kind: latin_hypercube, points: 6, seed: 1}}
outputs: [idp_MPa.*, asymmetry_index.facet_force_N.*.left]
"""
MOMENT = "  modulus: {key: load_cases.flexion.moment_Nm, values: [1.0, %s, 2.0]}\n"


def written(folder: Path, text: str = STUDY):
    folder.mkdir(exist_ok=True)
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    return load_study(folder / "small.yaml")


def run(folder: Path, text: str = STUDY, executor=None, solver=pretended, name: str = "study", **options):
    study = written(folder, text)
    with executor or Serial() as started:
        return list(run_study(study, folder / name, started, solver=solver, **options))


def listing(moment: float, also: str = "") -> str:
    start, end = STUDY.index("  modulus:"), STUDY.index("  state:")
    text = STUDY[:start] + MOMENT % moment + also + STUDY[STUDY.index("design:") :]
    assert end > start
    return text.replace("{kind: latin_hypercube, points: 6, seed: 1}", "{kind: grid}")


def solved(folder: Path) -> list[str]:
    return (folder / "points" / "solved.txt").read_text().split()
