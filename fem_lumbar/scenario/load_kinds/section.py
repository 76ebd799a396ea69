"""Interface of a kind of load in scenarios and stored results, without mechanics.

A kind of load has two small classes: its section here, and its mechanics in :mod:`fem_lumbar.model.load_kinds`, since a
scenario is read and checked without any mechanics. A new kind is a file and an entry in the list of both packages:
:data:`fem_lumbar.scenario.load_kinds.kinds.SECTIONS` and :data:`fem_lumbar.model.load_kinds.kinds.LOADS`.

1. The fields of a section are its keys in a load case; all have defaults.
2. ``acts(case)`` is whether it loads the segment, ``words(name)`` describes what is given, ``clashes(case)`` yields
   contradictions, and ``warnings(case)`` loads that are counted twice or have no effect.
3. ``applied_keys`` are the prescribed values among its entries in ``applied`` of a summary; the class methods read
   such an entry, which may come from a stored result.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.load_kinds.course import Course
from fem_lumbar.scenario.sections import Muscles, Structures

S = TypeVar("S", bound="LoadSection")


class LoadSection(StrictModel, ABC):
    """Keys of one kind of load in a load case.

    Attributes
    ----------
    held : bool
        With ``follower_first``, whether it is applied first and held, or applied after the others.
    turning : tuple of str
        Keys that rotate the loaded endplate; a case has at most one.
    about_named_axis : tuple of str
        Those of them that need an axis in the name of the case.
    suffices : tuple of str
        Keys that load a case of any name, as listed in messages.
    applied_keys : tuple of str
        Entries in ``applied`` that are prescribed.
    curve_keys : tuple of str
        Entries in ``applied`` that are columns of the curves.
    """

    held: ClassVar[bool] = True
    turning: ClassVar[tuple[str, ...]] = ()
    about_named_axis: ClassVar[tuple[str, ...]] = ()
    suffices: ClassVar[tuple[str, ...]] = ()
    applied_keys: ClassVar[tuple[str, ...]] = ()
    curve_keys: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""

    @abstractmethod
    def words(self, name: str) -> Iterator[str]:
        """Descriptions of what is given, with direction, size and unit, for a case with a name."""

    def clashes(self, case: CaseInScenario) -> Iterator[Contradiction]:
        """Contradictions, with keys relative to the load case."""
        yield from ()

    def warnings(self, case: CaseInScenario) -> Iterator[str]:
        """Warnings on weight or muscles counted twice and settings without effect, keys relative to the load case."""
        yield from ()

    def can_be_balanced(self, case: CaseInScenario) -> bool:
        """Whether muscles can hold the posture against it."""
        return self.acts(case)

    def prescribed_motions(self) -> tuple[str, ...]:
        """Given keys that prescribe a motion of the loaded endplate."""
        return ()

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Descriptions of what acts in a stored result, from its whole entry ``applied``, for titles of figures."""
        yield from ()

    @classmethod
    def prescribed(cls, applied: Mapping[str, Any]) -> dict[str, Any]:
        """The prescribed values of an entry ``applied``, the same in all runs of one load case."""
        return {key: applied[key] for key in cls.applied_keys if applied.get(key) is not None}

    @classmethod
    def mirrored(cls, prescribed: Mapping[str, Any]) -> dict[str, Any]:
        """Prescribed values of this kind mirrored in the mid-sagittal plane."""
        return dict(prescribed)

    @classmethod
    def columns(cls, case: str, applied: Mapping[str, Any]) -> dict[str, float]:
        """Columns of the curves of a case."""
        return {key: applied[key] for key in cls.curve_keys if key in applied}


@dataclass(frozen=True)
class CaseInScenario:
    """A load case with its name and the parts of its scenario needed to check its loads."""

    name: str
    loads: tuple[LoadSection, ...]
    course: Course
    structures: Structures
    muscles: Muscles

    def of(self, kind: type[S]) -> S:
        """The section of a kind."""
        return next(load for load in self.loads if isinstance(load, kind))

    @property
    def acting(self) -> list[LoadSection]:
        """Sections that load the segment."""
        return [load for load in self.loads if load.acts(self)]
