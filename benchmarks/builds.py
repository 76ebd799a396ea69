"""The builds of this program that are measured: this tree, and an earlier commit in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.codes import OURS, ROOT, Code, stored_answers


class Unusable(Exception):
    """A commit that does not exist or cannot be installed; the message is one line."""


@dataclass(frozen=True)
class Build:
    """A source tree with the interpreter that runs it; ``name`` is shown in tables."""

    name: str
    root: Path
    python: str

    def environment(self, caches: Path | None = None) -> dict[str, str]:
        """Variables under which the interpreter finds this tree, and keeps kernels and vertebrae in ``caches``."""
        found = {"PYTHONPATH": str(self.root)}
        if caches is not None:
            found |= {"FEM_LUMBAR_CACHE": str(caches / "data"), "NUMBA_CACHE_DIR": str(caches / "kernels")}
        return found

    def cylinder(self) -> Code:
        """The build as one of the codes of the cylinder."""

        def prepare(problem: Path, folder: Path) -> list[str]:
            return [self.python, "-m", "benchmarks.cylinder_ours", str(problem), str(folder / "answers.json")]

        return Code(f"{OURS} at {self.name}", "commit", "", prepare, stored_answers, self.environment())


HERE = Build("this tree", ROOT, sys.executable)


@contextmanager
def checked_out(commit: str, folder: Path, say: Callable[[str], None], repository: Path = ROOT) -> Iterator[Build]:
    """A commit as a git worktree with its own virtual environment; both are gone afterwards, also when interrupted.

    Parameters
    ----------
    commit : str
        Anything git takes for a commit.
    folder : Path
        An empty folder for the tree and the environment; the caller removes it.
    say : callable
        Receives a line when installation begins.
    repository : Path
        Where the commit is looked for.

    Raises
    ------
    Unusable
        If there is no such commit, or it cannot be installed.
    """
    tree, environment = folder / "tree", folder / "venv"
    git: list[str | Path] = ["git", "-C", repository]
    _call([*git, "worktree", "prune"], "no git repository")
    _call([*git, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"], f"no commit '{commit}' in {repository}")
    try:
        _call([*git, "worktree", "add", "--detach", "--force", tree, commit], "no worktree")
        say(f"installing {commit} into an environment of its own")
        _call([sys.executable, "-m", "venv", environment], "no virtual environment")
        python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        install: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pins = tree / "constraints.txt"
        if pins.is_file():
            install += ["-c", pins]
        _call([*install, "-e", tree], "pip failed")
        yield Build(commit, tree, str(python))
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", tree], capture_output=True, check=False)


def _call(command: Sequence[str | Path], what: str) -> None:
    """Run a command; its last line says why it failed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    except OSError as reason:
        raise Unusable(f"{what}: {reason}") from reason
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Unusable(": ".join([what, *last]))
