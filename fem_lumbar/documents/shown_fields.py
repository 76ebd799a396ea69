"""Fields that can be looked at: title, unit and colours of each, and whether a run holds it."""

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
    """One field to look at.

    Attributes
    ----------
    title : str
        Quantity with unit.
    array : str
        Stored array that it needs.
    of_stored : callable
        What is drawn of that array: values per tetrahedron (m,), or per node (n,).
    per_node : bool
        Whether the array is one of nodes. Cell values are averaged at the nodes within each tissue.
    log : bool
        Logarithmic colours, over three decades.
    centre : float, optional
        Middle of diverging colours; without it colours begin at zero.
    exact : bool
        Colours end at the largest value; otherwise a few extreme values lie beyond them.
    inside : bool
        What has a value lies between bones: everything else is drawn see-through.
    coloured : str
        ``soft``: only soft tissue, beside which bone is plain; ``each``: bone and soft tissue on a scale of its own;
        ``one``: both on the same scale.
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
        """Values (m,) or (n,) of one load case."""
        return self.of_stored((fields.point_data if self.per_node else fields.cell_data)[self.array])

    def is_in(self, fields: Fields) -> bool:
        """Whether a load case holds the field."""
        return self.array in (fields.point_data if self.per_node else fields.cell_data)

    def span(self, drawn: np.ndarray) -> float:
        """How far colours reach from their beginning or middle, for drawn values (k,)."""
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
        When the run holds no fields (of that case).
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
        When there is none; names those there are.
    """
    if field not in FIELDS:
        raise InputError(f"no such field: {unknown_name(field, FIELDS)}")
    return FIELDS[field]


def require(run: Run, case: str, field: str) -> None:
    """Make sure that a stored load case holds a field; earlier versions stored fewer.

    Raises
    ------
    InputError
        When it does not; names those that it holds.
    """
    fields = run.field_arrays(case)
    if not chosen_field(field).is_in(fields):
        held = ", ".join(name for name, shown in FIELDS.items() if shown.is_in(fields))
        raise InputError(f"the stored fields of {case!r} do not include {field}; run it again, or show one of: {held}")
