"""The codes that are compared: whether they are here, which version, and how each solves a cylinder."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from benchmarks.cylinder_calculix import read_answers, write_input
from benchmarks.problem import Answers, Cylinder

ROOT = Path(__file__).resolve().parents[1]
OURS = "fem-lumbar"

IMPORTABLE = {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
"""Environment in which this package is found from any working folder."""


@dataclass(frozen=True)
class Code:
    """A code that can be measured.

    Attributes
    ----------
    name, version : str
        As shown; an empty version means that it is not installed.
    needs : str
        What to install where it is missing.
    prepare : callable
        (problem file, folder) -> command; what it does is not part of the time.
    answers : callable
        (problem file, folder) -> answers of the finished run; not part of the time either.
    environment : mapping
        Variables it runs with.
    """

    name: str
    version: str
    needs: str
    prepare: Callable[[Path, Path], list[str]]
    answers: Callable[[Path, Path], Answers]
    environment: Mapping[str, str] = field(default_factory=IMPORTABLE.copy)


def all_codes() -> list[Code]:
    """This program first, then its peers, whether or not they are installed."""
    return [_ours(), _calculix(), _felupe()]


def _ours() -> Code:
    return Code(OURS, metadata.version("fem-lumbar"), "", _python("benchmarks.cylinder_ours"), stored_answers)


def _felupe() -> Code:
    here = all(importlib.util.find_spec(name) for name in ("felupe", "tensortrax", "pypardiso"))
    version = f"{metadata.version('felupe')}, pypardiso {metadata.version('pypardiso')}" if here else ""
    return Code("FElupe", version, "pip install -e '.[bench]'", _python("benchmarks.cylinder_felupe"), stored_answers)


def _calculix() -> Code:
    version = ""
    if shutil.which("ccx"):
        told = subprocess.run(["ccx", "-v"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"Version (\S+)", told)
        version = found[1] if found else "of unknown version"

    def prepare(problem: Path, folder: Path) -> list[str]:
        write_input(Cylinder.read(problem), folder / "cylinder.inp")
        return ["ccx", "-i", str(folder / "cylinder")]

    def answers(problem: Path, folder: Path) -> Answers:
        return read_answers(Cylinder.read(problem), folder / "cylinder.dat")

    return Code("CalculiX", version, "apt-get install calculix-ccx", prepare, answers)


def _python(module: str) -> Callable[[Path, Path], list[str]]:
    return lambda problem, folder: [sys.executable, "-m", module, str(problem), str(folder / "answers.json")]


def stored_answers(problem: Path, folder: Path) -> Answers:
    """Answers as our own programs leave them."""
    return Answers.read(folder / "answers.json")
