"""Published distributions by name, for factors of a study."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from fem_lumbar.foundation.parameters import Confidence, StrictModel, read_data
from fem_lumbar.studies.distributions import Simple
from fem_lumbar.studies.study_file import Row


class Published(StrictModel):
    """One published distribution.

    Attributes
    ----------
    what : str
        The quantity, and its population.
    unit, source, confidence, note : str
        Unit (``-`` for none), reference, confidence in it, and its limitations.
    distribution : distribution or None
        The distribution; None if it depends on age.
        rows : tuple of Row or None
            The distributions by age in years; None if there is only one.
    """

    what: str = Field(alias="is")
    unit: str
    source: str
    confidence: Confidence
    note: str = ""
    distribution: Annotated[Simple, Field(discriminator="kind")] | None = None
    rows: tuple[Row, ...] | None = None


@cache
def published() -> dict[str, Published]:
    """All published distributions by name."""
    data = read_data(Path(str(files("fem_lumbar.studies") / "data" / "published.yaml")))
    return {name: Published.model_validate(entry) for name, entry in data.items()}
