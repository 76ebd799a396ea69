"""Rules that select combinations of factor values, written as conditions on factors.

A condition is a value, a list of values, or bounds: ``{above: 0}``, ``{at_least: 10, below: 20}``, ``{not: absent}``.
A bound may be the name of another factor. A rule holds if all of its conditions do.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from fem_lumbar.scenario.document import describe
from fem_lumbar.scenario.problems import listed, nearest_names
from fem_lumbar.studies.words import as_word, is_number, reads_as_number

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt, "at_least": operator.ge, "below": operator.lt, "at_most": operator.le,
}  # fmt: skip
IS, NOT = "is", "not"
WORDS = (*COMPARISONS, IS, NOT)
CONDITION_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": ["number", "string", "boolean"]},
        {"type": "array"},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                **{word: {"type": ["number", "string"]} for word in COMPARISONS},
                **{word: {"type": ["number", "string", "boolean", "array"]} for word in (IS, NOT)},
            },
        },
    ]
}
"""JSON Schema of a condition."""

Words = Mapping[str, tuple[str, ...]]
"""Values as text of the factors with non-numeric values, by name."""
NO_WORDS: Words = MappingProxyType({})

Fault = tuple[tuple[str, ...], str, str | None, str | None]
"""Key path within a rule, message, allowed values, suggestion."""


def holds(rule: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether all conditions of a rule hold for given values of the factors."""
    return all(meets(condition, values[name], values) for name, condition in rule.items())


def meets(condition: Any, value: Any, values: Mapping[str, Any]) -> bool:
    """Whether a value meets a condition; ``values`` are those of factors named in bounds.

    A word is neither above nor below any bound.
    """
    if not isinstance(condition, Mapping):
        return _is(value, condition)
    for word, bound in condition.items():
        if word in COMPARISONS:
            other = values[bound] if isinstance(bound, str) else bound
            if not (is_number(value) and is_number(other) and COMPARISONS[word](value, other)):
                return False
        elif _is(value, bound) is (word == NOT):
            return False
    return True


def faults(rule: Any, names: Iterable[str], words: Words = NO_WORDS) -> Iterator[Fault]:
    """Problems of a rule on the factors ``names``, some of which have ``words``."""
    names = list(names)
    if not isinstance(rule, Mapping) or not rule:
        yield (
            (),
            f"got {describe(rule)}",
            "a map of factors and conditions, e.g. {state: absent, modulus: {above: 0}}",
            None,
        )
        return
    for name, condition in rule.items():
        if name not in names:
            yield (name,), "no factor of this name", listed(names, 12), nearest_names(name, names)
        else:
            yield from condition_faults(condition, names, (name,))
            yield from word_faults(condition, name, words, (name,))


def condition_faults(condition: Any, names: Iterable[str], key: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Problems of a condition."""
    names = list(names)
    if condition is None or condition == {} or condition == []:
        yield key, f"got {describe(condition)}", f"a value, a list of values, or a map with {listed(WORDS)}", None
    if not isinstance(condition, Mapping):
        return
    for word, bound in condition.items():
        if word not in WORDS:
            yield (*key, word), "unknown condition", listed(WORDS), nearest_names(word, WORDS)
        elif word in COMPARISONS and isinstance(bound, str) and bound not in names:
            yield (
                (*key, word),
                f"got {describe(bound)}",
                "a number, or the name of a factor",
                nearest_names(bound, names),
            )
        elif word in COMPARISONS and not isinstance(bound, str) and not (is_number(bound) and math.isfinite(bound)):
            yield (*key, word), f"got {describe(bound)}", "a number, or the name of a factor", None


def word_faults(condition: Any, name: str, words: Words, key: tuple[str, ...]) -> Iterator[Fault]:
    """Words that the factor of a condition never takes, and bounds on a factor with words only."""
    parts = condition if isinstance(condition, Mapping) else {} if condition is None else {IS: condition}
    for word, bound in parts.items():
        where = (*key, word) if parts is condition else key
        if word in COMPARISONS:
            for one in (name, bound):
                if isinstance(one, str) and one in words and not any(map(reads_as_number, words[one])):
                    yield where, f"the values of '{one}' are words: {listed(words[one], 12)}", listed((IS, NOT)), None
        elif name in words and as_word(bound) not in words[name]:
            for one in bound if isinstance(bound, list | tuple) else (bound,):
                if as_word(one) not in words[name]:
                    near = nearest_names(as_word(one), words[name])
                    yield where, f"'{name}' is never {as_word(one)}", listed(words[name], 12), near


def _is(value: Any, wanted: Any) -> bool:
    """Whether a value equals the wanted one or one of a list; tables store non-numeric values as text."""
    if isinstance(wanted, list | tuple) and any(_same(value, one) for one in wanted):
        return True
    return _same(value, wanted)


def _same(value: Any, wanted: Any) -> bool:
    if type(value) is type(wanted) or (is_number(value) and is_number(wanted)):
        return bool(value == wanted)
    return as_word(value) == as_word(wanted)
