"""``fem-lumbar doctor``: check this installation and say how to fix what does not work."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from fem_lumbar import __version__
from fem_lumbar.cli import options as common
from fem_lumbar.foundation.machine import memory_GiB, processors

SYSTEM_LIBRARIES = ("libgl1", "libegl1", "libxrender1", "libxcursor1", "libgomp1")
"""Debian/Ubuntu packages required for rendering and threads."""
APT_LINE = "apt-get install -y " + " ".join(SYSTEM_LIBRARIES)
OLDEST_PYTHON = (3, 10)


@dataclass(frozen=True)
class Finding:
    """Result of one check; ``remedy`` is empty when it passed."""

    check: str
    passed: bool
    required: bool
    found: str
    remedy: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folders that must be writable."""
    parser.add_argument("--out", type=Path, default=common.RESULTS, metavar="DIR", help="folder for results")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Run all checks; 1 when a required one fails."""
    findings = list(examine(options.out))
    if options.json:
        import json

        print(json.dumps({"version": __version__, "checks": [asdict(one) for one in findings]}, indent=1))
    else:
        for one in findings:
            mark = "ok     " if one.passed else ("FAILED " if one.required else "missing")
            print(f"{mark}  {one.check}: {one.found}")
            if one.remedy:
                print(f"           remedy: {one.remedy}")
        broken = sum(not one.passed and one.required for one in findings)
        lacking = sum(not one.passed and not one.required for one in findings)
        print(f"\n{broken} required checks failed, {lacking} optional ones; {len(findings)} made")
    return 1 if any(one.required and not one.passed for one in findings) else 0


def examine(out: Path) -> Iterator[Finding]:
    """Results of all checks."""
    yield _python()
    missing = yield from _packages()
    if missing:
        return
    yield _linear_solver()
    yield _threads()
    yield _mmg()
    yield _rendering()
    yield _writable("results folder", out, True, "choose another folder with --out, or change its permissions")
    yield _cache()
    yield _unfinished(out)


def _python() -> Finding:
    passed = sys.version_info >= OLDEST_PYTHON
    remedy = "" if passed else "install Python 3.10 or newer and recreate the environment"
    found = f"fem-lumbar {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return Finding("program", passed, True, found, remedy)


def _packages() -> Generator[Finding, None, bool]:
    """One finding on all required packages; returns whether any is missing."""
    from packaging.requirements import Requirement

    from fem_lumbar.runs.provenance import PACKAGES

    versions, missing = [], []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    for text in _required_packages():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            missing.append(requirement.name)
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            missing.append(f"{requirement.name}{requirement.specifier}")
    found = ", ".join(versions)
    remedy = f"pip install {' '.join(map(repr, missing))}" if missing else ""
    yield Finding(
        "packages", not missing, True, f"missing or too old: {', '.join(missing)}" if missing else found, remedy
    )
    return bool(missing)


def _required_packages() -> list[str]:
    try:
        return metadata.requires("fem-lumbar") or []
    except metadata.PackageNotFoundError:
        return []


def _linear_solver() -> Finding:
    from fem_lumbar.solver.linear import pardiso_problem

    problem = pardiso_problem()
    if problem is None:
        return Finding("linear solver", True, False, "MKL PARDISO (test system solved)")
    remedy = "pip install pypardiso (x86-64 only); until then runs are several times slower"
    return Finding("linear solver", False, False, f"SciPy's, because PARDISO does not work: {problem}", remedy)


def _threads() -> Finding:
    from fem_lumbar.solver.linear import thread_count

    found = f"{thread_count()} threads on {processors()} processors, {memory_GiB():.0f} GiB of memory"
    return Finding("threads", True, False, found)


def _mmg() -> Finding:
    from fem_lumbar.cutting.remesh import mesher
    from fem_lumbar.foundation.errors import InputError

    try:
        mesher()
    except InputError as reason:
        remedy = "pip install mmgpy; only needed for densities without a shipped mesh, not to be had for macOS on Intel"
        return Finding("mmg", False, False, str(reason.__cause__), remedy)
    return Finding("mmg", True, False, f"mmgpy {metadata.version('mmgpy')} can be loaded")


def _rendering() -> Finding:
    from fem_lumbar.documents.offscreen import rendering_problem

    problem = rendering_problem()
    if problem is None:
        return Finding("off-screen rendering", True, False, "test picture rendered")
    return Finding("off-screen rendering", False, False, problem, f"{APT_LINE}; needed for pictures only")


def _unfinished(out: Path) -> Finding:
    """Remains of killed runs in the results folder; removed if their processes have certainly ended."""
    from fem_lumbar.runs.owner import is_orphaned
    from fem_lumbar.runs.recovery import recover, unfinished

    told = recover(out)
    left = {path: is_orphaned(path) for path, _, _ in unfinished(out)}
    running = [path.name for path, orphaned in left.items() if orphaned is False]
    unknown = [path.name for path, orphaned in left.items() if orphaned is None]
    kept = sorted(path.name for path in out.glob("*.partial*") if path.is_dir()) if out.is_dir() else []
    found = [*told]
    found += [f"being written now: {', '.join(running)}"] if running else []
    found += [f"of a process on another computer or container: {', '.join(unknown)}"] if unknown else []
    found += [f"unfinished runs kept: {', '.join(kept)}"] if kept else []
    remedy = "remove these folders if no other computer or container is writing them" if unknown else ""
    return Finding("unfinished runs", not unknown, False, "; ".join(found) or "none", remedy)


def _cache() -> Finding:
    from fem_lumbar.meshing.cache import cache_folder

    remedy = "set FEM_LUMBAR_CACHE to a folder you can write; without it new meshes are built every time"
    return _writable("mesh cache", cache_folder(), False, remedy)


def _writable(check: str, folder: Path, required: bool, remedy: str) -> Finding:
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.runs.paths import check_writable, without_private_paths

    shown = without_private_paths(str(folder))
    try:
        check_writable(folder)
    except InputError as error:
        return Finding(check, False, required, str(error).splitlines()[0], remedy)
    return Finding(check, True, required, f"{shown} can be written")
