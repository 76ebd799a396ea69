"""The typed scenario: everything that defines one run."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import Field

from fem_lumbar.anatomy.measures import NOT_ON_IMAGES
from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy, template_of
from fem_lumbar.anatomy.spine import ARCH_LEVELS, SACRUM, ArchLevel
from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.foundation.conventions import ILIOLUMBAR, SIDES
from fem_lumbar.foundation.parameters import QuantityTree, StrictModel
from fem_lumbar.materials.overrides import given
from fem_lumbar.materials.tissues import Materials
from fem_lumbar.scenario.bounds import assumed_values, numbers, range_warnings, scenario_quantities, set_warnings
from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.ossification import OssifiedLigaments, assumed_moduli, without_effect
from fem_lumbar.scenario.sections import (
    MalSettings,
    Muscles,
    SegmentSettings,
    Side,
    SolverSettings,
    Structures,
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
    muscles: Muscles
    load_cases: dict[str, LoadCase] = Field(min_length=1)
    solver: SolverSettings

    def resolved(self) -> dict[str, Any]:
        """Plain nested values with every default written out; loading them gives an equal scenario."""
        data = self.model_dump(mode="json", by_alias=True)
        if data["parameter_set"] is None:
            del data["parameter_set"]
        del data["structures"]["joints"]  # segment.bodies says the same
        for section in _OPTIONAL_SECTIONS:
            data[section] = _without_none(data[section])
        if self.anatomy.lumbosacral == LumbosacralTransition():
            del data["anatomy"]["lumbosacral"]
        if ossified := given(data.pop("ossification")):
            data["ossification"] = ossified
        return data

    @property
    def sha256(self) -> str:
        """Hash of everything that decides the numbers; words about it do not.

        The bodies are in it by the joints between them, as in runs stored before ``segment.bodies`` was a key.
        """
        data = {key: value for key, value in self.resolved().items() if key not in _WORDS}
        del data["segment"]
        data["structures"]["joints"] = list(self.segment.joints)
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    @property
    def quantities(self) -> QuantityTree:
        """Quantities of every number in it, with the values of its parameter set and template."""
        return scenario_quantities(self.materials.set, template_of(self.anatomy.source))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Values outside the range that is usual, settings that change nothing, and weight that is counted twice."""
        data = self.resolved()
        if self.anatomy.source == "surfaces":  # what follows from the surfaces is not what these values say
            joints = {name: {key: own[key] for key in NOT_ON_IMAGES} for name, own in data["anatomy"]["joints"].items()}
            data["anatomy"] = {"joints": joints, "mal": data["anatomy"]["mal"]}
        return (*range_warnings(data, self.quantities), *self._without_effect(), *self._counted_twice())

    @property
    def set_warnings(self) -> list[str]:
        """Values of the shipped parameter set that are outside the range of the literature, one line each."""
        return set_warnings(self.resolved(), self.quantities)

    @property
    def assumed_values(self) -> list[dict[str, Any]]:
        """Values that no publication supports, for the report: name, value, unit, confidence, source."""
        return [*assumed_values(self.resolved(), self.quantities), *assumed_moduli(self.ossification)]

    def _counted_twice(self) -> list[str]:
        """Loads that stand for the same weight or the same muscles."""
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
            *without_effect(self.ossification),
            *self._tissues_without_effect(),
            *self._relaxation_without_effect(),
            *self._muscles_without_effect(),
        ]

    def _tissues_without_effect(self) -> list[str]:
        """Tissues of single joints and bodies that are not in the model."""
        joints = [name for name in self.materials.joints if name not in self.segment.joints]
        bodies = [name for name in self.materials.bodies if name not in self.segment.bodies]
        no_ilium = ILIOLUMBAR in self.materials.ligaments and not self.segment.sacrum
        return [
            *([f"materials.ligaments.{ILIOLUMBAR} has no effect: {SACRUM} is not in the model"] if no_ilium else []),
            *(f"materials.joints.{name} has no effect: {name} is not in the model" for name in joints),
            *(f"materials.bodies.{name} has no effect: {name} is not in the model" for name in bodies),
        ]

    def _relaxation_without_effect(self) -> list[str]:
        """Constants of relaxation that are not those of the parameter set, where no time passes under load."""
        if any(case.course.in_time for case in self.load_cases.values()):
            return []
        return [
            f"{'.'.join(key)} has no effect: no load case has loading_s, duration_s or cycle_s"
            for key, value, quantity in numbers(self.resolved(), self.quantities)
            if key[-1].startswith("relaxation_") and quantity is not None and value != quantity.value
        ]

    def _muscles_without_effect(self) -> list[str]:
        """Muscle settings that none of the load cases (those that are run) makes use of."""
        untouched = Muscles()
        changed = [name for name in Muscles.model_fields if getattr(self.muscles, name) != getattr(untouched, name)]
        activations = [case.of(MuscleSection).muscle_activation for case in self.load_cases.values()]
        if all(activation is None for activation in activations):
            return [f"muscles.{name} has no effect: no load case has muscle_activation" for name in changed]
        return [*self._shares_without_effect(changed), *self._sizes_without_effect(changed, activations)]

    def _shares_without_effect(self, changed: list[str]) -> list[str]:
        """Changed settings of the share through the MALs where there is none, or where it is given."""
        arches = [self.mal[level][side] for level in ARCH_LEVELS if level in self.segment.bodies for side in SIDES]
        if all(arch.state == "absent" for arch in arches):
            return [f"muscles.{name} has no effect: every MAL is absent" for name in changed if name in _SHARES]
        if self.muscles.mal_share is None:
            return []
        return [f"muscles.{name} has no effect: mal_share is given" for name in changed if name in _SHARES[1:]]

    def _sizes_without_effect(self, changed: list[str], activations: list[Any]) -> list[str]:
        """Changed sizes of muscles that do not pull."""
        sides = [side for fascicle in self.muscles.fascicles.values() for side in fascicle.values()]
        if any(activations) or any(side.activation for side in sides):
            return []
        sizes = [name for name in changed if name in _SIZES]
        return [f"muscles.{name} has no effect: muscle_activation is 0 in every load case" for name in sizes]


def _without_none(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_none(value) for key, value in data.items() if value is not None}
    return data
