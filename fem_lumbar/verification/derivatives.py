"""Derivatives and objectivity of every item and every law."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType

import numpy as np

import fem_lumbar.materials
import fem_lumbar.mechanics
from fem_lumbar.materials.law import VOIGT, Law
from fem_lumbar.mechanics.coupling import PureMoment
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.item import Contact, Item, total
from fem_lumbar.mechanics.load import Load
from fem_lumbar.mechanics.prescribed_motion import PrescribedMotion
from fem_lumbar.mechanics.rotation import rotation_matrix, rotation_vector
from fem_lumbar.verification.record import Outcome, Record, vanishing
from fem_lumbar.verification.specimens import REFERENCE_POINT, Cubes, ScalarLaw, cubes, deformed, laws, scalar_laws

LOAD = 0.7
STEP = 1e-6
BY_DIFFERENCES = "central differences with steps of 1e-6; tolerance: their truncation and round-off"
BY_SYMMETRY = "principle of objectivity; tolerance: round-off"
_FIXED_IN_SPACE = (PureMoment, PrescribedMotion, DeadWeight)
SPIN, SHIFT = rotation_matrix(np.array([0.5, -0.9, 0.4])), np.array([3.0, -2.0, 1.0])


def tangents_and_objectivity() -> Outcome:
    """Derivatives and objectivity.

    Residuals must be the derivative of the energy and tangents that of the residual, for every item and every law of
    the program: the list is found by looking at the modules, so that a new one without a specimen fails. A rigid
    motion on top of a state must turn the forces of an item and leave its energy, and leave the response of a law.
    A moment or force fixed in space has no energy and does not turn: its work rate must be moment times spin, or force
    times velocity.
    """
    model = cubes()
    state = deformed(model)
    records: list[Record] = []
    for name, item in model.items.items():
        records += _item_derivatives(name, item, state)
        records += (
            _work_rate(name, item, state) if isinstance(item, _FIXED_IN_SPACE) else _turned(name, item, model, state)
        )
    for name, law in laws(6).items():
        records += _law(name, law)
    for name, (scalar_law, values) in scalar_laws().items():
        records += _scalar_law(name, scalar_law, values)
    missing = [*missing_items(), *missing_laws()]
    records.append(
        vanishing(
            "specimens", f"items and laws without one {' '.join(missing)}".strip(), len(missing), 0, "-", "modules"
        )
    )
    return Outcome(tuple(records))


def missing_items() -> list[str]:
    """Names of the item classes in ``fem_lumbar.mechanics`` without a specimen."""
    model = cubes()
    known = {type(_in_state(item, deformed(model))) for item in model.items.values()}
    found = _classes(fem_lumbar.mechanics, ("forces", "tangent"))
    return sorted(one.__name__ for one in found if one not in known)


def missing_laws() -> list[str]:
    """Names of the law classes in ``fem_lumbar.materials`` without a specimen."""
    known = {type(law) for law in laws(1).values()} | {type(law) for law, _ in scalar_laws().values()}
    return sorted(one.__name__ for one in _classes(fem_lumbar.materials, ("response",)) if one not in known)


def _classes(package: ModuleType, methods: tuple[str, ...]) -> list[type]:
    """Classes defined in a package that have the methods; contracts, of which others are made, left out."""
    found = []
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        module = importlib.import_module(info.name)
        own = [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__]
        found += [one for one in own if all(hasattr(one, method) for method in methods)]
    bases = {base for one in found for base in one.__mro__[1:]}
    return [one for one in found if one not in bases and not getattr(one, "_is_protocol", False)]


def _assembled(item: Item, x: np.ndarray) -> np.ndarray:
    return total(item.dofs, item.forces(x, LOAD)[1], len(x))


def _in_state(item: Item | Contact, x: np.ndarray) -> Item:
    """The item itself, or the contact pairs of a state x (n_dofs,)."""
    return item.pair(x) if isinstance(item, Contact) else item


def _item_derivatives(name: str, item: Item | Contact, x: np.ndarray) -> list[Record]:
    """Largest error over up to fifteen degrees of freedom, relative to the largest entry; contact with fixed pairs."""
    item = _in_state(item, x)
    residual = _assembled(item, x)
    tangent = np.zeros((len(x), len(x)))
    for dofs, rows in zip(item.dofs, item.tangent(x, LOAD), strict=True):
        np.add.at(tangent, (dofs[:, None], dofs[None]), rows)
    used = np.unique(item.dofs)
    off_residual, off_tangent = 0.0, 0.0
    for dof in np.random.default_rng(0).choice(used, min(15, len(used)), replace=False):
        step = np.zeros(len(x))
        step[dof] = STEP
        ahead, behind = item.forces(x + step, LOAD), item.forces(x - step, LOAD)
        off_residual = max(off_residual, abs((ahead[0] - behind[0]) / (2 * STEP) - residual[dof]))
        column = (total(item.dofs, ahead[1], len(x)) - total(item.dofs, behind[1], len(x))) / (2 * STEP)
        off_tangent = max(off_tangent, np.abs(column - tangent[:, dof]).max())
    off_residual, off_tangent = off_residual / np.abs(residual).max(), off_tangent / np.abs(tangent).max()
    records = [vanishing(name, "error of the tangent, relative", off_tangent, 1e-8, "-", BY_DIFFERENCES)]
    if not isinstance(item, _FIXED_IN_SPACE):
        records.append(vanishing(name, "error of the residual, relative", off_residual, 1e-8, "-", BY_DIFFERENCES))
    return records


def _turned(name: str, item: Item | Contact, model: Cubes, x: np.ndarray) -> list[Record]:
    """A rigid motion on top of a state turns the forces and leaves the energy."""
    n = model.space.n_nodes
    moved = x.copy()
    place = model.space.nodes + x[: 3 * n].reshape(-1, 3)
    moved[: 3 * n] = (place @ SPIN.T + SHIFT - model.space.nodes).ravel()
    moved[-6:-3] = SPIN @ (REFERENCE_POINT + x[-6:-3]) + SHIFT - REFERENCE_POINT
    moved[-3:] = rotation_vector(SPIN @ rotation_matrix(x[-3:]))
    here, there = _in_state(item, x), _in_state(item, moved)
    energy, forces = here.forces(x, LOAD)[0], _assembled(here, x)[: 3 * n].reshape(-1, 3)
    turned_energy, turned = there.forces(moved, LOAD)[0], _assembled(there, moved)[: 3 * n].reshape(-1, 3)
    change = abs(turned_energy - energy) / abs(energy)
    off = np.abs(turned - forces @ SPIN.T).max() / np.abs(forces).max()
    return [
        vanishing(name, "change of energy in a rigid motion, relative", change, 1e-9, "-", BY_SYMMETRY),
        vanishing(name, "error of the turned forces, relative", off, 1e-9, "-", BY_SYMMETRY),
    ]


def _work_rate(name: str, item: Load, x: np.ndarray) -> list[Record]:
    """Work rate of a load = its intensity times the advance of the full load, by differences along its motion."""
    motion = item.dofs[0, :3]
    power = []
    for dof in motion:
        step = np.zeros(len(x))
        step[dof] = STEP
        power.append(item.intensity(x, LOAD) * item.advance(x - step, x + step) / (2 * STEP))
    off = np.abs(-_assembled(item, x)[motion] - power).max() / np.abs(power).max()
    return [vanishing(name, "error of the work rate, relative", off, 1e-8, "-", BY_DIFFERENCES)]


def _law(name: str, law: Law) -> list[Record]:
    f = np.eye(3) + 0.15 * np.random.default_rng(1).standard_normal((6, 2, 3, 3))
    c = np.einsum("...ki,...kj->...ij", f, f)
    energy, stress, tangent = law.response(c)
    off_stress, off_tangent = 0.0, 0.0
    for b, (k, m) in enumerate(VOIGT):
        step = np.zeros((3, 3))
        step[k, m] += STEP
        step[m, k] += STEP
        ahead, behind = law.response(c + step), law.response(c - step)
        off_stress = max(off_stress, np.abs((ahead[0] - behind[0]) / (2 * STEP) - stress[..., b]).max())
        off_tangent = max(off_tangent, np.abs((ahead[1] - behind[1]) / (2 * STEP) - tangent[..., b]).max())
    turned = np.einsum("ij,...jk->...ik", SPIN, f)
    again = law.response(np.einsum("...ki,...kj->...ij", turned, turned))
    change = max(np.abs(a - b).max() / np.abs(b).max() for a, b in zip(again, (energy, stress, tangent), strict=True))
    law_name = f"law {name}"
    return [
        vanishing(
            law_name, "error of the stress, relative", off_stress / np.abs(stress).max(), 1e-8, "-", BY_DIFFERENCES
        ),
        vanishing(
            law_name, "error of the tangent, relative", off_tangent / np.abs(tangent).max(), 1e-8, "-", BY_DIFFERENCES
        ),
        vanishing(law_name, "change of the response in a rotation, relative", change, 1e-11, "-", BY_SYMMETRY),
    ]


def _scalar_law(name: str, law: ScalarLaw, values: np.ndarray) -> list[Record]:
    ahead, behind = law.response(values + STEP), law.response(values - STEP)
    _, first, second = law.response(values)
    law_name = f"law {name}"
    return [
        vanishing(
            law_name,
            f"error of the {what}, relative",
            np.abs((ahead[k] - behind[k]) / (2 * STEP) - exact).max() / np.abs(exact).max(),
            1e-8,
            "-",
            BY_DIFFERENCES,
        )
        for k, (what, exact) in enumerate((("stress", first), ("stiffness", second)))
    ]
