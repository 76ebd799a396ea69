"""Published bands for comparison with a run: same structures and same load, or pure moments of any magnitude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fem_lumbar.comparison.discretisation_bars import template_in
from fem_lumbar.experiments.validation.measures import OneCase, Rotation
from fem_lumbar.experiments.validation.protocols import protocol_scenario
from fem_lumbar.experiments.validation.reading import NotAnswered, ProtocolRuns, Reader
from fem_lumbar.experiments.validation.targets import Target, shipped_targets
from fem_lumbar.measures.quantities import mirrored_name
from fem_lumbar.runs.run import Run

_HOW_APPLIED = ("unload", "load_levels", "extends")
"""Keys of a load case that do not define the applied load."""


@dataclass(frozen=True)
class PublishedBand:
    """A published value with its band, assigned to a load case of a run.

    Attributes
    ----------
    target : Target
        The published value with source and band.
    case : str
        Load case of the run: that of the experiment or its mirror image.
    side : str
        For contact forces ``left``, ``right``, ``mean`` or ``largest``; otherwise empty.
    moment_Nm : float
        Moment of the experiment; 0 without one.
    value : float or None
        Result of the run in the unit of the target; None if its load is different.
    """

    target: Target
    case: str
    side: str
    moment_Nm: float
    value: float | None

    @property
    def source(self) -> str:
        """Reference of the published value, as text."""
        return shipped_targets().sources[self.target.source]

    @property
    def inside(self) -> bool | None:
        """Whether the result is in the band; None if the load is different."""
        low, high = self.target.interval
        return None if self.value is None else low <= self.value <= high


def published_bands(run: Run) -> list[PublishedBand]:
    """Bands for the converged load cases of a run, from experiments on segments with the same structures.

    Experiments used intact specimens; runs with degenerated, ossified or changed tissue are compared with these too.
    """
    return [band for target in shipped_targets().all() for band in _beside(run, target)]


def _beside(run: Run, target: Target) -> Iterator[PublishedBand]:
    """The band for the load case of its experiment and for its mirror image, if the run has them."""
    measure = target.measure
    if len(measure.protocols) != 1 or not _same_structures(run, measure.protocols[0]):
        return
    case: str
    if isinstance(measure, Rotation) and len(measure.cases) == 1:
        (case,) = measure.cases
    elif isinstance(measure, OneCase):
        case = measure.case
    else:
        return
    load = _load(_protocol(measure.protocols[0])["load_cases"][case])
    for own, turned in dict.fromkeys([(case, False), (mirrored_name(case), True)]):
        if (turned and own == case) or own not in run.converged:
            continue
        ours = _load(run.resolved["load_cases"].get(own, {}))
        pure = isinstance(measure, Rotation) and ours.keys() == load.keys() == {"moment_Nm"}
        if ours == load or pure:
            moved = _mirrored(measure) if turned else measure
            value = _value(run, moved) if ours == load else None
            yield PublishedBand(target, own, getattr(moved, "side", ""), float(load.get("moment_Nm", 0.0)), value)


def _mirrored(measure: Any) -> Any:
    """The measure of the mirrored load case, with sides exchanged."""
    if isinstance(measure, Rotation):
        return measure.model_copy(update={"cases": tuple(map(mirrored_name, measure.cases))})
    changed = {key: mirrored_name(getattr(measure, key)) for key in ("case", "side") if hasattr(measure, key)}
    return measure.model_copy(update=changed)


def _value(run: Run, measure: Any) -> float | None:
    """The number of a run that corresponds to a target; None if it is missing."""
    try:
        return measure.value(Reader(ProtocolRuns({measure.protocol: run})))
    except NotAnswered:
        return None


def _load(case: Mapping[str, Any]) -> dict[str, Any]:
    """The load applied in a load case, without zeros and without settings on how it is applied."""
    return {key: value for key, value in case.items() if value and key not in _HOW_APPLIED}


def _same_structures(run: Run, protocol: str) -> bool:
    theirs, ours = _protocol(protocol), run.resolved
    return template_in(ours) == template_in(theirs) and all(
        key in ours and ours[key] == theirs[key] for key in ("segment", "structures")
    )


@cache
def _protocol(name: str) -> dict[str, Any]:
    return protocol_scenario(name).resolved()
