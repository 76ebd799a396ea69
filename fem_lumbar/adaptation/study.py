"""The loop from a lesion over months: evolution of sampled parameters, left and right effects, loop gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_lumbar.adaptation.gain import Gain, loop_gain
from fem_lumbar.adaptation.law import Course, course, no_load
from fem_lumbar.adaptation.measured import ELONGATION, FACET, OTHERS, PRESSURE, crossed_by
from fem_lumbar.adaptation.parameters import Constants, constants, declared, sampled
from fem_lumbar.adaptation.response import Response
from fem_lumbar.adaptation.solves import Solved
from fem_lumbar.foundation.conventions import SIDES

BAND = (0.05, 0.5, 0.95)
"""Quantiles of the samples that are reported: band and median."""
RATIO = f"{OTHERS} activation left/right"
"""Ratio that an electromyogram of the innervated multifidus would show."""
_UNITS = {"N": "N", "MPa": "MPa"}
_SMALL = 1e-3
"""Loss at which the slopes for a small loss are taken."""
_ROUND_OFF = 1e-12
"""Relative change below which a result counts as unchanged (round-off)."""
_MANY = 10.0
"""The relative rise of a facet force is evaluated only if the force is this many times its uncertainty."""


@dataclass(frozen=True)
class Question:
    """Settings of the study.

    Attributes
    ----------
    case, branch : str
    lesion : dict
        Fraction of the branch that is lost at the start, by side.
    months : int
        Duration.
    samples, seed : int
        Number of samples of the parameters, and seed.
    fixed : dict
        Parameters that keep a given value.
    """

    case: str
    branch: str
    lesion: Mapping[str, float]
    months: int
    samples: int
    seed: int
    fixed: Mapping[str, float]

    @property
    def at_start(self) -> np.ndarray:
        """Initial loss (2,) of the branch on the left and right."""
        return np.array([self.lesion.get(side, 0.0) for side in SIDES])


@dataclass(frozen=True)
class Effect:
    """One result over time.

    Attributes
    ----------
    name, unit : str
    before : float
        Value without any loss.
    band : ndarray (3, t)
        Quantiles :data:`BAND` of the samples.
    declared : ndarray (t,)
        With the parameter values of the data file.
    uncertainty : float
        See :meth:`Response.uncertainty`; nan for ratios of activations, for which it is not known.
    """

    name: str
    unit: str
    before: float
    band: np.ndarray
    declared: np.ndarray
    uncertainty: float

    @property
    def verdicts(self) -> set[str]:
        """Verdicts that occur over all times."""
        return {self.verdict(at) for at in range(self.band.shape[1])}

    def verdict(self, at: int) -> str:
        """Verdict on the change at a time index, given numerical error and the band of the samples."""
        low, _, high = self.band[:, at] - self.before
        largest = max(abs(low), abs(high))
        if largest <= _ROUND_OFF * abs(self.before):
            return "no effect"
        if not np.isfinite(self.uncertainty):
            return "error not known"
        if largest <= self.uncertainty:
            return "not resolved"
        if low <= self.uncertainty and high >= -self.uncertainty:
            return "perhaps none"
        return "rises" if low > 0.0 else "falls"


@dataclass(frozen=True)
class Adaptation:
    """Result of :func:`adaptation`.

    Attributes
    ----------
    name : str
        Name of the scenario.
    asked : Question
    solved : Solved
    months : ndarray (t,)
    sampled, open_loop, declared : Course
        With feedback, without feedback, and with the parameter values of the data file.
    small, whole : Gain
        Gain of a small loss, and by the secant slopes of a complete one.
    effects : list of Effect
    notes : list of str
        What is missing from the feedback.
    """

    name: str
    asked: Question
    solved: Solved
    months: np.ndarray
    sampled: Course
    open_loop: Course
    declared: Course
    small: Gain
    whole: Gain
    effects: list[Effect]
    notes: list[str]

    def plain(self) -> dict[str, Any]:
        """All results, for JSON."""
        asked, response = self.asked, self.solved.response
        return {
            "scenario": self.name,
            "case": asked.case,
            "branch": asked.branch,
            "runs_under_ligament_of": crossed_by(asked.branch),
            "lesion": dict(asked.lesion),
            "density": self.solved.density,
            "samples": asked.samples,
            "seed": asked.seed,
            "solutions": self.solved.runs,
            "constants": {
                key: {"value": asked.fixed.get(key, one.value), "range": None if key in asked.fixed else one.range}
                | {"unit": one.unit, "confidence": one.confidence, "source": one.source}
                for key, one in constants().items()
            },
            "months": self.months.tolist(),
            "quantiles": list(BAND),
            "loop_gain": {
                kind: {"of_loss": _quantiles(gain.of_loss), "of_asymmetry": _quantiles(gain.of_asymmetry)}
                | {"share_of_samples_above_1": float(np.mean(gain.of_loss > 1.0))}
                for kind, gain in {"small_loss": self.small, "whole_loss": self.whole}.items()
            },
            "muscle": {
                side: {
                    name: np.quantile(values[:, :, k], BAND, axis=1).tolist()
                    for name, values in shares(self.sampled).items()
                }
                for k, side in enumerate(SIDES)
            },
            "effects": {
                one.name: {
                    "unit": one.unit,
                    "before": one.before,
                    "uncertainty": one.uncertainty if np.isfinite(one.uncertainty) else None,
                    "quantiles": one.band.tolist(),
                    "declared": one.declared.tolist(),
                    "verdict": [one.verdict(at) for at in range(len(self.months))],
                }
                for one in self.effects
            },
            "interpolation": {
                "nodes": response.table.tolist(),
                "names": list(response.names),
                "error_at_held_out": response.error.tolist(),
                "numerical_floor": response.floor.tolist(),
            },
            "notes": self.notes,
            "left_out": "remodelling of bone, cartilage, discs and ligaments; training; spread to other branches",
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row per result and month, for a table."""
        return [
            {"result": one.name, "unit": one.unit, "month": float(month), "before": one.before}
            | dict(zip(("low", "median", "high"), one.band[:, at].tolist(), strict=True))
            | {"declared": float(one.declared[at]), "uncertainty": one.uncertainty, "verdict": one.verdict(at)}
            for one in self.effects
            for at, month in enumerate(self.months)
        ]


def shares(of: Course) -> dict[str, np.ndarray]:
    """Fractions (t, n, 2) of the fibres of the branch by name."""
    return {"denervated": of.denervated, "force lost": of.lost, "cross-section lost": of.thinner, "fat": of.fat}


def adaptation(name: str, asked: Question, solved: Solved) -> Adaptation:
    """Follow the loop with sampled parameters, with results interpolated between the solved points.

    Parameters
    ----------
    name : str
        Name of the scenario.
    asked : Question
    solved : Solved
        Finite element results by the force lost on both sides.
    """
    many, one = sampled(asked.samples, asked.seed, asked.fixed), declared(asked.fixed)
    feedback = Feedback(solved.response, asked.branch, many)
    months = np.arange(asked.months + 1.0)
    closed = course(asked.at_start, many, feedback, months)
    middle = course(asked.at_start, one, Feedback(solved.response, asked.branch, one), months)
    small, whole = (loop_gain(many, feedback, float(asked.months), loss) for loss in (_SMALL, 1.0))
    return Adaptation(
        name,
        asked,
        solved,
        months,
        sampled=closed,
        open_loop=course(asked.at_start, many, no_load, months),
        declared=middle,
        small=small,
        whole=whole,
        effects=_effects(solved.response, closed, middle),
        notes=feedback.notes,
    )


class Feedback:
    """Feedback signals by lost force: loads on the nerve, and relative rises of the facet force of the crossed joint.

    Parameters
    ----------
    response : Response
    branch : str
        Level of the dorsal ramus.
    of : Constants
        n samples.
    """

    def __init__(self, response: Response, branch: str, of: Constants) -> None:
        self.notes: list[str] = []
        self._prestretch = of.prestretch
        joint, none = f"{branch}-{crossed_by(branch)}", np.zeros(2)
        self._nerve: dict[str, list[str]] = {}
        self._facet: dict[str, str] = {}
        for side in SIDES:
            loads = [name for name in (f"{PRESSURE} {side}", f"{ELONGATION} {side}") if name in response.names]
            self._nerve[side] = loads
            if not loads:
                self.notes.append(f"{side}: no course of the branch of {branch} in the model, so no load on the nerve")
            facet = f"{FACET} {joint} {side} N"
            if facet in response.names and response.of(facet, none) > _MANY * response.uncertainty(facet):
                self._facet[side] = facet
            else:
                self.notes.append(f"{side}: facets of {joint} carry nothing at the start, so no relative rise")
        used = [*(name for loads in self._nerve.values() for name in loads), *self._facet.values()]
        self._response = response.only(used)
        self._before = dict(zip(used, self._response.at(none), strict=True))

    def __call__(self, lost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signals (n, 2) at losses of force (n, 2)."""
        nerve, joint = np.zeros_like(lost), np.zeros_like(lost)
        values = dict(zip(self._response.names, np.moveaxis(self._response.at(lost), -1, 0), strict=True))
        for k, side in enumerate(SIDES):
            for name in self._nerve[side]:
                if name.startswith(PRESSURE):
                    nerve[..., k] += np.maximum(values[name], 0.0)
                    continue
                now, before = (one + self._prestretch for one in (values[name], self._before[name]))
                nerve[..., k] += np.maximum(now, 0.0) - np.maximum(before, 0.0)  # slack below 0
            if side in self._facet:
                name = self._facet[side]
                joint[..., k] = values[name] / self._before[name] - 1.0
        return nerve, joint


def _effects(response: Response, of: Course, middle: Course) -> list[Effect]:
    found = []
    for name in response.names:
        if name.startswith((PRESSURE, ELONGATION)):
            words, unit = name, "of threshold"
        else:
            last = name.rsplit(" ", 1)[-1]
            words, unit = (name.rsplit(" ", 1)[0], _UNITS[last]) if last in _UNITS else (name, "-")
        values, centre = response.of(name, of.lost), response.of(name, middle.lost)[:, 0]
        before = float(response.of(name, np.zeros(2)))
        band = np.quantile(values, BAND, axis=1)
        found.append(Effect(words, unit, before, band, centre, response.uncertainty(name)))
    return [*found, *_ratio(response, of, middle)]


def _ratio(response: Response, of: Course, middle: Course) -> list[Effect]:
    """Ratio of left to right activation of the innervated multifidus; empty if it is not active."""
    left, right = (f"{OTHERS} activation {side}" for side in SIDES)

    def ratio(lost: np.ndarray) -> np.ndarray:
        return response.of(left, lost) / response.of(right, lost)

    none = np.zeros(2)
    least = min(float(response.table[:, :, response.names.index(name)].min()) for name in (left, right))
    if least <= _MANY * max(response.uncertainty(left), response.uncertainty(right)):
        return []
    before = float(ratio(none))
    error = before * sum(response.uncertainty(name) / float(response.of(name, none)) for name in (left, right))
    values, centre = ratio(of.lost), ratio(middle.lost)[:, 0]
    return [Effect(RATIO, "-", before, np.quantile(values, BAND, axis=1), centre, error)]


def _quantiles(values: np.ndarray) -> list[float]:
    return np.quantile(values, BAND).tolist()
