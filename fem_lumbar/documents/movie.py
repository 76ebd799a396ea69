"""Film of a window: the load increases over its stored levels, then the segment rotates once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio.v2 as imageio
import numpy as np

from fem_lumbar.documents.viewer_window import Window
from fem_lumbar.foundation.atomic_files import PART
from fem_lumbar.foundation.errors import FemLumbarError

FRAMES_PER_S = 15
_GROWING_S, _STILL_S, _TURNING_S = 3.0, 0.5, 5.0
FORMATS = {".mp4": "FFMPEG", ".gif": "GIF"}
"""Suffixes of film formats, and the writer of each."""


def film(window: Window, path: Path, tell: Callable[[float], None]) -> None:
    """Write a film of the content of a window.

    Load levels are not interpolated: each stored one is shown until the next. At full load the field of the window is
    shown.

    Parameters
    ----------
    window : Window
    path : Path
        ``.mp4`` or ``.gif``.
    tell : callable
        Receives the completed fraction.

    Raises
    ------
    FemLumbarError
        When the film cannot be written.
    """
    pictures = _frames(window)
    count = _frames_in(_GROWING_S) + _frames_in(_STILL_S) + _frames_in(_TURNING_S)
    options = (
        {"duration": 1000.0 / FRAMES_PER_S, "loop": 0}
        if path.suffix == ".gif"
        else {"fps": FRAMES_PER_S, "macro_block_size": 2}
    )
    part = path.with_name(f"{path.stem}.{os.getpid()}{PART}{path.suffix}")  # encoders are selected by the suffix
    try:
        writer: Any = imageio.get_writer(part, format=FORMATS[path.suffix], mode="I", **options)
        with writer:
            for number, picture in enumerate(pictures):
                writer.append_data(picture)
                tell((number + 1) / count)
        part.replace(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise FemLumbarError(f"the film could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _frames(window: Window) -> Iterator[np.ndarray]:
    """Images (height, width, 3) of the film, one after the other."""
    plotter = window.plotter
    levels = np.array(window.levels)
    for load in np.linspace(0.0, 1.0, _frames_in(_GROWING_S)):
        window.set_level(float(levels[levels <= load + 1e-9].max(initial=levels.min())))
        yield _picture(window)
    for _ in range(_frames_in(_STILL_S)):
        yield _picture(window)
    turning = _frames_in(_TURNING_S)
    for _ in range(turning):
        plotter.subplot(0, 0)
        plotter.camera.Azimuth(360.0 / turning)
        plotter.reset_camera_clipping_range()
        plotter.render()
        yield _picture(window)


def _picture(window: Window) -> np.ndarray:
    """Image of the window; encoders need an even number of pixels in both directions."""
    picture = np.asarray(window.plotter.screenshot(return_img=True))
    return picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2, :3]


def _frames_in(seconds: float) -> int:
    return round(seconds * FRAMES_PER_S)
