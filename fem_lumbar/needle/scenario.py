"""The scenario of a successful lesion: the interrupted branch no longer supplies muscle."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from fem_lumbar.anatomy.muscles import branch_under_mal
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.errors import InputError


def write_lesion_scenario(path: Path, base: Path, places: list[tuple[str, str]]) -> Path:
    """Write a scenario that extends another one by the denervation of medial branches; returns its path.

    Parameters
    ----------
    path : Path
        File to write.
    base : Path
        Scenario file that it extends.
    places : list of tuple of str
        Level and side of each vertebra at which the branch is interrupted.

    Raises
    ------
    InputError
        When ``path`` is the file that it extends.
    """
    if path.resolve() == base.resolve():
        raise InputError(
            f"--scenario-out {path.name}: this is the scenario that it would extend\n    give another file"
        )
    lost: dict[str, dict[str, float]] = {}
    for level, side in places:
        lost.setdefault(branch_under_mal(level), {})[side] = 1.0
    told = ", ".join(f"{level} {side}" for level, side in places)
    content = {
        "schema_version": 1,
        "name": path.stem,
        "extends": Path(os.path.relpath(base.resolve(), path.resolve().parent)).as_posix(),
        "description": f"Medial branch interrupted by a radiofrequency lesion at {told}",
        "muscles": {"denervated": lost},
    }
    return write_text(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
