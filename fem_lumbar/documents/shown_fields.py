"""Fields that can be shown: title, unit and colours of each, and whether a run contains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fem_lumbar.documents.style import robust_maximum
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.run import Fields, Run
from fem_lumbar.scenario.problems import unknown_name

Coloured = Literal["soft", "each", "one"]


@dataclass(frozen=True)
class ShownField:
    """One field that can be shown.

    Attributes
    ----------
    title : str
        Quantity with unit.
    array : str
        Name of the stored array.
    of_stored : callable
        Computes the drawn values from it: per tetrahedron (m,), or per node (n,).
    per_node : bool
        Whether the values are nodal. Cell values are averaged at the nodes within each tissue.
    log : bool
        Whether colours are logarithmic, over three decades.
    centre : float, optional
        Centre of diverging colours; without it colours begin at zero.
    exact : bool
        Whether colours end at the largest value; otherwise a few extreme values are beyond the end.
    inside : bool
        Whether values are located between bones, so that everything else is drawn transparent.
    coloured : str
        ``soft``: only soft tissue is coloured; ``each``: bone and soft tissue have a scale each; ``one``: both have
        the same scale.
    """

    title: str
    array: str
    of_stored: Callable[[np.ndarray], np.ndarray] = lambda stored: stored
    per_node: bool = False
    log: bool = False
    centre: float | None = None
    exact: bool = False
    inside: bool = False
    coloured: Coloured = "soft"

    def values(self, fields: Fields) -> np.ndarray:
        """Values (m,) or (n,) in one load case."""
        return self.of_stored((fields.point_data if self.per_node else fields.cell_data)[self.array])

    def is_in(self, fields: Fields) -> bool:
        """Whether a load case contains the field."""
        return self.array in (fields.point_data if self.per_node else fields.cell_data)

    def span(self, drawn: np.ndarray) -> float:
        """Range of the colours from their beginning or centre, for drawn values (k,)."""
        return robust_maximum([np.abs(drawn - (self.centre or 0.0))], 100.0 if self.exact else 99.5)

    def limits(self, span: float) -> tuple[float, float]:
        """Ends of the colours."""
        if self.centre is not None:
            return self.centre - span, self.centre + span
        return (span / 1000.0 if self.log else 0.0), span


FIELDS = {
    "von_mises": ShownField("von Mises stress (MPa)", "von_mises", log=True, coloured="each"),
    "pressure": ShownField("hydrostatic pressure (MPa, + compression)", "pressure", centre=0.0),
    "principal_stress_max": ShownField(
        "largest principal stress (MPa, + tension)",
        "principal_stresses",
        lambda s: s[:, 0],
        centre=0.0,
        coloured="each",
    ),
    "principal_stress_min": ShownField(
        "smallest principal stress (MPa, + tension)",
        "principal_stresses",
        lambda s: s[:, 2],
        centre=0.0,
        coloured="each",
    ),
    "principal_strain_max": ShownField(
        "largest principal strain (%)", "principal_strains", lambda s: 100 * s.max(axis=1), coloured="each"
    ),
    "principal_strain_min": ShownField(
        "smallest principal strain (%)",
        "principal_strains",
        lambda s: 100 * s.min(axis=1),
        centre=0.0,
        coloured="each",
    ),
    "volume_ratio": ShownField("current over reference volume, det F (-)", "volume_ratio", centre=1.0),
    "fibre_stretch": ShownField(
        "larger stretch of both annulus fibre families (-)", "fibre_stretch", lambda s: s.max(axis=1), centre=1.0
    ),
    "displacement": ShownField(
        "displacement (mm)",
        "displacement",
        lambda u: np.linalg.norm(u, axis=1),
        per_node=True,
        exact=True,
        coloured="one",
    ),
    "contact_pressure": ShownField(
        "contact pressure of facets and between bones (MPa)",
        "contact_pressure",
        lambda p: np.where(p > 0.0, p, np.nan),
        per_node=True,
        exact=True,
        inside=True,
    ),
    "region": ShownField("region tag (-)", "region", lambda tag: tag.astype(float), exact=True, coloured="one"),
}
"""Fields that can be shown, by name."""


def chosen_case(run: Run, case: str | None) -> str:
    """The load case to show, or the first one with fields.

    Raises
    ------
    InputError
        When the run has no fields (for that case).
    """
    if not run.cases_with_fields:
        raise InputError(f"run {run.folder.name!r} has no stored fields")
    case = case or run.cases_with_fields[0]
    run.field_path(case)
    return case


def chosen_field(field: str) -> ShownField:
    """A field by its name.

    Raises
    ------
    InputError
        When there is none; the message lists the available ones.
    """
    if field not in FIELDS:
        raise InputError(f"no such field: {unknown_name(field, FIELDS)}")
    return FIELDS[field]


def require(run: Run, case: str, field: str) -> None:
    """Check that a stored load case contains a field; earlier versions stored fewer.

    Raises
    ------
    InputError
        When it does not; the message lists those that it contains.
    """
    fields = run.field_arrays(case)
    if not chosen_field(field).is_in(fields):
        held = ", ".join(name for name, shown in FIELDS.items() if shown.is_in(fields))
        raise InputError(f"the stored fields of {case!r} do not include {field}; run it again, or show one of: {held}")
