"""Incomplete fusion of the arch of a vertebra: site, width and filling of the gap."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field

from fem_lumbar.anatomy.spine import BodyName
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.parameters import QuantityTree, StrictModel, read_quantities

MIDLINE, BOTH = "midline", "both"
Site = Literal["midline", "left", "right", "both"]


@cache
def cleft_quantities() -> QuantityTree:
    """Numbers of clefts with unit, source, range and limits."""
    return read_quantities(Path(__file__).parent / "data" / "posterior_cleft.yaml")


def cleft_value(name: str) -> float:
    """Value of one of the numbers of :func:`cleft_quantities`."""
    return float(cleft_quantities()[name].value)


def _number(key: str, default: Any) -> Any:
    quantity = cleft_quantities()[key]
    return Field(default=default, description=quantity.note or quantity.source)


class PosteriorCleft(StrictModel):
    """A gap through the arch of one vertebra, and its filling."""

    site: Site = Field(
        description="midline: between the laminae, through the spinous process (spina bifida occulta); left, right, "
        "both: through the pars interarticularis of one side or of both (spondylolysis)"
    )
    width_mm: float = _number("width_mm", cleft_value("width_mm"))
    tissue: Literal["fibrous", "empty"] = Field("fibrous", description="what fills the gap: empty is next to nothing")
    modulus_MPa: float | None = _number("modulus_MPa", None)
    poisson_ratio: float = _number("poisson_ratio", cleft_value("poisson_ratio"))

    @property
    def places(self) -> tuple[str, ...]:
        """The gaps: ``midline``, or the sides of the pars."""
        return SIDES if self.site == BOTH else (self.site,)

    @property
    def elasticity(self) -> tuple[float, float]:
        """Young's modulus in MPa and Poisson's ratio of the filling."""
        usual = cleft_value("modulus_MPa" if self.tissue == "fibrous" else "empty_modulus_MPa")
        return usual if self.modulus_MPa is None else self.modulus_MPa, self.poisson_ratio


def _without_removed(given: Any) -> Any:
    """The clefts without those set to ``null``, which removes an inherited one."""
    return {level: one for level, one in given.items() if one is not None} if isinstance(given, dict) else given


PosteriorClefts = Annotated[dict[BodyName, Site | PosteriorCleft], BeforeValidator(_without_removed)]
"""By vertebra: the site alone, or site, width and filling."""


class Cleft(NamedTuple):
    """A vertebra and its cleft."""

    level: str
    cleft: PosteriorCleft


def clefts_of(given: PosteriorClefts) -> list[Cleft]:
    """Clefts with their vertebrae; those given only by their site have the defaults."""
    return [
        Cleft(level, one if isinstance(one, PosteriorCleft) else PosteriorCleft(site=one))
        for level, one in given.items()
    ]


def assumed_numbers(given: PosteriorClefts) -> list[dict[str, Any]]:
    """Widths and moduli that are not given and that no publication supports: name, value, unit, confidence, source."""
    found = []
    for level, one in given.items():
        cleft = PosteriorCleft(site=one) if isinstance(one, str) else one
        names = ["width_mm", "poisson_ratio"] if isinstance(one, str) else []
        names += ["modulus_MPa"] if cleft.modulus_MPa is None else []
        for name in names:
            value = cleft.elasticity[0] if name == "modulus_MPa" else getattr(cleft, name)
            is_empty = name == "modulus_MPa" and cleft.tissue == "empty"
            known = cleft_quantities()["empty_modulus_MPa" if is_empty else name]
            told = {"unit": known.unit, "confidence": known.confidence, "source": known.source}
            found.append({"name": f"anatomy.posterior_cleft.{level}.{name}", "value": value, **told})
    return found


def mirrored_clefts(given: PosteriorClefts) -> PosteriorClefts:
    """The same clefts with left and right exchanged."""
    other: dict[str, Any] = dict(zip(SIDES, reversed(SIDES), strict=True))

    def image(one: Site | PosteriorCleft) -> Site | PosteriorCleft:
        if isinstance(one, PosteriorCleft):
            return one.model_copy(update={"site": other.get(one.site, one.site)})
        return other.get(one, one)

    return {level: image(one) for level, one in given.items()}
