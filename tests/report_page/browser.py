"""A browser without a window, for tests of pages: Chromium with software WebGL, cut off from any network."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import matplotlib.image
import numpy as np

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--log-level=0",
    "--virtual-time-budget=30000",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--window-size=1000,1000",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_HINT = "Canvas2D: Multiple readback operations using getImageData"
"""How plotly could draw text faster: the browser's advice, no error."""
_TIME_LIMIT_S = 400.0


@dataclass(frozen=True)
class Shown:
    """What a browser showed: pixels (rows, columns, 3) from 0 to 1, and what its console said."""

    pixels: np.ndarray
    console: list[str]

    def differs(self, other: Shown) -> float:
        """Share of pixels that differ visibly."""
        return float((np.abs(self.pixels - other.pixels).max(axis=2) > 0.05).mean())

    def has_hue(self, red_beyond_blue: float) -> float:
        """Share of pixels whose red exceeds their blue by so much (or, negative, the other way round)."""
        return float(self._of_hue(red_beyond_blue).mean())

    def height_of_hue(self, red_beyond_blue: float) -> int:
        """From the first to the last row with at least 25 such pixels, pixels."""
        rows = np.flatnonzero(self._of_hue(red_beyond_blue).sum(axis=1) >= 25)
        return int(np.ptp(rows)) if len(rows) else 0

    def _of_hue(self, red_beyond_blue: float) -> np.ndarray:
        more = self.pixels[..., 0] - self.pixels[..., 2]
        return more > red_beyond_blue if red_beyond_blue > 0 else more < red_beyond_blue


def show(page: Path, chosen: str, folder: Path) -> Shown:
    """Open a page with choices behind ``#`` in its address, and take a picture of it."""
    assert CHROMIUM is not None
    picture = folder / "shown.png"
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={folder / 'profile'}", f"--screenshot={picture}"]
    done = subprocess.run(
        [*command, f"{page.resolve().as_uri()}#{chosen}"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        timeout=_TIME_LIMIT_S,
        check=True,
        text=True,
        errors="replace",
    )
    said = [line for line in done.stderr.splitlines() if re.search(r":CONSOLE[:(]", line) and _HINT not in line]
    return Shown(matplotlib.image.imread(picture)[..., :3], said)
