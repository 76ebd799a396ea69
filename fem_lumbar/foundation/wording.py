"""Text without private paths of the machine."""

from __future__ import annotations

import re
from pathlib import Path

_ABSOLUTE_FOLDER = re.compile(r"(?<![\w.~/\\])(?:[A-Za-z]:)?[\\/](?:[^\s'\":;,()\\/]+[\\/])+")


def without_private_paths(text: str) -> str:
    """Text whose absolute paths are shortened: below ``.`` or ``~`` to that, all others to their last name."""
    for folder, short in ((Path.cwd(), "."), (Path.home(), "~")):
        if len(folder.parts) > 1:
            text = text.replace(str(folder), short)
    return _ABSOLUTE_FOLDER.sub("", text)
