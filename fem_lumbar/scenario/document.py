"""YAML read with the line of every key, so that errors can name it."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from fem_lumbar.foundation.nested import merged, put, value_at
from fem_lumbar.scenario.problems import KeyPath, Origin, Problem, ScenarioError, nearest_names
from fem_lumbar.scenario.spelling import shown as shown_text
from fem_lumbar.scenario.spelling import unusual
from fem_lumbar.scenario.yaml_text import (
    MOST_DIGITS,
    Loader,
    TooDeepError,
    leading_zero,
    text_of,
    too_large,
    unsafe_break,
)

_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null")}
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Hidden:
    """A value replaced by a map in a merge: it has no effect, and was perhaps meant to be a map."""

    key: KeyPath
    value: Any
    origin: Origin


@dataclass
class Document:
    """Nested plain values, the origin of every key path in them, and values replaced by maps in merges."""

    data: dict[str, Any]
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    hidden: list[Hidden] = field(default_factory=list)

    def origin(self, key: KeyPath) -> Origin:
        """Origin of a key; of the nearest key above it if it is not there."""
        while key and key not in self.origins:
            key = key[:-1]
        return self.origins.get(key, Origin())

    def part(self, key: KeyPath) -> Document:
        """The values below a key path, with their origins relative to it."""
        data: Any = self.data
        for name in key:
            data = data[name]
        below = {place[len(key) :]: origin for place, origin in self.origins.items() if place[: len(key)] == key}
        return Document(data, below)

    def with_hidden(self, hidden: Hidden) -> Document:
        """A copy in which a hidden value is back in place of the map that replaced it."""
        data = copy.deepcopy(self.data)
        if isinstance(value_at(data, hidden.key), dict):
            put(data, hidden.key, hidden.value)
        return Document(data, {**self.origins, hidden.key: hidden.origin})

    def without(self, name: str) -> Document:
        """A copy without one of the top-level keys."""
        data = {key: value for key, value in self.data.items() if key != name}
        origins = {place: origin for place, origin in self.origins.items() if place[:1] != (name,)}
        return Document(data, origins, [one for one in self.hidden if one.key[:1] != (name,)])

    def merge(self, other: Document) -> Document:
        """A copy with ``other`` merged over it: maps merge, everything else (lists too) is replaced."""
        origins = dict(self.origins)
        hidden = [*self.hidden, *other.hidden]

        def replace(key: KeyPath, old: Any, new: Any) -> Any:
            if isinstance(new, dict) and old is not None:
                hidden.append(Hidden(key, old, self.origin(key)))
            for place in [place for place in origins if place[: len(key)] == key and len(place) > len(key)]:
                del origins[place]
            return new

        data = merged(self.data, other.data, replace)
        origins.update(other.origins)
        return Document(data, origins, hidden)


def read_document(path: Path, shown: Path | None = None, what: str = "scenario") -> Document:
    """Read one YAML file.

    Parameters
    ----------
    path : Path
        File to read.
    shown : Path, optional
        Name in messages (default: ``path``).
    what : str
        Kind of file, for messages.

    Raises
    ------
    ScenarioError
        File missing or not readable, YAML syntax error (with line and column), a key given twice,
        or a top level that is not a map.
    """
    shown = shown or path
    try:
        text, fault = text_of(path)
    except FileNotFoundError:
        near = nearest_names(path.name, [one.name for one in path.parent.glob("*.yaml")])
        raise ScenarioError(shown, [Problem(Origin(shown), (), "no such file", None, near)], what) from None
    except IsADirectoryError:
        raise ScenarioError(
            shown, [Problem(Origin(shown), (), "this is a folder; a YAML file is needed")], what
        ) from None
    except ValueError:
        raise ScenarioError(shown, [Problem(Origin(shown), (), "no file can have this name")], what) from None
    except OSError as error:
        raise ScenarioError(shown, [Problem(Origin(shown), (), f"cannot be read: {error.strerror}")], what) from None
    if fault is not None:
        raise ScenarioError(shown, [Problem(Origin(shown), (), fault)], what)
    return parse_document(text, Origin(shown), what)


def parse_document(text: str, source: Origin, what: str = "scenario") -> Document:
    """Parse YAML text whose top level must be a map; ``source`` names it in messages. Raises as `read_document`."""
    name = source.file or Path(str(source))
    data, origins, problems = parse_yaml(text, source)
    if data is None and not problems:
        problems.append(Problem(source, (), "the file is empty", "a map of keys, e.g. name: ..."))
    elif not isinstance(data, dict) and not problems:
        problems.append(Problem(source, (), f"expected a map of keys at the top, got {describe(data)}"))
    if problems:
        raise ScenarioError(name, problems, what)
    return Document(data, origins)


def parse_yaml(text: str, source: Origin) -> tuple[Any, dict[KeyPath, Origin], list[Problem]]:
    """Plain values of YAML text, the origin of every key path in it, and its problems."""
    if found := unsafe_break(text):
        line, message = found
        return None, {}, [Problem(_at(source, line - 1), (), message)]
    loader = None
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, {}, []
        if heavy := too_large(node):
            largest, message = heavy
            return None, {}, [Problem(_at(source, largest.start_mark.line), (), message)]
        origins: dict[KeyPath, Origin] = {}
        problems: list[Problem] = []
        return _construct(loader, node, (), source, origins, problems, ()), origins, problems
    except yaml.reader.ReaderError as error:
        line = len(re.split("\r\n|\r|\n", text[: error.position]))
        message = f"the character U+{error.character:04X} is not accepted in YAML"
        return None, {}, [Problem(_at(source, line - 1), (), message)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = _at(source, mark.line if mark else None)
        column = f", column {mark.column + 1}" if mark else ""
        context = f" ({error.context})" if error.context else ""
        if isinstance(error, TooDeepError):
            return None, {}, [Problem(where, (), f"{error.problem}{column}")]
        hint = " - tabs are not allowed for indentation" if "\\t" in str(error.problem) else ""
        return None, {}, [Problem(where, (), f"YAML syntax error{column}: {error.problem}{context}{hint}")]
    except yaml.YAMLError as error:
        return None, {}, [Problem(source, (), f"YAML syntax error: {error}")]
    finally:
        if loader is not None:
            loader.dispose()


def describe(value: Any) -> str:
    """Description of a value and its kind for messages, e.g. ``text 'abc'`` or ``the number 7.5``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {value:g}"
    if isinstance(value, str):
        return f"text '{shown_text(value)}'" + (f" ({odd})" if (odd := unusual(value)) else "")
    if isinstance(value, dict):
        return "a map" if value else "an empty map"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "nothing (null)" if value is None else f"'{value}'"


def _construct(
    loader: Loader,
    node: yaml.Node,
    key: KeyPath,
    source: Origin,
    origins: dict[KeyPath, Origin],
    problems: list[Problem],
    above: tuple[int, ...],
) -> Any:
    """Values below a YAML node; adds to ``origins`` and ``problems``."""
    here = _at(source, node.start_mark.line)
    origins.setdefault(key, here)
    if id(node) in above:
        problems.append(Problem(here, key, "an alias that refers to itself"))
        return None
    if node.tag not in _PLAIN:
        problems.append(Problem(here, key, f"the tag {node.tag} is not accepted"))
        return None
    if isinstance(node, yaml.ScalarNode) and _HALF.search(node.value):
        problems.append(Problem(here, key, "unpaired surrogates (\\ud800 to \\udfff) are not text"))
        return None
    if isinstance(node, yaml.MappingNode):
        _report_decimal_commas(node, key, source, problems)
        _report_duplicates(node, key, source, problems)
        loader.flatten_mapping(node)
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                problems.append(Problem(_at(source, key_node.start_mark.line), key, "a key must be a plain name"))
                continue
            below = (*key, key_node.value)
            if odd := unusual(key_node.value):
                problems.append(Problem(_at(source, key_node.start_mark.line), below, f"the key holds {odd}"))
            origins[below] = _at(source, key_node.start_mark.line)
            data[key_node.value] = _construct(loader, value_node, below, source, origins, problems, (*above, id(node)))
        return data
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct(loader, item, (*key, str(i)), source, origins, problems, (*above, id(node)))
            for i, item in enumerate(node.value)
        ]
    assert isinstance(node, yaml.ScalarNode)
    if zero := leading_zero(node):
        problems.append(Problem(here, key, zero))
        return None
    try:
        return _scalar(loader, node)
    except (ValueError, LookupError, OverflowError):  # LookupError: PyYAML on ``!!bool maybe`` and ``!!int ""``
        problems.append(Problem(here, key, f"'{node.value}' is not of type {node.tag.rsplit(':', 1)[-1]}"))
        return None


def _scalar(loader: Loader, node: yaml.ScalarNode) -> Any:
    """Value of a node with an accepted tag; an integer with too many digits becomes a float even if tagged as int."""
    value = loader.construct_object(node)
    return float(value) if isinstance(value, int) and len(node.value) > MOST_DIGITS else value


def _report_duplicates(node: yaml.MappingNode, key: KeyPath, source: Origin, problems: list[Problem]) -> None:
    first: dict[str, int] = {}
    for key_node, _ in node.value:
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag.endswith(":merge"):
            continue
        line = key_node.start_mark.line
        if key_node.value in first:
            message = f"given twice (first in line {first[key_node.value] + 1})"
            problems.append(Problem(_at(source, line), (*key, key_node.value), message))
        first.setdefault(key_node.value, line)


def _report_decimal_commas(node: yaml.MappingNode, key: KeyPath, source: Origin, problems: list[Problem]) -> None:
    """Report and remove keys that are the decimals of a value: in ``{moment_Nm: 7,5}`` the comma makes 5 a key."""
    if not node.flow_style:
        return
    for (name, value), pair in pairwise(list(node.value)):
        after, nothing = pair
        is_number = isinstance(value, yaml.ScalarNode) and re.fullmatch(r"[-+]?[0-9]+", value.value)
        is_rest = isinstance(after, yaml.ScalarNode) and re.fullmatch(r"[0-9]+(?:[eE][-+]?[0-9]+)?", after.value)
        if is_number and is_rest and isinstance(nothing, yaml.ScalarNode) and nothing.value == "":
            given = f"{value.value},{after.value}"
            message = f"got {given}; a comma ends the value, and a decimal comma was probably meant"
            place = (*key, name.value) if isinstance(name, yaml.ScalarNode) else key
            problems.append(Problem(_at(source, value.start_mark.line), place, message, None, given.replace(",", ".")))
            node.value.remove(pair)


def _at(source: Origin, line: int | None) -> Origin:
    """The source with a line (counted from 0) if it is a file; an option has no lines."""
    if source.option is not None or line is None:
        return source
    return Origin(source.file, line + 1)
