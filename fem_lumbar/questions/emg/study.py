"""Left/right ratios of runs compared with a reference run, and sample sizes to detect the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.questions.emg.amplitude import MEASURES, Signal, signals
from fem_lumbar.questions.emg.parameters import Design, designs, power_wanted, significance
from fem_lumbar.questions.emg.power import pairs_needed
from fem_lumbar.runs.run import Run


@dataclass(frozen=True)
class Change:
    """Change of the logarithm of the left/right ratio from the reference, in one measure.

    Attributes
    ----------
    reference, here : float or None
        Natural logarithm of the left/right ratio; None if a side is silent.
    persons : dict of int or None
        Number of persons needed, by design; None if ten million are not enough or a side is silent.
    """

    reference: float | None
    here: float | None
    persons: dict[str, int | None]

    @property
    def size(self) -> float | None:
        """Difference of the logarithms; if small, the relative change of the ratio. None if a side is silent."""
        return None if self.reference is None or self.here is None else self.here - self.reference


@dataclass(frozen=True)
class Expectation:
    """Predicted changes for one muscle at one level in one task of one run."""

    run: str
    case: str
    signal: Signal
    changes: dict[str, Change]


@dataclass(frozen=True)
class EmgStudy:
    """Predicted changes of all runs relative to the reference."""

    reference: str
    density: str
    found: tuple[Expectation, ...]

    @property
    def floor(self) -> float:
        """Largest logarithm of the left/right ratio in the reference: the numerical floor if that is symmetric."""
        sizes = [
            abs(one.reference) for each in self.found for one in each.changes.values() if one.reference is not None
        ]
        return max(sizes, default=0.0)

    def plain(self) -> dict[str, Any]:
        """Everything as plain data for JSON; ``size`` is the change of the logarithm of the left/right ratio."""
        rows = []
        for one in self.found:
            changes = {name: {**asdict(change), "size": change.size} for name, change in one.changes.items()}
            rows.append({**asdict(one), "changes": changes})
        test = {"power": power_wanted(), "significance": significance(), "designs": [asdict(d) for d in designs()]}
        return {"reference": self.reference, "density": self.density, "test": test, "expectations": rows}


def emg_study(reference: Run, others: Sequence[Run]) -> EmgStudy:
    """Compare runs with a reference in the load cases they share.

    Raises
    ------
    InputError
        When a run shares no converged load case with active muscles.
    """
    before = _by_case(reference)
    found: list[Expectation] = []
    for run in others:
        here = _by_case(run)
        cases = [case for case in before if case in here]
        if not cases:
            raise InputError(
                f"{run.name} and {reference.name} share no converged load case with active muscles: "
                f"{', '.join(here) or 'none'} and {', '.join(before) or 'none'}"
            )
        for case in cases:
            for usual, signal in zip(before[case], here[case], strict=True):
                changes = {measure: _change(usual, signal, measure) for measure in MEASURES}
                found.append(Expectation(run.name, case, signal, changes))
    return EmgStudy(reference.name, reference.density, tuple(found))


def _by_case(run: Run) -> dict[str, list[Signal]]:
    entries = {case: entry.get("muscles") for case, entry in run.converged.items()}
    return {case: signals(run.scenario, muscles) for case, muscles in entries.items() if muscles}


def _change(usual: Signal, signal: Signal, measure: str) -> Change:
    reference, here = usual.log_ratio(measure), signal.log_ratio(measure)
    size = None if reference is None or here is None else here - reference
    return Change(reference, here, {design.name: _persons(size, design) for design in designs()})


def _persons(size: float | None, design: Design) -> int | None:
    return None if size is None else pairs_needed(size / design.spread, power_wanted(), significance())
