"""``fem-lumbar params``: tissue parameter sets and grades of degeneration: list, show with sources, or compare."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fem_lumbar.cli import options as common

if TYPE_CHECKING:
    from fem_lumbar.documents.tables import Document, Table
    from fem_lumbar.foundation.parameters import Quantity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the action and the parameter sets."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    listing = actions.add_parser("list", help="every shipped set")
    show = actions.add_parser("show", help="every value of a set with unit, range and source")
    show.add_argument("sets", nargs=1, metavar="SET", help="name of a shipped set, or the file of a fitted one")
    diff = actions.add_parser("diff", help="values that differ between two sets, with both sources")
    diff.add_argument("sets", nargs=2, metavar="SET", help="name of a shipped set, or the file of a fitted one")
    grades = actions.add_parser("grades", help="what each grade of degeneration changes, with range and source")
    for action in (listing, show, diff, grades):
        common.add_json(action)


def execute(options: argparse.Namespace) -> int:
    """Print the table (or JSON)."""
    title, document, data = {"list": _list, "show": _show, "diff": _diff, "grades": _grades}[options.action](options)
    if options.json:
        import json

        print(json.dumps(data, indent=1, ensure_ascii=False))
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document

    print_document(title, document, console())
    return 0


def _list(options: argparse.Namespace) -> tuple[str, Document, Any]:
    from fem_lumbar.documents.tables import Table
    from fem_lumbar.materials.parameters import material_set_names
    from fem_lumbar.scenario.parameter_sets import in_range, named_set

    sets = [named_set(name) for name in material_set_names()]
    table = Table("Parameter sets", ("name", "what it is", "based on", "own values", "outside their range"))
    for one in sets:
        outside = ", ".join(key for key, quantity in one.quantities.items() if in_range(quantity) is False)
        table.rows.append((one.name, one.about, one.based_on or "—", str(len(one.own)), outside or "none"))
    plain = [{"name": s.name, "about": s.about, "based_on": s.based_on, "own": list(s.own)} for s in sets]
    return f"{len(sets)} sets; use one with materials: {{set: NAME}}", [table], plain


def _show(options: argparse.Namespace) -> tuple[str, Document, Any]:
    from fem_lumbar.documents.tables import Table, number
    from fem_lumbar.scenario.parameter_sets import in_range, named_set

    shown = named_set(options.sets[0])
    table = Table(
        f"Values ({len(shown.own)} of its own, marked *)",
        ("key", "value", "unit", "range", "in range", "confidence", "source"),
    )
    for key, quantity in shown.quantities.items():
        mark = f"{key} *" if key in shown.own else key
        cells = (number(quantity.value, 6), quantity.unit, _range(quantity), _yes(in_range(quantity)))
        source = quantity.source if quantity.note is None else f"{quantity.source} ({quantity.note})"
        table.rows.append((mark, *cells, quantity.confidence, source))
    based = f", based on {shown.based_on}" if shown.based_on else ""
    plain: dict[str, Any] = {
        "name": shown.name,
        "about": shown.about,
        "based_on": shown.based_on,
        "own": list(shown.own),
    }
    plain["values"] = {key: _plain(quantity) for key, quantity in shown.quantities.items()}
    return f"{shown.name}: {shown.about}{based}", [table], plain


def _diff(options: argparse.Namespace) -> tuple[str, Document, Any]:
    from fem_lumbar.scenario.parameter_sets import differences, named_set

    a, b = (named_set(name) for name in options.sets)
    found = differences(a, b)
    plain = {"sets": [a.name, b.name], "values": {key: [_plain(one), _plain(two)] for key, one, two in found}}
    title = f"{a.name} and {b.name}: {len(found)} of {len(a.quantities)} values differ"
    return title, [_differing(a.name, b.name, found)] if found else [], plain


def _grades(options: argparse.Namespace) -> tuple[str, Document, Any]:
    from fem_lumbar.documents.tables import Table, number
    from fem_lumbar.scenario.degeneration import degeneration_quantities

    document: Document = []
    plain: dict[str, Any] = {}
    for part, numbers in degeneration_quantities().items():
        columns = ("number", "grade", "value", "range", "confidence", "source")
        table = Table(f"degeneration.<joint>.{part}", columns, note="Factors; height_loss is a fraction.")
        for name, grades in numbers.items():
            said = ""
            for grade, one in grades.items():
                cells = (number(one.value, 4), _range(one), one.confidence, one.source if one.source != said else "″")
                said = one.source
                table.rows.append((name, grade.removeprefix("grade_"), *cells))
                plain.setdefault(part, {}).setdefault(name, {})[grade] = one.model_dump(mode="json", exclude_none=True)
        document.append(table)
    return "Grades of degeneration", document, plain


def _differing(a: str, b: str, found: list[tuple[str, Quantity, Quantity]]) -> Table:
    from fem_lumbar.documents.tables import Table, number
    from fem_lumbar.scenario.parameter_sets import in_range

    columns = ("key", a, b, "ratio", "unit", "range", "in range", f"source: {a}", f"source: {b}")
    table = Table("Values that differ", columns)
    for key, one, two in found:
        ratio = number(two.value / one.value) if one.value else "—"
        inside = " / ".join(_yes(in_range(quantity)) for quantity in (one, two))
        cells = (number(one.value, 6), number(two.value, 6), ratio, one.unit, _range(one), inside)
        table.rows.append((key, *cells, one.source, two.source))
    return table


def _range(quantity: Quantity) -> str:
    return "—" if quantity.range is None else f"{quantity.range[0]:g} to {quantity.range[1]:g}"


def _yes(inside: bool | None) -> str:
    return {True: "yes", False: "NO", None: "—"}[inside]


def _plain(quantity: Quantity) -> dict[str, Any]:
    from fem_lumbar.scenario.parameter_sets import in_range

    return {**quantity.model_dump(mode="json", exclude_none=True), "in_range": in_range(quantity)}
