"""Functions of position with their gradients: forward-mode differentiation to first order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Jet:
    """A function at some points: ``value`` (n,) and ``gradient`` (n, 3).

    Sums, products, quotients and the functions of this module propagate the gradient exactly.
    """

    value: np.ndarray
    gradient: np.ndarray

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, rows: np.ndarray) -> Jet:
        return Jet(self.value[rows], self.gradient[rows])

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.gradient)

    def __add__(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.gradient + other.gradient)
        return Jet(self.value + other, self.gradient)

    __radd__ = __add__

    def __sub__(self, other: Jet | float) -> Jet:
        return self + (-other)

    def __rsub__(self, other: float) -> Jet:
        return -self + other

    def __mul__(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            slopes = self.gradient * other.value[:, None] + other.gradient * self.value[:, None]
            return Jet(self.value * other.value, slopes)
        return Jet(self.value * other, self.gradient * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Jet | float) -> Jet:
        return self * (other.of(lambda x: 1.0 / x, lambda x: -1.0 / x**2) if isinstance(other, Jet) else 1.0 / other)

    def __pow__(self, exponent: float) -> Jet:
        return self.of(lambda x: x**exponent, lambda x: exponent * x ** (exponent - 1.0))

    def of(self, function: Callable[[np.ndarray], np.ndarray], slope: Callable[[np.ndarray], np.ndarray]) -> Jet:
        """A scalar function applied to the value, with its derivative ``slope`` (chain rule)."""
        return Jet(function(self.value), self.gradient * slope(self.value)[:, None])

    def clipped(self, low: float, high: float) -> Jet:
        """The value clipped to limits, with gradient 0 beyond them."""
        inside = (self.value > low) & (self.value < high)
        return Jet(np.clip(self.value, low, high), self.gradient * inside[:, None])


def coordinate(points: np.ndarray, direction: np.ndarray, origin: np.ndarray) -> Jet:
    """Coordinate of points (n, 3) from ``origin`` (3,) along a unit direction (3,)."""
    return Jet((points - origin) @ direction, np.tile(np.asarray(direction, dtype=float), (len(points), 1)))


def constant(value: float, count: int) -> Jet:
    """The same value at ``count`` points, with gradient 0."""
    return Jet(np.full(count, value), np.zeros((count, 3)))


def root(square: Jet) -> Jet:
    """Square root of a positive function."""
    return square.of(np.sqrt, lambda x: 0.5 / np.sqrt(x))


def norm(*parts: Jet) -> Jet:
    """Euclidean norm of a vector given by its components, regularised at zero: √(Σ part² + 1e-6)."""
    return root(sum((part * part for part in parts), constant(1e-6, len(parts[0]))))


def superellipse(exponent: float, *parts: Jet) -> Jet:
    """(Σ |part|^exponent)^(1/exponent): 1 on a superellipse when the parts are coordinates over its semi-axes."""
    powers = [
        part.of(lambda x: np.abs(x) ** exponent, lambda x: exponent * np.sign(x) * np.abs(x) ** (exponent - 1.0))
        for part in parts
    ]
    return sum(powers, constant(1e-9, len(parts[0]))) ** (1.0 / exponent)


def smooth_min(one: Jet, other: Jet, blend: float) -> Jet:
    """Smooth union of two bodies, negative inside: −h log(exp(−a/h) + exp(−b/h)), h the length ``blend`` (mm)."""
    value = -blend * np.logaddexp(-one.value / blend, -other.value / blend)
    share = np.exp(np.minimum((value - one.value) / blend, 0.0))[:, None]
    return Jet(value, share * one.gradient + (1.0 - share) * other.gradient)


def smooth_max(one: Jet, other: Jet, blend: float) -> Jet:
    """Smooth intersection of two bodies, negative inside, rounded over the length ``blend`` (mm)."""
    return -smooth_min(-one, -other, blend)


def smooth_step(jet: Jet) -> Jet:
    """0 below 0, 1 above 1, a cubic with zero end slopes between them."""
    inside = jet.clipped(0.0, 1.0)
    return inside * inside * (3.0 - 2.0 * inside)


def replaced(jet: Jet, rows: np.ndarray, other: Jet) -> Jet:
    """The function with those of its n points in the mask ``rows`` (n,) replaced by the k points of ``other``."""
    value, gradient = jet.value.copy(), jet.gradient.copy()
    value[rows], gradient[rows] = other.value, other.gradient
    return Jet(value, gradient)
