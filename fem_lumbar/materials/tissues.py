"""All tissues of one run, and those of one joint or of one body."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_serializer, model_validator

from fem_lumbar.foundation.parameters import StrictModel, values
from fem_lumbar.materials.overrides import given, laid_over, overrides_of
from fem_lumbar.materials.parameters import material_quantities, material_set_names
from fem_lumbar.materials.records import (
    Annulus,
    Contact,
    Ligament,
    LinearElastic,
    MamilloAccessoryLigament,
    Nucleus,
    Potting,
    Shell,
)


class JointTissues(StrictModel):
    """Tissue values specific to a joint."""

    nucleus: Nucleus
    annulus: Annulus
    cartilage_endplate: Shell
    facet_cartilage: LinearElastic
    ligaments: dict[str, Ligament]


class BodyTissues(StrictModel):
    """Tissue values specific to a body (a vertebra)."""

    cortical: Shell
    endplate: Shell
    cancellous: LinearElastic
    posterior: LinearElastic


if TYPE_CHECKING:
    JointOverrides = StrictModel
    BodyOverrides = StrictModel
else:
    JointOverrides, BodyOverrides = overrides_of(JointTissues), overrides_of(BodyTissues)


class Materials(StrictModel):
    """All tissues of one run; ``set`` names the data file of the defaults.

    Tissues are the same everywhere except for the values in ``joints`` and ``bodies``; :meth:`of_joint` and
    :meth:`of_body` return those of one place.
    """

    set: str = "default"
    cortical: Shell
    endplate: Shell
    cancellous: LinearElastic
    posterior: LinearElastic
    nucleus: Nucleus
    annulus: Annulus
    cartilage_endplate: Shell
    facet_cartilage: LinearElastic
    mal: MamilloAccessoryLigament
    ligaments: dict[str, Ligament]
    potting: Potting
    contact: Contact
    joints: dict[str, JointOverrides] = Field(
        default_factory=dict, description="values of single joints, in place of those that hold everywhere"
    )
    bodies: dict[str, BodyOverrides] = Field(
        default_factory=dict, description="values of single vertebrae, in place of those that hold everywhere"
    )

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        """Add missing cartilaginous endplates from the parameter set: resolved scenarios omit them if switched off."""
        if not isinstance(data, dict) or "cartilage_endplate" in data:
            return data
        name = data.get("set", "default")
        usual = material_quantities(name if name in material_set_names() else "default")["cartilage_endplate"]
        return {**data, "cartilage_endplate": values(usual)}

    def of_joint(self, joint: str) -> JointTissues:
        """Tissues of a joint, e.g. ``L4-L5``."""
        everywhere = JointTissues(**{name: getattr(self, name) for name in JointTissues.model_fields})
        return laid_over(everywhere, self.joints.get(joint))

    @property
    def swells(self) -> bool:
        """Whether a disc swells, and is therefore under pressure without load."""
        discs = [self.of_joint(joint) for joint in ("", *self.joints)]
        return any(tissue.swelling_strain > 0.0 for disc in discs for tissue in (disc.nucleus, disc.annulus))

    def of_body(self, body: str) -> BodyTissues:
        """Tissues of a body, e.g. ``L4``."""
        everywhere = BodyTissues(**{name: getattr(self, name) for name in BodyTissues.model_fields})
        return laid_over(everywhere, self.bodies.get(body))

    @model_serializer(mode="wrap")
    def _plain(self, plain: Callable[[Materials], dict[str, Any]]) -> dict[str, Any]:
        """Plain values; places without values of their own are left out."""
        data = plain(self)
        for name in ("joints", "bodies"):
            if own := given(data.pop(name)):
                data[name] = own
        return data
