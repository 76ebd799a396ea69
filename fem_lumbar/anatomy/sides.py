"""Measures that may differ between right and left."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, create_model

from fem_lumbar.anatomy.measures import DiscAndFacetMeasures, FreeFacet, LigamentArch, VertebraMeasures
from fem_lumbar.anatomy.spine import ArchLevel, FreeFacetName, Joint, Level
from fem_lumbar.foundation.parameters import StrictModel

_LATERAL = ("pedicle", "transverse", "mammillary", "accessory", "facet")
"""Beginnings of the names of measures that exist once on each side; all others belong to the midline."""


def _partial(name: str, whole: type[BaseModel]) -> type[BaseModel]:
    """A model with the lateral measures of another, each of them optional."""
    whole_is_lateral = whole in (FreeFacet, LigamentArch)
    fields: dict[str, Any] = {
        key: (_or_none(info.annotation), None)
        for key, info in whole.model_fields.items()
        if whole_is_lateral or key.startswith(_LATERAL)
    }
    return create_model(name, __base__=StrictModel, __doc__=f"Lateral measures of {name}, where given.", **fields)


def _or_none(annotation: Any) -> Any:
    return annotation | None


VertebraSide = _partial("VertebraSide", VertebraMeasures)
JointSide = _partial("JointSide", DiscAndFacetMeasures)
FreeFacetSide = _partial("FreeFacetSide", FreeFacet)
ArchSide = _partial("ArchSide", LigamentArch)


class SideMeasures(StrictModel):
    """Measures of one side that replace those common to both."""

    levels: dict[Level, VertebraSide] = Field(default_factory=dict)  # type: ignore[valid-type]
    joints: dict[Joint, JointSide] = Field(default_factory=dict)  # type: ignore[valid-type]
    free_facets: dict[FreeFacetName, FreeFacetSide] = Field(default_factory=dict)  # type: ignore[valid-type]
    mal: dict[ArchLevel, ArchSide] = Field(default_factory=dict)  # type: ignore[valid-type]
