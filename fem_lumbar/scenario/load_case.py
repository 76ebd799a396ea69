"""A load case: the loads that act together, one section for each kind, as one flat record of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from pydantic import create_model

from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.load_kinds.course import Course
from fem_lumbar.scenario.load_kinds.kinds import SECTIONS
from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.sections import Muscles, Structures

M = TypeVar("M", bound=StrictModel)
P = TypeVar("P", bound=StrictModel)


def _with_keys_of(*parts: type[StrictModel]) -> Callable[[type[M]], type[M]]:
    """Class decorator that adds the fields of other records to a record."""

    def extended(record: type[M]) -> type[M]:
        fields: dict[str, Any] = {
            name: (info.annotation, info) for part in parts for name, info in part.model_fields.items()
        }
        return create_model(
            record.__name__, __base__=record, __module__=record.__module__, __doc__=record.__doc__, **fields
        )

    return extended


@_with_keys_of(*SECTIONS, Course)
class LoadCase(StrictModel):
    """Loads applied together, from the unloaded state, or one after the other.

    ``follower_first`` applies follower load, upper body and muscles first and holds them while the moment or motion
    comes on; ``unload`` takes the loads off again the same way.
    ``duration_s`` holds full load while the discs relax, after loading at once or in ``loading_s``; ``cycle_s`` takes
    the load in cycles to both sides instead.
    ``rotation_deg`` and ``axial_displacement_mm`` move the loaded endplate by so much, in place of a moment: its other
    motions stay free. They count from where the motion begins.

    ``muscle_activation`` left out means no muscle pulls. A number makes the muscles active: every fascicle pulls
    with that activation unless ``muscles.fascicles`` gives it its own force or activation. ``balanced`` finds the
    activations of least effort, the sum of their cubes, with which no joint turns under the loads of the case.
    """

    def of(self, part: type[P]) -> P:
        """The keys of one kind of load, or of the course, as a record."""
        kept = part.model_construct(**{name: getattr(self, name) for name in part.model_fields})
        return cast("P", kept)  # the plugin of pydantic knows the base alone

    @property
    def loads(self) -> tuple[LoadSection, ...]:
        """The sections of all kinds of loads, given or not."""
        return tuple(self.of(section) for section in SECTIONS)

    @property
    def course(self) -> Course:
        """Order and steps in which the loads are applied."""
        return self.of(Course)

    def within(self, name: str, structures: Structures, muscles: Muscles) -> CaseInScenario:
        """The case with its name and the parts of the scenario needed to check its loads."""
        return CaseInScenario(name, self.loads, self.course, structures, muscles)
