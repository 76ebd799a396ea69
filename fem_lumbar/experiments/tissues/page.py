"""Tissue rows as a table, as data, and as a self-contained HTML page with stress–strain curves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.experiments.tissues.measures import AXES, Axis, Site, material_point
from fem_lumbar.experiments.tissues.targets import TissueFinding, TissueTarget, all_pass, tissue_targets
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.materials.tissues import Materials
from fem_lumbar.web_page.html import embedded, html_table, mark
from fem_lumbar.web_page.page import plain_page

PAGE = "tissues.html"
COLUMNS = ("tissue", "quantity", "strain", "measured", "band", "ours", "unit", "verdict", "source")
_LARGEST_STRAIN, _POINTS = 0.12, 25
_CURVES: tuple[tuple[Axis, Site], ...] = (
    ("circumferential", "outer anterior"),
    ("circumferential", "inner anterior"),
    ("circumferential", "outer posterior"),
    ("axial", "outer anterior"),
    ("radial", "outer anterior"),
)


def tissue_title(findings: Sequence[TissueFinding], set_name: str) -> str:
    """Title with the number of rows in their bands."""
    scored = [one for one in findings if one.target.scored]
    inside = sum(bool(one.inside) for one in scored)
    return f"Tissue samples, set {set_name}: {inside} of {len(scored)} measured rows in band"


def tissue_document(findings: Sequence[TissueFinding]) -> Document:
    """The table and the rows that are not scored."""
    table = Table("At one material point", COLUMNS, [_cells(one) for one in findings], note=_NOTE)
    reasons = [f"- {one.target.id}: {one.target.shown_only}" for one in findings if one.target.shown_only]
    return [table, Paragraph("\n".join(reasons), "Shown, not scored")]


_NOTE = (
    "The law of the set at one point, the loaded axes stretched, the other faces free. Band: mean ± 1 SD or the range "
    "of the source; where it gives neither, one end. Moduli are slopes of nominal stress at the strain given. "
    "† used to fit the shipped set."
)


def tissue_data(findings: Sequence[TissueFinding], set_name: str) -> dict[str, Any]:
    """The rows as JSON values."""
    return {
        "schema_version": 1,
        "set": set_name,
        "passed": all_pass(findings),
        "rows": [
            one.target.model_dump(exclude={"test"})
            | {"ours": one.ours, "inside": one.inside, "scored": one.target.scored, "strain": one.target.test.strain}
            for one in findings
        ],
    }


def write_tissue_page(findings: Sequence[TissueFinding], materials: Materials, set_name: str, path: Path) -> Path:
    """Write the page atomically; returns its path."""
    passed = mark(all_pass(findings), "every scored row is in its band", "rows are OUT OF BAND")
    table, *paragraphs = tissue_document(findings)
    assert isinstance(table, Table)
    rows = [_html_row(one) for one in findings]
    lists = "".join(_html_list(part) for part in paragraphs if isinstance(part, Paragraph))
    image = embedded(_curves(materials), "uniaxial tension of the annulus")
    body = f'<p>{passed}</p>{html_table(COLUMNS, rows)}<p class="source">{escape(table.note)}</p>{image}{lists}'
    return write_text(path, plain_page(tissue_title(findings, set_name), body))


def _cells(one: TissueFinding) -> tuple[str, ...]:
    target = one.target
    source = tissue_targets().sources[target.source]
    note = f"{source}; {target.note}" if target.note else source
    verdict = {True: "in", False: "OUT", None: "—"}[one.inside] if target.scored else "shown"
    numbers = (number(target.test.strain), number(target.value), band(target), number(one.ours))
    what = f"{target.what} †" if target.used_for_calibration else target.what
    return (target.tissue, what, *numbers, target.unit, verdict, f"{note} ({target.confidence})")


def band(target: TissueTarget) -> str:
    """The band as text, including open ends."""
    if target.low is not None and target.high is not None:
        return f"{number(target.low)} to {number(target.high)}"
    if target.low is not None:
        return f"≥ {number(target.low)}"
    return "—" if target.high is None else f"≤ {number(target.high)}"


def _html_row(one: TissueFinding) -> str:
    tags = []
    for column, text in zip(COLUMNS, _cells(one), strict=True):
        judged = column == "verdict" and one.target.scored
        tags.append(f"<td>{mark(bool(one.inside), text, text) if judged else escape(text)}</td>")
    return f"<tr>{''.join(tags)}</tr>"


def _html_list(part: Paragraph) -> str:
    items = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in part.text.splitlines())
    return f"<h2>{escape(part.title)}</h2><ul>{items}</ul>"


def _curves(materials: Materials) -> Figure:
    """Nominal stress over strain in uniaxial tension of the annulus."""
    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    axes = figure.subplots()
    for along, site in _CURVES:
        strain, stress = _curve(materials, along, site)
        axes.plot(strain, stress, linewidth=1.3, label=f"{along}, {site}")
    axes.set(title="Uniaxial tension of the annulus", xlabel="strain", ylabel="nominal stress (MPa)")
    axes.grid(True, alpha=0.25)
    axes.legend(fontsize=8)
    return figure


def _curve(materials: Materials, along: Axis, site: Site) -> tuple[np.ndarray, np.ndarray]:
    """Strain (n,) and nominal stress (n,) MPa, as far as a state with free faces exists."""
    point, axis = material_point("annulus", site, materials), AXES.index(along)
    found = []
    for strain in np.linspace(0.0, _LARGEST_STRAIN, _POINTS):
        try:
            found.append((strain, point.nominal_stress([axis], float(strain))[axis]))
        except PhysicsError:
            break
    strains, stresses = np.array(found).T
    return strains, stresses
