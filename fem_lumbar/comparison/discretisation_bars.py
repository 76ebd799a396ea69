"""Stored discretisation errors: results of a convergence study, for use with the numbers of other runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fem_lumbar
from fem_lumbar.anatomy.parameters import TEMPLATE
from fem_lumbar.anatomy.spine import SEGMENT
from fem_lumbar.comparison.stored_errors import read_stored
from fem_lumbar.measures.quantities import is_input, kind, prescribed
from fem_lumbar.scenario.earlier_keys import in_keys_of_today
from fem_lumbar.scenario.sections import Structures

if TYPE_CHECKING:
    from fem_lumbar.comparison.mesh_convergence import Convergence, MeshLevel
    from fem_lumbar.measures import quantities

STORED = Path(__file__).parent / "data" / "discretisation_error.json"
"""The file in the package; written by ``fem-lumbar mesh convergence --store``."""
SCHEMA_VERSION = 1
WHOLE = Structures().model_dump(mode="json", exclude={"joints"})
"""Structures of the complete model, for which errors are stored."""
LARGE_BAR = 0.10
"""Fraction of a value above which its error bar is printed with the value."""
NOT_KNOWN = "?"
"""Mark of a value whose error bar under its load is unknown."""
NEAR_ZERO = 10.0
"""The bar of a number near zero applies to values up to this multiple of the stored values and their bars."""
_GIVEN: Mapping[str, Any] = {"muscles": {}}
"""Scenario section passed to is_input for a study: muscle forces are prescribed unless balanced; the share through a
MAL is a result."""
_DIGITS = 4
EARLIER_TEMPLATE = "parametric"
"""Template of stored results and studies without a named one: the only one at that time, since removed."""


@dataclass(frozen=True)
class DiscretisationBars:
    """Error bars by load case, quantity and mesh density, of the default anatomy on one template.

    Attributes
    ----------
    data : mapping
        Content of the file; empty without a file.
    """

    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Description of the source of the bars; empty without any."""
        if not self.data.get("load_cases"):
            return ""
        made = self.data["provenance"]
        return f"scenario {made['scenario']} at {', '.join(self.data['densities'])}, version {made['version']}"

    def of_template(self, template: str) -> DiscretisationBars:
        """These bars if they belong to a template; else empty."""
        return self if template == self.data.get("template", EARLIER_TEMPLATE) else DiscretisationBars()

    def of_model(self, resolved: Mapping[str, Any]) -> DiscretisationBars:
        """These bars if a resolved scenario has their template and all structures; else empty."""
        return self.of_template(template_in(resolved)) if is_whole(resolved) else DiscretisationBars()

    def error(
        self, case: str, applied: Mapping[str, Any], density: str | None, path: quantities.Path, value: float
    ) -> float | None:
        """Discretisation error of a value, in its unit; None if unknown.

        The stored relative error is applied to the value. A prescribed number has no error, which says nothing of the
        same number where it is solved for. A number near zero in the stored runs has an absolute error, which does not
        apply to a value that is not near zero.

        Parameters
        ----------
        case : str
            Load case.
        applied : mapping
            Applied loads of the case; bars hold only for the loads of the study.
        density : str or None
            Mesh density of the run; None if its cell sizes are not those of a density.
        path : Path
            Place of the number in the summary entry of the case.
        value : float
            The number itself.
        """
        found = self.data.get("load_cases", {}).get(case)
        if found is None or density not in self.data["densities"]:
            return None
        entry = found["quantities"].get(".".join(path))
        if entry is None or prescribed(applied) != prescribed(found["applied"]) or is_input(path, applied, _GIVEN):
            return None
        place = self.data["densities"].index(density)
        relative, absolute = entry["relative"][place], entry["absolute"][place]
        if relative is not None:
            return relative * abs(value)
        if absolute is None:
            return None
        reach = max(abs(stored) for stored in entry["value"] if stored is not None) + absolute
        return absolute if abs(value) <= NEAR_ZERO * reach else None

    def worst(self, density: str | None) -> dict[tuple[str, ...], float]:
        """Largest relative error of each kind of number at a density, over all loads; without numbers near zero."""
        if density not in self.data.get("densities", ()):
            return {}
        place = self.data["densities"].index(density)
        found: dict[tuple[str, ...], float] = {}
        for case in self.data["load_cases"].values():
            for name, entry in case["quantities"].items():
                path = tuple(name.split("."))
                relative = None if is_input(path, case["applied"], _GIVEN) else entry["relative"][place]
                if relative is not None:
                    found[kind(path)] = max(found.get(kind(path), 0.0), relative)
        return found


def mark(
    bars: DiscretisationBars,
    case: str,
    applied: Mapping[str, Any],
    density: str | None,
    path: quantities.Path,
    value: float | None,
) -> str:
    """Mark printed beside a number: ``±37 %`` for a bar above `LARGE_BAR`, ``?`` if the bar is unknown.

    A bar larger than the number itself is printed in the unit of the number, ``±1.7``.

    For parameters see :meth:`DiscretisationBars.error`. Missing values and zeros have no mark.
    """
    if not value:
        return ""
    error = bars.error(case, applied, density, path, value)
    if error is None:
        return NOT_KNOWN
    part = error / abs(value)
    if part > 1.0:
        return f"±{error:.2g}"
    return f"±{100 * part:.0f} %" if part > LARGE_BAR else ""


def stored_bars(path: Path | None = None) -> DiscretisationBars:
    """The stored error bars; empty without a file.

    Raises
    ------
    InputError
        When the file does not contain error bars.
    """
    data = read_stored(STORED if path is None else path, SCHEMA_VERSION)
    return DiscretisationBars(data) if data else DiscretisationBars()


def is_whole(resolved: Mapping[str, Any]) -> bool:
    """Whether a resolved scenario includes all structures of the segment."""
    now = in_keys_of_today(dict(resolved))
    bodies = now.get("segment", {}).get("bodies", SEGMENT)
    return {**WHOLE, **now.get("structures", {})} == WHOLE and tuple(bodies) == SEGMENT


def template_in(resolved: Mapping[str, Any]) -> str:
    """Template of the anatomy of a resolved (possibly stored) scenario."""
    source = resolved.get("anatomy", {}).get("source", EARLIER_TEMPLATE)
    return EARLIER_TEMPLATE if source == EARLIER_TEMPLATE else TEMPLATE


def density_of(summary: Mapping[str, Any], resolved: Mapping[str, Any]) -> str | None:
    """Mesh density of a run; None if its scenario sets cell sizes that differ from those of the density."""
    own_sizes = any(value is not None for key, value in resolved.get("mesh", {}).items() if key != "density")
    return None if own_sizes else summary["model"].get("density")


def bars_of(found: Convergence) -> dict[str, Any]:
    """A convergence study as the content of the file: values and error bars of every number, and their source."""
    return {
        "schema_version": SCHEMA_VERSION,
        "meaning": "Lists go over densities. absolute: error bar in the unit of the quantity; relative: over the size "
        "of the value, null for numbers near zero.",
        "template": found.template,
        "provenance": made_by()
        | {
            "scenario": found.scenario,
            "meshes": {level.density: mesh_facts(level) for level in found.levels},
        },
        "densities": list(found.densities),
        "load_cases": {
            case: {
                "applied": found.applied(case),
                "quantities": {
                    ".".join(item.path): {
                        "behaviour": item.estimate.behaviour.value,
                        "value": rounded(item.values),
                        "absolute": rounded(item.errors),
                        "relative": rounded(item.relative),
                    }
                    for item in found.series
                    if item.case == case and not is_input(item.path, found.applied(case), _GIVEN)
                },
            }
            for case in found.cases
        },
    }


def made_by() -> dict[str, str]:
    """Program version and time."""
    return {
        "version": fem_lumbar.__version__,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def mesh_facts(level: MeshLevel) -> dict[str, Any]:
    """Hashes and sizes of a mesh of the study."""
    made, model = level.summary["provenance"], level.summary["model"]
    return {
        "size_mm": float(f"{level.size_mm:.5g}"),
        "cells": model["cells"],
        "unknowns": model["dofs"],
        "mesh_sha256": made["mesh_sha256"],
        "scenario_sha256": made["scenario_sha256"],
        "version": made["version"],
    }


def bars_text(data: Mapping[str, Any]) -> str:
    """The content of the file as JSON with one line per quantity."""
    text = json.dumps({key: value for key, value in data.items() if key != "load_cases"}, indent=1, ensure_ascii=False)
    cases = []
    for case, entry in data["load_cases"].items():
        lines = ",\n".join(f"   {json.dumps(name)}: {json.dumps(item)}" for name, item in entry["quantities"].items())
        applied = json.dumps(entry["applied"])
        cases.append(f'  {json.dumps(case)}: {{\n  "applied": {applied},\n  "quantities": {{\n{lines}\n  }}}}')
    return text.removesuffix("\n}") + ',\n "load_cases": {\n' + ",\n".join(cases) + "\n }\n}\n"


def rounded(values: tuple[float | None, ...]) -> list[float | None]:
    """Numbers rounded to the digits that are stored."""
    return [None if value is None else float(f"{value:.{_DIGITS}g}") for value in values]
