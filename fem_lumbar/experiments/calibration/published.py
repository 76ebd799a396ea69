"""Targets taken from the validation data by name, so that a published number is stored in one file only."""

from __future__ import annotations

from typing import Any

from fem_lumbar.experiments.calibration import tissue_rows
from fem_lumbar.experiments.validation.measures import summary_number
from fem_lumbar.experiments.validation.targets import Target, shipped_targets
from fem_lumbar.measures.quantities import unit
from fem_lumbar.scenario.document import Document
from fem_lumbar.scenario.problems import KeyPath, Problem, listed, nearest_names

KEY = "published"


def with_published(document: Document) -> tuple[dict[str, Any], list[Problem]]:
    """Data of a calibration, completed from published targets, and problems with these.

    A target that names a published one takes from it ``target`` (with the sign of the summary), ``tolerance`` (half
    the width of the band), ``source``, and ``case`` and ``quantity`` if it is one number of a load case. Entries given
    beside the name have priority; ``target`` may not be given. A target that names a row of the tissue samples takes
    everything from it.
    """
    targets = document.data.get("targets")
    if not isinstance(targets, list):
        return document.data, []
    filled: list[Any] = []
    problems: list[Problem] = []
    for i, entry in enumerate(targets):
        found = entry
        if isinstance(entry, dict) and isinstance(entry.get(tissue_rows.KEY), str):
            found = _of_tissue(document, entry, ("targets", str(i)))
        elif isinstance(entry, dict) and isinstance(entry.get(KEY), str):
            found = _filled(document, entry, ("targets", str(i)))
        if isinstance(found, Problem):
            problems.append(found)
        else:
            filled.append(found)
    return {**document.data, "targets": filled}, problems


_BESIDE_TISSUE = ("id", tissue_rows.KEY, "tolerance", "weight")


def _of_tissue(document: Document, entry: dict[str, Any], place: KeyPath) -> dict[str, Any] | Problem:
    name, known = entry[tissue_rows.KEY], tissue_rows.fittable()
    key = (*place, tissue_rows.KEY)
    if name not in known:
        allowed = "a row with a closed band (fem-lumbar validate --tissues --json lists them)"
        return Problem(document.origin(key), key, f"no tissue sample '{name}'", allowed, nearest_names(name, known))
    if stray := [one for one in entry if one not in _BESIDE_TISSUE]:
        key = (*place, stray[0])
        return Problem(document.origin(key), key, f"the tissue sample {name} gives it", listed(_BESIDE_TISSUE))
    return {**tissue_rows.given_by(name), **entry}


def _filled(document: Document, entry: dict[str, Any], place: KeyPath) -> dict[str, Any] | Problem:
    name, known = entry[KEY], {target.id: target for target in shipped_targets().all()}

    def problem(key: str, message: str, allowed: str, nearest: str | None = None) -> Problem:
        return Problem(document.origin((*place, key)), (*place, key), message, allowed, nearest)

    if name not in known:
        allowed = "an id of the validation data (fem-lumbar validate --json lists them)"
        return problem(KEY, f"no published target '{name}'", allowed, nearest_names(name, known))
    published = known[name]
    if "target" in entry:
        return problem("target", f"given here and by {name}", f"target or {KEY}, not both")
    if published.centre is None:
        return problem(KEY, f"{name} has no value, and its band is open at one end", "a target with a value")
    given = _given_by(published)
    quantity = entry.get("quantity", given.get("quantity"))
    if quantity is None:
        return problem(KEY, f"{name} is made of several numbers of a summary", "the quantity to fit beside it")
    if isinstance(quantity, str) and unit(tuple(quantity.split("."))) != published.unit.replace("deg", "°"):
        message = f"{quantity} is not in {published.unit}, as {name} is"
        return problem("quantity", message, given.get("quantity", f"a quantity in {published.unit}"))
    return {**given, **entry}


def _given_by(published: Target) -> dict[str, Any]:
    """Entry of a calibration target, as far as a published one with a value defines it."""
    given: dict[str, Any] = {"target": published.centre, "source": shipped_targets().sources[published.source]}
    if published.half_width is not None:
        given["tolerance"] = published.half_width
    if number := summary_number(published.measure):
        given |= {"target": number.sign * given["target"], "case": number.case, "quantity": number.quantity}
    return given
