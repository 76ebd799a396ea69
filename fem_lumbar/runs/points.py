"""Points of a sweep: their varied scenario values, and the names of their run folders."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.scenario.document import parse_yaml
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.problems import Origin, Problem, ScenarioError

Point = dict[str, str]
"""Value (as YAML text) of each varied key path; ``{}`` is the unchanged scenario."""

_LONGEST_NAME = 90
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"^(?P<low>{_NUMBER}):(?P<high>{_NUMBER}):(?P<count>[1-9]\d{{0,5}})(?P<log>:log)?$")


def grid(sweeps: Sequence[str]) -> Iterator[Point]:
    """Every combination of swept values, the last sweep varying fastest.

    Parameters
    ----------
    sweeps : sequence of str
        Each ``key.path=a,b,c``; ``low:high:number`` or ``low:high:number:log`` gives evenly spaced values.

    Raises
    ------
    ScenarioError
        When a sweep is not of that form, has no values, or varies a key twice.
    """
    axes: dict[str, list[str]] = {}
    for text in sweeps:
        key, values = _axis(text)
        if key in axes:
            raise _wrong(text, f"'{key}' is swept twice")
        axes[key] = values
    for combination in itertools.product(*axes.values()):
        yield dict(zip(axes, combination))


def overrides(point: Point) -> list[str]:
    """A point as texts in the form of ``--set``."""
    return [f"{key}={value}" for key, value in point.items()]


def point_name(point: Point, sha256: str) -> str:
    """Name of the run folder of a point: readable varied values, and the hash of its scenario for uniqueness.

    Keys are shortened to the shortest distinct ends. Names are valid for folders on Linux, macOS and Windows: letters,
    digits and ``_ . + = , -``, a letter or digit at both ends, at most 100 characters; names that differ only in case
    differ in their hash.
    """
    return _named(dict(zip(short_keys(list(point)), point.values(), strict=True)), sha256)


def earlier_point_name(point: Point, sha256: str) -> str:
    """Name of a point in earlier versions: the last part of each key, even if not distinct."""
    varied = ",".join(f"{key.rsplit('.', 1)[-1]}={value}" for key, value in point.items()) or "as_given"
    return f"{_legal(varied)[:_LONGEST_NAME]}-{sha256[:8]}"


def _named(values: Mapping[str, str], sha256: str) -> str:
    """Values by short key, as far as there is room, and the hash."""
    parts = [_legal(f"{key}={value}") for key, value in values.items()] or ["as_given"]
    left = 0
    while len(readable := ",".join([*parts, *([f"and_{left}_more"] if left else [])])) > _LONGEST_NAME and parts[1:]:
        parts.pop()
        left += 1
    return f"{readable[:_LONGEST_NAME].lstrip('_.+=,-')}-{sha256[:8]}"


def short_keys(keys: Sequence[str]) -> list[str]:
    """The shortest ends of key paths, in whole parts, that are not the end of another one."""
    parts = [split_key(key) for key in keys]
    short = []
    for own in parts:
        others = [other for other in parts if other is not own]
        apart = (n for n in range(1, len(own)) if all(other[-n:] != own[-n:] for other in others))
        length = next(apart, len(own))  # a key that is the end of another one is written in full
        short.append(".".join(own[-length:]))
    return short


def _legal(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.+=,-]+", "_", text)


def _axis(text: str) -> tuple[str, list[str]]:
    key, equals, values = text.partition("=")
    key = key.strip()
    if not equals or not split_key(key):
        raise _wrong(text, "not of the form key.path=a,b,c")
    parsed, _, problems = parse_yaml(f"[{values}]", Origin(option=f"--sweep {text}"))
    if problems:
        raise ScenarioError(Path("--sweep"), problems)
    if not parsed:
        raise _wrong(text, "no values to sweep over")
    texts = [text for value in parsed for text in _spread(value)]
    if len(set(texts)) < len(texts):
        raise _wrong(text, "a value is listed twice")
    return key, texts


def _spread(value: object) -> list[str]:
    """Values of a range ``low:high:number``, with ``:log`` on a logarithmic scale; any other value alone."""
    found = _RANGE.match(value) if isinstance(value, str) else None
    if found is None:
        return [one_line(value)]
    low, high, count = float(found["low"]), float(found["high"]), int(found["count"])
    spaced = np.geomspace if found["log"] and min(low, high) > 0.0 else np.linspace
    return [f"{one:.10g}" for one in spaced(low, high, count)]


def one_line(value: object) -> str:
    """A value as one line of YAML."""
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).removesuffix("\n...\n").strip()


def _wrong(text: str, message: str) -> ScenarioError:
    problem = Problem(
        Origin(option=f"--sweep {text}"), (), message, f"e.g. mal.{LEVELS[-1]}.left.fibrous_modulus_MPa=20,100,500"
    )
    return ScenarioError(Path("--sweep"), [problem])
