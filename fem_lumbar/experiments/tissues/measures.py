"""Moduli of a parameter set in tests of tissue samples."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self

from fem_lumbar.experiments.tissues.material_point import MaterialPoint
from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.tissues import Materials
from fem_lumbar.model.tissues import annulus_law, nucleus_law

Axis = Literal["circumferential", "axial", "radial"]
Site = Literal["outer anterior", "inner anterior", "outer posterior", "inner posterior"]
Tissue = Literal["annulus", "nucleus", "cartilaginous endplate", "facet cartilage"]
Kind = Literal["tangent_modulus", "modulus_over_site", "modulus_over_uniaxial", "lateral_ratio", "shear_modulus"]

AXES: tuple[Axis, ...] = get_args(Axis)


class Test(StrictModel):
    """Loading of a material point and the quantity that is evaluated.

    ``axes`` are stretched equally by ``strain``; the other faces are free. A modulus is the slope of the nominal stress
    ``along`` an axis; a shear modulus is the stress over the amount of simple shear of ``along`` over ``across``.
    """

    __test__ = False  # not a pytest class

    kind: Kind
    site: Site = "outer anterior"
    over_site: Site | None = None
    axes: tuple[Axis, ...] = Field((), max_length=2)
    along: Axis
    across: Axis | None = None
    strain: float

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs = {
            "modulus_over_site": self.over_site is not None and self.axes,
            "lateral_ratio": self.across is not None,
            "shear_modulus": self.across is not None,
        }
        if not needs.get(self.kind, bool(self.axes)):
            raise ValueError(f"{self.kind} needs axes, over_site or across")
        return self


def measured(tissue: Tissue, test: Test, materials: Materials) -> float:
    """Result of a test with a parameter set, in MPa or as a ratio."""
    point = material_point(tissue, test.site, materials)
    along, axes = AXES.index(test.along), [AXES.index(axis) for axis in test.axes]
    if test.kind == "lateral_ratio" and test.across is not None:
        return point.lateral_ratio(along, AXES.index(test.across), test.strain)
    if test.kind == "shear_modulus" and test.across is not None:
        return point.shear_modulus((along, AXES.index(test.across)), test.strain)
    modulus = point.tangent_modulus(axes, test.strain, along)
    if test.kind == "modulus_over_site" and test.over_site is not None:
        return modulus / material_point(tissue, test.over_site, materials).tangent_modulus(axes, test.strain, along)
    if test.kind == "modulus_over_uniaxial":
        return modulus / point.tangent_modulus([along], test.strain, along)
    return modulus


def material_point(tissue: Tissue, site: Site, materials: Materials) -> MaterialPoint:
    """Material point of a tissue with axes as in ``AXES``; a site is an end of the grading of the annulus."""
    if tissue == "annulus":
        layer, region = site.split()
        radial, azimuth = np.array([float(layer == "outer")]), np.array([180.0 * (region == "posterior")])
        circumferential, axial, _ = np.eye(3)[:, None]
        law = annulus_law(materials.annulus, radial, azimuth, circumferential, axial)
        return MaterialPoint(law, materials.annulus.bulk_modulus_MPa)
    if tissue == "nucleus":
        return MaterialPoint(nucleus_law(materials.nucleus, 1), materials.nucleus.bulk_modulus_MPa)
    cartilage = materials.cartilage_endplate if tissue == "cartilaginous endplate" else materials.facet_cartilage
    return MaterialPoint(MooneyRivlin.neo_hookean(cartilage.modulus_MPa, cartilage.poisson_ratio, 1))
