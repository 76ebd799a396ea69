"""Numbers of a run, marked where their discretisation error is large or unknown."""

from __future__ import annotations

from dataclasses import dataclass

from fem_lumbar.comparison.discretisation_bars import (
    LARGE_BAR,
    NOT_KNOWN,
    DiscretisationBars,
    density_of,
    mark,
    stored_bars,
)
from fem_lumbar.documents.tables import number
from fem_lumbar.measures.quantities import Path, kind
from fem_lumbar.runs.run import Run


@dataclass(frozen=True)
class MarkedNumbers:
    """Formats numbers of a run with marks for their stored discretisation errors."""

    run: Run
    bars: DiscretisationBars
    density: str | None

    @classmethod
    def of(cls, run: Run) -> MarkedNumbers:
        """Formatter for a run, with the errors stored in the package."""
        return cls(run, stored_bars().of_model(run.resolved), density_of(run.summary, run.resolved))

    def text(self, case: str, path: Path, value: float | None) -> str:
        """A number of a load case, with its error bar if that is large, or a question mark if it is unknown."""
        told = mark(self.bars, case, self.run.cases[case]["applied"], self.density, path, value)
        return f"{number(value)} {told}" if told else number(value)

    def note(self, path: Path) -> str:
        """Text on the meaning of the marks beside numbers of this kind."""
        text = (
            f"±: estimated discretisation error at this density, shown above {100 * LARGE_BAR:g} % (above 100 % in "
            "the unit of the number). "
            f"{NOT_KNOWN}: not known under this load"
        )
        worst = self.bars.worst(self.density).get(kind(path))
        return f"{text}; under others it goes up to {100 * worst:.2g} %." if worst is not None else f"{text}."
