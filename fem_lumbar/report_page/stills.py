"""Still pictures of runs, which replace the scene when a page is printed."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from fem_lumbar.runs.run import FIGURES, Run
from fem_lumbar.web_page import page

_LARGEST_MB, _WORDS_MB = 4.0, 1.0
"""Largest total size of pictures, and size reserved for tables and charts."""


def stills(named: Mapping[str, Run], blocks: Mapping[str, str]) -> list[dict[str, str]]:
    """Pictures of each load case in turn, within the size limit of a page, those of all runs side by side.

    Parameters
    ----------
    named : mapping of str to Run
        Runs by their names.
    blocks : mapping of str
        Packed arrays of the scene of the page, which count for the limit.
    """
    taken = page.weight_of_scripts() + sum(map(len, blocks.values())) + _WORDS_MB * 1e6
    room = min(_LARGEST_MB * 1e6, page.LARGEST_MB * 1e6 - taken)
    chosen = []
    for kind in ("von_mises", "mal"):
        found = [(path, name) for name, run in named.items() for path in (run.folder / FIGURES).glob(f"{kind}_*.png")]
        for path, name in sorted(found, key=lambda one: (one[0].name, list(named).index(one[1]))):
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            if len(data) <= room:
                room -= len(data)
                told = path.stem.replace("_", " ")
                chosen.append({"name": told if len(named) == 1 else f"{name}: {told}", "data": data})
    return chosen
