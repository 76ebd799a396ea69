"""Display of a run and its pictures in a notebook."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fem_lumbar.runs.run import Run

SHOWN = ("rotation_deg", "idp_MPa", "facet_force_N")
"""Results that a notebook shows of a run."""
CHARTS = ("moment_rotation", "load_path")
"""Pictures that a notebook shows of a run."""


@dataclass(frozen=True)
class Picture:
    """A picture of a run, shown inline where it is the last line of a notebook cell."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the file without its suffix."""
        return self.path.stem

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()

    def embedded(self) -> str:
        """The picture as an HTML image with embedded data."""
        data = base64.b64encode(self._repr_png_()).decode("ascii")
        return f'<img alt="{escape(self.name)}" style="max-width: 100%" src="data:image/png;base64,{data}">'


def html(
    title: str, lines: Iterable[str], columns: Sequence[str], rows: Iterable[Sequence[str]], more: str = ""
) -> str:
    """A heading, lines of text and a table as HTML; ``more`` is HTML that follows."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if body else ""
    return f"<h4>{escape(title)}</h4>{text}{table}{more}"


def run_html(run: Run) -> str:
    """Status of a run, the check closest to its limit, its main numbers and its charts."""
    lines = [f"Failed: {run.reason}"] if run.reason else []
    if run.worst_check is not None:
        lines.append(run.worst_check.closest())
    shown = [one for one in run.values if one.path[0] in SHOWN]
    columns = list(dict.fromkeys(one.quantity for one in shown))
    found = {(one.case, one.quantity): one.value for one in shown}
    rows = [
        (case, *(f"{found[case, key]:.4g}" if (case, key) in found else "—" for key in columns))
        for case in run.converged
    ]
    charts = "".join(run.pictures[name].embedded() for name in CHARTS if name in run.pictures)
    return html(repr(run).strip("<>"), lines, ("load case", *columns), rows, charts)
