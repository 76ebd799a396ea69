"""The typed scenario: everything that defines one run."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import Field

from fem_lumbar.anatomy.measures import NOT_ON_IMAGES
from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.posterior_cleft import assumed_numbers
from fem_lumbar.anatomy.spine import ARCH_LEVELS, SACRUM, ArchLevel
from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.foundation.conventions import ILIOLUMBAR, SIDES
from fem_lumbar.foundation.interruptions import interruptions_as_such
from fem_lumbar.foundation.parameters import QuantityTree, StrictModel, values
from fem_lumbar.materials.overrides import given
from fem_lumbar.materials.tissues import JointTissues, Materials
from fem_lumbar.scenario import degeneration as grades
from fem_lumbar.scenario.bounds import (
    ASSUMED,
    assumed_values,
    numbers,
    range_warnings,
    scenario_quantities,
    set_warnings,
)
from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.load_kinds.abdominal_pressure import AbdominalPressureSection
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.ossification import OssifiedLigaments, assumed_moduli, without_effect
from fem_lumbar.scenario.person_measures import without_effect_on_a_person
from fem_lumbar.scenario.problems import dotted
from fem_lumbar.scenario.sections import (
    MalSettings,
    Muscles,
    SegmentSettings,
    Side,
    SolverSettings,
    Structures,
    has_ligament,
)

_WORDS = ("name", "description", "parameter_set")
_SHARES = ("mal_share", "mal_fascia_N_per_mm_per_cm2", "process_fascia_N_per_mm_per_cm2")
_SIZES = ("scale", "fat_fraction", "denervated", "specific_tension_N_per_cm2")
_OPTIONAL_SECTIONS = ("anatomy", "mal", "muscles", "load_cases")


class ParameterSet(StrictModel):
    """Where values that were fitted come from: name of the set, what made it, and the keys that it gives."""

    name: str
    provenance: dict[str, Any] = Field(default_factory=dict)
    keys: tuple[str, ...] = ()


class Scenario(StrictModel):
    """One run, all values resolved: bodies, anatomy, mesh, tissues, structures, MAL, muscles, load cases, solver."""

    schema_version: Literal[1]
    name: str = Field(
        description="name of the run's folder", min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"
    )
    description: str = ""
    parameter_set: ParameterSet | None = None
    segment: SegmentSettings = Field(default_factory=SegmentSettings)
    anatomy: Anatomy
    mesh: MeshSettings
    materials: Materials
    structures: Structures
    mal: dict[ArchLevel, dict[Side, MalSettings]]
    ossification: OssifiedLigaments = Field(
        default_factory=dict, description="ossified ligaments by joint and name; the MAL has a section of its own (mal)"
    )
    degeneration: grades.Degeneration = Field(
        default_factory=dict, description="degenerated discs and facet joints by joint, each by its grade"
    )
    muscles: Muscles
    load_cases: dict[str, LoadCase] = Field(min_length=1)
    solver: SolverSettings

    def resolved(self) -> dict[str, Any]:
        """Plain nested values with every default written out; loading them gives a scenario of the same results.

        Keys of later versions are omitted when unused, so that stored runs still match their scenarios.
        """
        with interruptions_as_such():
            data = self.model_dump(mode="json", by_alias=True)
        if data["parameter_set"] is None:
            del data["parameter_set"]
        del data["structures"]["joints"]  # segment.bodies says the same
        if not self.structures.cartilage_endplates:
            _without_cartilage_endplates(data)
        for section in _OPTIONAL_SECTIONS:
            data[section] = _without_none(data[section])
        for case in data["load_cases"].values():
            if not case["abdominal_pressure_kPa"]:
                for key in AbdominalPressureSection.model_fields:
                    del case[key]
            if not case["lumbar_flexion_deg"]:
                del case["lumbar_flexion_deg"]
        if self.muscles.groups == Muscles().groups:
            del data["muscles"]["groups"]
        if not self.muscles.effort_weight:
            del data["muscles"]["effort_weight"]
        if self.anatomy.lumbosacral == LumbosacralTransition():
            del data["anatomy"]["lumbosacral"]
        if not self.anatomy.posterior_cleft:
            del data["anatomy"]["posterior_cleft"]
        if ossified := given(data.pop("ossification")):
            data["ossification"] = ossified
        del data["degeneration"]
        if degenerated := grades.plain(self.degeneration):
            data["degeneration"] = degenerated
        return data

    @property
    def sha256(self) -> str:
        """Hash of everything that affects results, without name, description and origin of fitted values.

        Bodies are included by the joints between them, as in runs stored before ``segment.bodies`` was a key.
        """
        data = {key: value for key, value in self.resolved().items() if key not in _WORDS}
        del data["segment"]
        data["structures"]["joints"] = list(self.segment.joints)
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    @property
    def degenerated_anatomy(self) -> Anatomy:
        """The anatomy with its measures changed by the grades of degeneration."""
        return grades.degenerated_anatomy(self.anatomy, self.degeneration)

    @property
    def cartilage_endplates_mm(self) -> dict[str, float]:
        """Thickness of the cartilaginous endplates of each joint that has them, mm."""
        if not self.structures.cartilage_endplates:
            return {}
        return {joint: self.tissues_of(joint).cartilage_endplate.thickness_mm for joint in self.segment.joints}

    def tissues_of(self, joint: str, side: str = "") -> JointTissues:
        """Tissues of a joint changed by the grade of its disc and, if a side is given, of the facet joint there."""
        return grades.degenerated_tissues(self.materials.of_joint(joint), self.degeneration.get(joint), side)

    @property
    def quantities(self) -> QuantityTree:
        """Quantities of every number in the scenario, with the values of its parameter set."""
        return scenario_quantities(self.materials.set)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings: values outside the usual range, settings without (full) effect, and loads counted twice."""
        data = self.resolved()
        if self.anatomy.source == "surfaces":  # the other measures follow from the surfaces
            joints = {name: {key: own[key] for key in NOT_ON_IMAGES} for name, own in data["anatomy"]["joints"].items()}
            own = {key: data["anatomy"][key] for key in ("mal", "posterior_cleft") if key in data["anatomy"]}
            data["anatomy"] = {"joints": joints, **own}
        return (*range_warnings(data, self.quantities), *self._without_effect(), *self._counted_twice())

    @property
    def set_warnings(self) -> list[str]:
        """Values of the shipped parameter set that are outside the range of the literature, one line each."""
        return set_warnings(self.resolved(), self.quantities)

    @property
    def assumed_values(self) -> list[dict[str, Any]]:
        """Values without a supporting publication, for the report: name, value, unit, confidence, source."""
        stated = assumed_values(self.resolved(), self.quantities)
        clefts = assumed_numbers(self.anatomy.posterior_cleft)
        return [*stated, *clefts, *assumed_moduli(self.ossification), *self._assumed_grades()]

    def _assumed_grades(self) -> list[dict[str, Any]]:
        """Numbers of grades without a supporting publication."""
        return [
            {"name": dotted(key), "value": value, "unit": known.unit, "confidence": known.confidence}
            | {"source": known.source}
            for key, value, known in grades.numbers_in_effect(self.degeneration)
            if known is not None and known.confidence in ASSUMED
        ]

    def _counted_twice(self) -> list[str]:
        """Loads that represent the same weight or the same muscles."""
        cases = [case.within(name, self.structures, self.muscles) for name, case in self.load_cases.items()]
        return [
            f"load_cases.{case.name}: {line}" for case in cases for load in case.loads for line in load.warnings(case)
        ]

    def _without_effect(self) -> list[str]:
        lines = []
        for level, sides in self.mal.items():
            for side, mal in sides.items():
                if mal.state == "fibrous" and mal.bone_modulus_MPa is not None:
                    lines.append(f"mal.{level}.{side}.bone_modulus_MPa has no effect: nothing of it is ossified")
                if mal.state.startswith("type_") and mal.ossified_fraction is not None:
                    lines.append(
                        f"mal.{level}.{side}: ossified_fraction {mal.ossified_fraction:g} replaces that of {mal.state}"
                    )
        return [
            *lines,
            *without_effect_on_a_person(self.anatomy),
            *without_effect(self.ossification),
            *grades.stopped_short(self.anatomy, self.degeneration),
            *grades.without_effect(self.degeneration, self.materials),
            *self._tissues_without_effect(),
            *self._relaxation_without_effect(),
            *self._muscles_without_effect(),
        ]

    def _tissues_without_effect(self) -> list[str]:
        """Tissues of parts that are not in the model: single joints and bodies, ligaments, cartilaginous endplates."""
        joints = [name for name in self.materials.joints if name not in self.segment.joints]
        bodies = [name for name in self.materials.bodies if name not in self.segment.bodies]
        nowhere = [
            f"{joint}.ligaments.{name}"
            for joint, own in given({name: one.model_dump() for name, one in self.materials.joints.items()}).items()
            for name in own.get("ligaments", {})
            if joint in self.segment.joints and not (has_ligament(joint, name) and name in self.structures.ligaments)
        ]
        no_ilium = ILIOLUMBAR in self.materials.ligaments and not self.segment.sacrum
        return [
            *([f"materials.ligaments.{ILIOLUMBAR} has no effect: {SACRUM} is not in the model"] if no_ilium else []),
            *(f"materials.joints.{name} has no effect: {name} is not in the model" for name in joints),
            *(f"materials.bodies.{name} has no effect: {name} is not in the model" for name in bodies),
            *(f"materials.joints.{key} has no effect: this ligament is not in the model" for key in nowhere),
            *self._cartilage_without_effect(),
        ]

    def _cartilage_without_effect(self) -> list[str]:
        """Changed values of cartilaginous endplates that are switched off."""
        if self.structures.cartilage_endplates:
            return []
        usual = values(self.quantities["materials"]["cartilage_endplate"])
        own = given({name: one.model_dump() for name, one in self.materials.joints.items()})
        joints = [name for name in self.segment.joints if "cartilage_endplate" in own.get(name, {})]
        keys = [f"joints.{name}.cartilage_endplate" for name in joints]
        keys += ["cartilage_endplate"] if self.materials.cartilage_endplate.model_dump() != usual else []
        return [f"materials.{key} has no effect: structures.cartilage_endplates is false" for key in keys]

    def _relaxation_without_effect(self) -> list[str]:
        """Changed constants of relaxation where no load case passes in time."""
        if any(case.course.in_time for case in self.load_cases.values()):
            return []
        return [
            f"{'.'.join(key)} has no effect: no load case has loading_s, duration_s or cycle_s"
            for key, value, quantity in numbers(self.resolved(), self.quantities)
            if key[-1].startswith("relaxation_") and quantity is not None and value != quantity.value
        ]

    def _muscles_without_effect(self) -> list[str]:
        """Muscle settings that none of the selected load cases uses."""
        untouched = Muscles()
        changed = [name for name in Muscles.model_fields if getattr(self.muscles, name) != getattr(untouched, name)]
        activations = [case.of(MuscleSection).muscle_activation for case in self.load_cases.values()]
        if all(activation is None for activation in activations):
            return [f"muscles.{name} has no effect: no load case has muscle_activation" for name in changed]
        return [
            *self._shares_without_effect(changed),
            *self._sizes_without_effect(changed, activations),
            *self._weights_without_effect(activations),
        ]

    def _weights_without_effect(self, activations: list[Any]) -> list[str]:
        """Effort weights without a balanced load case, or of fascicles with a given force or activation."""
        muscles = self.muscles
        weighed = {
            f"{name}.{side}": own
            for name, sides in muscles.fascicles.items()
            for side, own in sides.items()
            if own.effort_weight is not None
        }
        if "balanced" not in activations:
            unused = bool(weighed or muscles.effort_weight)
            return ["effort_weight has no effect: no load case has muscle_activation: balanced"] if unused else []
        return [
            f"muscles.fascicles.{place}.effort_weight has no effect: its force or activation is given"
            for place, own in weighed.items()
            if own.force_N is not None or own.activation is not None
        ]

    def _shares_without_effect(self, changed: list[str]) -> list[str]:
        """Changed settings of the force share of the MALs where all are absent, or where the share is given."""
        arches = [self.mal[level][side] for level in ARCH_LEVELS if level in self.segment.bodies for side in SIDES]
        if all(arch.state == "absent" for arch in arches):
            return [f"muscles.{name} has no effect: every MAL is absent" for name in changed if name in _SHARES]
        if self.muscles.mal_share is None:
            return []
        return [f"muscles.{name} has no effect: mal_share is given" for name in changed if name in _SHARES[1:]]

    def _sizes_without_effect(self, changed: list[str], activations: list[Any]) -> list[str]:
        """Changed sizes of muscles that are not active."""
        sides = [side for fascicle in self.muscles.fascicles.values() for side in fascicle.values()]
        if any(activations) or any(side.activation for side in sides):
            return []
        sizes = [name for name in changed if name in _SIZES]
        return [f"muscles.{name} has no effect: muscle_activation is 0 in every load case" for name in sizes]


def _without_cartilage_endplates(data: dict[str, Any]) -> None:
    """Remove the values of cartilaginous endplates from plain values, in place."""
    materials = data["materials"]
    del materials["cartilage_endplate"]
    for tissues in materials.get("joints", {}).values():
        tissues.pop("cartilage_endplate", None)
    if joints := given(materials.pop("joints", {})):
        materials["joints"] = joints


def _without_none(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_none(value) for key, value in data.items() if value is not None}
    return data
