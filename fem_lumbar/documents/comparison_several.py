"""Comparison of several runs with one: the same numbers side by side with errors, a figure, and the claims."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fem_lumbar.comparison.differences import RESOLVED_AT, Comparison, Difference
from fem_lumbar.documents.comparison_figure import FIGURE, effects_bars
from fem_lumbar.documents.comparison_notes import floor_note
from fem_lumbar.documents.comparison_text import (
    GROUPS,
    claim,
    comparison_data,
    comparison_document,
    comparison_title,
    is_told,
    relative_size,
)
from fem_lumbar.documents.explanation_text import explanation_document
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number, to_markdown
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.json_values import plain, write_json
from fem_lumbar.measures.quantities import kind, label, unit

Key = tuple[str, tuple[str, ...]]
COMPARISON = "comparison.json"
_DPI = 150


def several_title(comparisons: Sequence[Comparison]) -> str:
    """Title of a comparison of one or more runs with the first one."""
    if len(comparisons) == 1:
        return comparison_title(comparisons[0])
    return f"{', '.join(one.name_b for one in comparisons)} against {comparisons[0].name_a}"


def several_document(comparisons: Sequence[Comparison], full: bool = False) -> Document:
    """The comparison of one run with the first one in full, or of several side by side with their claims."""
    if len(comparisons) == 1:
        return comparison_document(comparisons[0], full)
    keys = [(item.case, item.path) for item in comparisons[0].differences] if full else main_numbers(comparisons)
    claims = "\n".join(f"- {claim(one)}" for one in comparisons)
    made_of = [part for one in comparisons for part in explanation_document(one)]
    return [side_by_side(comparisons, keys), Paragraph(claims, "Claims"), *made_of]


def main_numbers(comparisons: Sequence[Comparison]) -> list[Key]:
    """For each kind of number the one with the largest change in any run; resolved changes have priority.

    Load cases that all runs have are preferred, if there are any.
    """
    cases = [{item.case for item in one.differences} for one in comparisons]
    common = set.intersection(*cases) or set.union(*cases)
    found: dict[tuple[str, ...], Difference] = {}
    for comparison in comparisons:
        shown = (item for item in comparison.differences if item.case in common and item.scale > 0.0 and is_told(item))
        for item in shown:
            if kind(item.path) not in found or _rank(item) > _rank(found[kind(item.path)]):
                found[kind(item.path)] = item
    return [(item.case, item.path) for item in found.values()]


def write_several(comparisons: Sequence[Comparison], folder: Path, run_folders: Sequence[Path]) -> list[Path]:
    """Write ``comparison.md``, ``comparison.json`` (every number) and ``comparison.png`` into a folder.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Comparisons of runs with the same first one.
    folder : Path
        Created if it does not exist.
    run_folders : sequence of Path
        Folders of the first run and of the others; stored relative to ``folder``, so that all can be moved together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    markdown, data, picture = folder / "comparison.md", folder / COMPARISON, folder / FIGURE
    document = several_document(comparisons, full=True)
    write_text(markdown, to_markdown(several_title(comparisons), document))
    write_json(data, plain(several_data(comparisons) | {"run_folders": seen_from(folder, run_folders)}))
    figure = effects_bars(comparisons, [key for key in main_numbers(comparisons) if is_drawn(key[1])])
    write_figure(figure, picture, _DPI)
    return [markdown, data, picture]


def several_data(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """One comparison as plain data, or a list of them."""
    if len(comparisons) == 1:
        return comparison_data(comparisons[0])
    return {"schema_version": 1, "comparisons": [comparison_data(one) for one in comparisons]}


def seen_from(folder: Path, others: Sequence[Path]) -> list[str] | None:
    """Paths of folders relative to another one; None if there is none, as between drives."""
    try:
        return [Path(os.path.relpath(other.resolve(), folder.resolve())).as_posix() for other in others]
    except ValueError:
        return None


def is_drawn(path: tuple[str, ...]) -> bool:
    """Whether a number is of a kind to which claims refer."""
    return path[0] in GROUPS.values()


def side_by_side(comparisons: Sequence[Comparison], keys: Iterable[Key]) -> Table:
    """The same numbers of several runs, as differences from the first one."""
    names = [one.name_b for one in comparisons]
    lookup = [{(item.case, item.path): item for item in one.differences} for one in comparisons]
    table = Table(
        "Differences side by side",
        ("quantity", "case", comparisons[0].name_a, "unit", *(f"{name}: difference" for name in names)),
        note=f"Difference ± combined numerical error, and its relative size; resolved if it exceeds "
        f"{RESOLVED_AT:g} errors. {floor_note(comparisons[0])}",
    )
    for key in keys:
        items = [found.get(key) for found in lookup]
        present = next((item for item in items if item is not None), None)
        if present is not None:
            first = (label(key[1]), case_label(key[0]), number(present.a, 5), unit(key[1]))
            table.rows.append((*first, *map(_told, items)))
    return table


def _told(item: Difference | None) -> str:
    if item is None:
        return "—"
    error = "not known" if item.error is None else number(item.error, 2)
    return f"{number(item.delta)} ± {error} ({relative_size(item)}, {item.words})"


def _rank(item: Difference) -> tuple[bool, float]:
    return item.resolved, abs(item.relative)
