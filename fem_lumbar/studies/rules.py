"""Rules: which values of factors go together, written as conditions on each factor.

A condition is a value, a list of values, or bounds: ``{above: 0}``, ``{at_least: 10, below: 20}``, ``{not: absent}``.
A bound may be the name of another factor. A rule holds where all of its conditions do.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fem_lumbar.scenario.document import describe
from fem_lumbar.scenario.problems import listed, nearest_names

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

Fault = tuple[tuple[str, ...], str, str | None, str | None]
"""Key path below a rule, message, what is allowed, what was probably meant."""


def holds(rule: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether all conditions of a rule hold at some values of the factors."""
    return all(meets(condition, values[name], values) for name, condition in rule.items())


def meets(condition: Any, value: Any, values: Mapping[str, Any]) -> bool:
    """Whether a value meets a condition; ``values`` are those of the factors it may be compared with."""
    if not isinstance(condition, Mapping):
        return _is(value, condition)
    for word, bound in condition.items():
        if word in COMPARISONS:
            other = values[bound] if isinstance(bound, str) else bound
            if not COMPARISONS[word](value, other):
                return False
        elif _is(value, bound) is (word == NOT):
            return False
    return True


def faults(rule: Any, names: Iterable[str]) -> Iterator[Fault]:
    """What is wrong with a rule in which the factors ``names`` may stand."""
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


def condition_faults(condition: Any, names: Iterable[str], key: tuple[str, ...] = ()) -> Iterator[Fault]:
    """What is wrong with a condition."""
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
        elif word in COMPARISONS and not isinstance(bound, str) and not _is_number(bound):
            yield (*key, word), f"got {describe(bound)}", "a number, or the name of a factor", None


def _is(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, list | tuple) else bool(value == wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
