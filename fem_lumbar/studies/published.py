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
        What varies, and among whom.
    unit, source, confidence, note : str
        Unit (``-`` for none), where it was published, how sure it is, and what it does not say.
    distribution : distribution or None
        The distribution, or
    rows : tuple of Row or None
        those by age in years.
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
    """All of them by name."""
    data = read_data(Path(str(files("fem_lumbar.studies") / "data" / "published.yaml")))
    return {name: Published.model_validate(entry) for name, entry in data.items()}
