"""The verification suite as one self-contained HTML page: text, tables, figures."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

from fem_lumbar import __version__
from fem_lumbar.documents.tables import number
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.web_page.html import embedded, html_table, mark
from fem_lumbar.web_page.page import plain_page

if TYPE_CHECKING:
    from fem_lumbar.verification.record import Chart, Field, Record
    from fem_lumbar.verification.suite import Verdict

_COLUMNS = ("problem", "quantity", "computed", "expected", "unit", "deviation / allowed", "", "source")


def write_page(verdicts: Sequence[Verdict], path: Path) -> Path:
    """Write the page, replacing an older one only when it is whole; returns its path."""
    return write_text(path, page(verdicts))


def page(verdicts: Sequence[Verdict]) -> str:
    """The whole page as HTML that loads nothing from elsewhere."""
    records = [record for verdict in verdicts for record in verdict.outcome.records]
    passed = sum(record.passed for record in records)
    failed = sum(not verdict.passed for verdict in verdicts)
    seconds = sum(verdict.wall_s for verdict in verdicts)
    state = mark(not failed, "all topics passed", f"{failed} of {len(verdicts)} topics failed")
    head = (
        f"<p>{state}: {passed} of {len(records)} checks in {seconds:.0f} s. "
        f"fem-lumbar {escape(__version__)}, Python {platform.python_version()}, {platform.machine()}.</p>"
        "<p>Verification checks that the equations are solved correctly. Whether they are the right equations for a "
        "spine is a matter of validation against experiments.</p>"
    )
    contents = "".join(
        f'<li><a href="#topic-{k}">{escape(verdict.title)}</a> {mark(verdict.passed)}</li>'
        for k, verdict in enumerate(verdicts)
    )
    topics = "".join(_topic(k, verdict) for k, verdict in enumerate(verdicts))
    return plain_page("Verification", f"{head}<ol>{contents}</ol>{topics}")


def _topic(k: int, verdict: Verdict) -> str:
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in verdict.text.split("\n\n") if text)
    if verdict.failure is not None:
        body = f'<p class="failed">not solved: {escape(verdict.failure)}</p>'
    else:
        body = html_table(_COLUMNS, [_row(record) for record in verdict.outcome.records])
    figures = [_chart(chart) for chart in verdict.outcome.charts] + [_field(one) for one in verdict.outcome.fields]
    return f'<h2 id="topic-{k}">{escape(verdict.title)}</h2>{paragraphs}{body}{"".join(figures)}'


def _row(record: Record) -> str:
    deviation = f"{number(record.deviation, 2)} / {number(record.tolerance, 2)}"
    cells = [
        f"<td>{escape(record.name)}</td><td>{escape(record.quantity)}</td>",
        f'<td class="number">{number(record.computed, 8)}</td><td class="number">{number(record.expected, 8)}</td>',
        f'<td>{escape(record.unit)}</td><td class="number">{deviation}</td>',
        f'<td>{mark(record.passed)}</td><td class="source">{escape(record.source)}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _chart(chart: Chart) -> str:
    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    axes = figure.subplots()
    for line in chart.lines:
        axes.plot(line.x, line.y, "o-" if line.points else "-", markersize=4, linewidth=1.3, label=line.label)
    if chart.logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set(title=chart.title, xlabel=chart.x_label, ylabel=chart.y_label)
    axes.grid(True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
    return embedded(figure, chart.title)


def _field(field: Field) -> str:
    figure = Figure(figsize=(6.0, 5.5), layout="constrained")
    axes = figure.subplots()
    mesh = Triangulation(field.points[:, 0], field.points[:, 1], field.triangles)
    drawn = axes.tripcolor(mesh, field.values, shading="gouraud", cmap="viridis", rasterized=True)
    axes.triplot(mesh, color="white", linewidth=0.2, alpha=0.5)
    axes.set_aspect("equal")
    axes.set(title=field.title, xlabel="x (mm)", ylabel="y (mm)")
    figure.colorbar(drawn, ax=axes, label=field.label)
    return embedded(figure, field.title)
