"""Where ligaments and muscles attach relative to the named measures, and how wide their patches are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.parameters import QuantityTree, read_quantities, values


@cache
def attachment_quantities() -> QuantityTree:
    """Sites and patch sizes with unit, source and confidence.

    They are part of the geometry, not of a scenario: a changed value invalidates cached meshes, so
    ``GEOMETRY_VERSION`` must be raised with it.
    """
    return read_quantities(Path(__file__).parent / "data" / "attachments.yaml")


def attachment_values() -> dict[str, Any]:
    """Bare values of the sites and patch sizes, nested like :func:`attachment_quantities`."""
    return values(attachment_quantities())
