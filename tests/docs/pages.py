"""The pages of the documentation, taken apart.

A block that cannot be checked, or is checked against something else than usual, says so in a comment on the line before
it: ``<!-- not checked: reason -->`` or ``<!-- checked with: FILE -->``.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<mark>not checked|checked with): (?P<what>[^\n]+) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\S*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of code: where it is, in which language, and what the comment before it says."""

    page: Path
    line: int
    language: str
    text: str
    mark: str | None
    what: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(*languages: str) -> Iterator[Block]:
    """Blocks of all pages in these languages, those that are not to be checked left out."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start("text"))
            language, code, mark, what = found.group("language", "text", "mark", "what")
            one = Block(page, line, language, textwrap.dedent(code), mark, what)
            if one.language in languages and one.mark != "not checked":
                yield one


def prose(text: str) -> str:
    """A page without its blocks and its code."""
    return re.sub(r"`[^`\n]*`", "`x`", re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL))
