"""Check for a display."""

from __future__ import annotations

import os
import re
import socket
import sys

from fem_lumbar.foundation.errors import InputError

_WAIT_S = 2.0


def require_display() -> None:
    """Check that there is a display; one is assumed on Windows and macOS.

    Raises
    ------
    InputError
        When there is none or it does not respond; the message says what to do.
    """
    if sys.platform in ("win32", "darwin") or os.environ.get("WAYLAND_DISPLAY"):
        return
    name = os.environ.get("DISPLAY")
    way_out = "use --screenshot FILE.png to write a picture"
    if not name:
        raise InputError(f"no display available for a window: {way_out}")
    if not _answers(name):
        raise InputError(f"the display {name} does not respond: {way_out}")


def _answers(name: str) -> bool:
    """Whether an X server listens at a display name such as ``:0``, ``host:10.0`` or ``unix:0``."""
    found = re.fullmatch(r"(?:.*/)?([^:/]*):(\d+)(?:\.\d+)?", name)
    if found is None:
        return True  # only the X library understands this form of name
    host, number = found[1], int(found[2])
    if host not in ("", "unix"):
        return _connects(socket.AF_INET, (host, 6000 + number))
    local = f"/tmp/.X11-unix/X{number}"
    return _connects(socket.AF_UNIX, local) or _connects(socket.AF_UNIX, f"\0{local}")


def _connects(family: socket.AddressFamily, place: str | tuple[str, int]) -> bool:
    with socket.socket(family) as line:
        line.settimeout(_WAIT_S)
        try:
            line.connect(place)
        except OSError:
            return False
    return True
