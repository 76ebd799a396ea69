"""Charts as files: written atomically, and with the same bytes for the same chart."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from fem_lumbar.foundation.atomic_files import replacing

_COMPRESSION = 4
"""Level of PNG compression: files are 3 % larger than with the usual 6, and written in half the time."""


def write_figure(figure: Figure, path: Path, dpi: float | None = None) -> Path:
    """Write a chart as PNG, at its own resolution or with ``dpi``; returns its path."""
    with replacing(path) as part:
        figure.savefig(
            part,
            format="png",
            dpi="figure" if dpi is None else dpi,
            metadata={"Software": None},
            pil_kwargs={"compress_level": _COMPRESSION},
        )
    return path
