"""Assumptions behind the answer: values with their ranges, and a scenario with one of them changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

from pydantic import BaseModel

from fem_lumbar.foundation.conventions import MalState
from fem_lumbar.scenario.bounds import quantity_at
from fem_lumbar.scenario.model import Scenario

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Assumption:
    """Scenario keys that share one value, the ends of its range, and the states to which it applies."""

    name: str
    keys: tuple[str, ...]
    ends: tuple[float, ...]
    unit: str
    states: tuple[MalState, ...]


_MUSCLE, _TISSUE = "muscles", "materials.mal"
_ASKED: tuple[tuple[str, tuple[str, ...], tuple[MalState, ...]], ...] = (
    (
        "stiffness of fascia",
        (f"{_MUSCLE}.mal_fascia_N_per_mm_per_cm2", f"{_MUSCLE}.process_fascia_N_per_mm_per_cm2"),
        ("fibrous", "type_III"),
    ),
    ("stiffness of fascia to the MAL alone", (f"{_MUSCLE}.mal_fascia_N_per_mm_per_cm2",), ("fibrous", "type_III")),
    ("modulus of the fibrous MAL", (f"{_TISSUE}.fibrous_modulus_MPa",), ("fibrous",)),
    ("modulus of the ossified MAL", (f"{_TISSUE}.ossified_modulus_MPa",), ("type_III",)),
    ("ossified fraction of type I", (f"{_TISSUE}.type_I_fraction",), ("type_I",)),
    ("ossified fraction of type II", (f"{_TISSUE}.type_II_fraction",), ("type_II",)),
    ("ossified fraction of type III", (f"{_TISSUE}.type_III_fraction",), ("type_III",)),
    ("specific tension", (f"{_MUSCLE}.specific_tension_N_per_cm2",), ("fibrous", "type_III")),
)


def assumptions(scenario: Scenario) -> list[Assumption]:
    """Assumptions with the ends of their ranges, without ends that equal the value of the scenario."""
    found = []
    for name, keys, states in _ASKED:
        quantity = quantity_at(scenario.materials.set, tuple(keys[0].split(".")))
        if quantity is None or quantity.range is None:
            raise KeyError(f"{keys[0]} has no range")
        here = [_value(scenario, key) for key in keys]
        ends = tuple(end for end in quantity.range if any(value != end for value in here))
        found.append(Assumption(name, keys, ends, quantity.unit, states))
    return found


def with_value(scenario: Scenario, assumption: Assumption, value: float) -> Scenario:
    """The scenario with a value at all keys of an assumption."""
    for key in assumption.keys:
        scenario = _replaced(scenario, key.split("."), value)
    return scenario


def _value(scenario: Scenario, key: str) -> float:
    return float(reduce(getattr, key.split("."), scenario))  # type: ignore[arg-type]


def _replaced(model: Model, path: list[str], value: float) -> Model:
    head, *rest = path
    return model.model_copy(update={head: _replaced(getattr(model, head), rest, value) if rest else value})
