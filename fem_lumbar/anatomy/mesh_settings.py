"""How fine the mesh is: a named density and optional sizes per tissue."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from fem_lumbar.foundation.parameters import QuantityTree, StrictModel, read_quantities

Density = Literal["test", "coarse", "standard", "fine"]
DENSITIES: tuple[Density, ...] = ("test", "coarse", "standard", "fine")
LARGEST_UNKNOWNS = {"test": 60_000, "coarse": 250_000, "standard": 500_000, "fine": 1_000_000}
"""Unknowns after constraints that each density must stay below, for the baseline anatomy."""


@cache
def mesh_size_quantities() -> QuantityTree:
    """Element sizes of each density, with the limits of what can be meshed, the same at every density."""
    return read_quantities(Path(__file__).parent / "data" / "mesh_sizes.yaml")


def _size(tissue: str) -> Any:
    """Optional element size of a tissue, within its limits."""
    low, high = mesh_size_quantities()[DENSITIES[0]][tissue].limits
    return Field(default=None, ge=low, le=high)


class MeshSettings(StrictModel):
    """Density of the mesh and element sizes (mm) that override it, tissue by tissue."""

    density: Density = "coarse"
    bone_mm: float | None = _size("bone_mm")
    disc_mm: float | None = _size("disc_mm")
    mal_mm: float | None = _size("mal_mm")
    facet_cartilage_mm: float | None = _size("facet_cartilage_mm")

    def sizes_mm(self) -> dict[str, float]:
        """Element size of each tissue: ``bone_mm``, ``disc_mm``, ``mal_mm``, ``facet_cartilage_mm``."""
        defaults = mesh_size_quantities()[self.density]
        given = self.model_dump(exclude={"density"})
        return {key: float(quantity.value if given[key] is None else given[key]) for key, quantity in defaults.items()}

    @property
    def linear_bone(self) -> bool:
        """Whether mid-edge nodes of bone away from soft tissue are tied to their edge ends."""
        return self.density == "test"
