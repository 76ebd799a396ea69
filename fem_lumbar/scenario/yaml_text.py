"""YAML text to a tree of nodes: text encoding, scalar types and size limits.

The rules for scalars are those of YAML 1.2: ``1e-6`` is a number; dates, ``on``, ``0x10`` and ``1:30`` are text. A
number that begins with 0 is refused, as YAML 1.1 reads it to the base of eight.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import yaml

MOST_DIGITS = 18
"""Most digits of an integer; longer ones become floating-point numbers."""

_LARGEST_FILE = 4_000_000  # bytes; a resolved scenario has about 20 000
_DEEPEST = 32  # maps and lists within one another; a scenario has 7
_MOST_NODES = 200_000  # with every alias written out

_REPLACED = {f"tag:yaml.org,2002:{kind}" for kind in ("timestamp", "bool", "float", "int")}
_LEADING_ZERO = re.compile(r"^[-+]?0[0-9_]+$")
_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x00\x00\xfe\xff", "UTF-32"))
_BREAKS_FOR_SOME = re.compile("[\x85\u2028\u2029]")
"""Characters that end a line in YAML 1.1 and not in YAML 1.2."""


class TooDeepError(yaml.MarkedYAMLError):
    """More nested maps and lists than any scenario has."""


class Loader(yaml.SafeLoader):
    """Safe YAML loader with the scalars of YAML 1.2 and a limit of nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node, as composed by PyYAML; TooDeepError beyond the limit of nesting."""
        self._depth += 1
        if self._depth > _DEEPEST:
            mark = self.peek_event().start_mark
            raise TooDeepError(problem=f"nested too deep (more than {_DEEPEST} levels)", problem_mark=mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag not in _REPLACED]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(rf"^[-+]?(?:0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})$"), "-+0123456789"
)
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    "-+0123456789.",
)


def text_of(path: Path) -> tuple[str, str | None]:
    """The text of a file, and a message if it is not usable text (then the text is empty).

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    if path.stat().st_size > _LARGEST_FILE:
        size = path.stat().st_size / 1e6
        return "", f"the file has {size:.0f} MB; a scenario is text of a few kB"
    raw = path.read_bytes()
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return "", f"the file is in {encoding}; save it as UTF-8"
    if b"\x00" in raw:
        return "", f"not a text file (a zero byte in line {_line(raw, raw.index(0))}); a scenario is YAML in UTF-8"
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        byte = raw[error.start : error.start + 1]
        meant = byte.decode("cp1252", errors="ignore")
        hint = f", '{meant}' in Windows-1252 or Latin-1" if meant.isprintable() and meant else ""
        line = _line(raw, error.start)
        return "", f"not a text file in UTF-8 (line {line}, byte 0x{byte.hex()}{hint}); save it as UTF-8"


def unsafe_break(text: str) -> tuple[int, str] | None:
    """Line and message on the first character that ends a line only in some programs; None if there is none."""
    found = _BREAKS_FOR_SOME.search(text)
    if found is None:
        return None
    line = len(re.split("\r\n|\r|\n", text[: found.start()]))
    return line, f"the character {named(found[0])} ends a line in YAML 1.1 and does not in YAML 1.2; take it out"


def too_large(root: yaml.Node) -> tuple[yaml.Node, str] | None:
    """The first node that is too large with every alias expanded, and a message; None if there is none."""
    sizes: dict[int, tuple[int, int]] = {}
    return _measured(root, sizes)


def leading_zero(node: yaml.ScalarNode) -> str | None:
    """Message on why a number that begins with 0 is refused, with both readings; None for any other scalar."""
    if node.style is not None or not _LEADING_ZERO.match(node.value):
        return None
    digits = node.value.replace("_", "")
    try:
        octal = f"{int(digits, 8)} in YAML 1.1 (octal)"
    except ValueError:
        octal = "text in YAML 1.1"
    return f"{node.value} is {octal} and {int(digits)} in YAML 1.2: write {int(digits)}, or '{node.value}' for text"


def named(character: str) -> str:
    """Code and name of a character, e.g. ``U+2212 MINUS SIGN``."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _measured(node: yaml.Node, sizes: dict[int, tuple[int, int]]) -> tuple[yaml.Node, str] | None:
    """Store number of nodes and depth of a node, aliases expanded, in ``sizes``; the first node that is too large."""
    if id(node) in sizes:
        return None
    sizes[id(node)] = (1, 1)  # of an alias to a node that it is part of
    if isinstance(node, yaml.ScalarNode):
        return None
    pairs = isinstance(node, yaml.MappingNode)
    below = [part for pair in node.value for part in pair] if pairs else node.value
    for part in below:
        if found := _measured(part, sizes):
            return found
    size = 1 + sum(sizes[id(part)][0] for part in below)
    depth = 1 + max((sizes[id(part)][1] for part in below), default=0)
    sizes[id(node)] = (size, depth)
    if size > _MOST_NODES:
        return node, f"too many aliased nodes: written out they are more than {_MOST_NODES} values"
    if depth > _DEEPEST:
        return node, f"nested too deep (more than {_DEEPEST} levels, aliases written out)"
    return None


def _line(raw: bytes, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1
