"""How fine the mesh is: a named density and optional sizes per tissue."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from fem_lumbar.parameters import QuantityTree, StrictModel, read_quantities

Density = Literal["test", "coarse", "standard", "fine"]
DENSITIES: tuple[str, ...] = ("test", "coarse", "standard", "fine")
LARGEST_UNKNOWNS = {"test": 60_000, "coarse": 250_000, "standard": 500_000, "fine": 1_000_000}
"""Unknowns after constraints that each density must stay below, for the baseline anatomy."""


@cache
def mesh_size_quantities() -> QuantityTree:
    """Element sizes of each density, with the limits of what can be meshed."""
    return read_quantities(Path(__file__).parent / "data" / "mesh_sizes.yaml")


class MeshSettings(StrictModel):
    """Density of the mesh and element sizes (mm) that override it, tissue by tissue."""

    density: Density = "coarse"
    bone_mm: float | None = Field(default=None, ge=1.5, le=9.0)
    disc_mm: float | None = Field(default=None, ge=1.0, le=6.0)
    mal_mm: float | None = Field(default=None, ge=0.3, le=2.0)
    facet_cartilage_mm: float | None = Field(default=None, ge=0.5, le=3.5)

    def sizes_mm(self) -> dict[str, float]:
        """Element size of each tissue: ``bone_mm``, ``disc_mm``, ``mal_mm``, ``facet_cartilage_mm``."""
        defaults = mesh_size_quantities()[self.density]
        given = self.model_dump(exclude={"density"})
        return {key: float(quantity.value if given[key] is None else given[key]) for key, quantity in defaults.items()}

    @property
    def linear_bone(self) -> bool:
        """Whether mid-edge nodes of bone away from soft tissue are tied to their edge ends."""
        return self.density == "test"
