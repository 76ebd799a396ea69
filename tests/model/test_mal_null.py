"""Effects of the MAL that must be none, and that an effect is the same however its two states were found.

Rigid vertebrae, rigid posterior bone, a vanishing modulus and pure moments: see test_condensed.py and test_exact.py.
"""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.measures.quantities import kind, numbers

TYPE_III, ONE_JOINT = "mal.L5.left.state=type_III", "segment.bodies=[L4, L5]"
REPRODUCIBLE = 1e-6
ROUND_OFF = 1e-12
SHORTEST_LINE_MM = min(fascicle.length_mm for fascicle in fascicles().values() if fascicle.mal_level == "L5")
"""Of the fascicles that hold on to an arch of L5."""
FROM_SUPPORT_MM = 60.0
"""Distance of the arches of L5 from the centre of the support, at most."""


def test_reactions_under_given_muscle_forces_do_not_know_the_mal(runs):
    """Muscles of given force pull on the arch itself: the support feels no more than that their lines turn a little.

    A line turns by what the arch gives way by over its length: here 0.01 of some 50 mm, for a pull of some N. What the
    fascia passes from a fibrous arch to bone goes along the same line, and turns no more than that.
    """
    fibrous, bony = (runs.case("standing", "baseline.yaml", ONE_JOINT, *sets).summary for sets in ((), (TYPE_III,)))
    arches = [one["mal"]["L5"]["left"] for one in (fibrous, bony)]
    assert arches[1]["muscles"]["multifidus"]["force_N"] > 1.1 * arches[0]["muscles"]["multifidus"]["force_N"]
    given_way_mm = max(arch["insertion_displacement_mm"] for arch in arches)
    assert given_way_mm < 0.02
    turn_N = given_way_mm / SHORTEST_LINE_MM * sum(one["force_N"] for one in arches[1]["muscles"].values())
    for key, arm in (("support_force_N", 1.0), ("support_moment_Nmm", FROM_SUPPORT_MM)):
        before, after = (np.array(one["equilibrium"][key]) for one in (fibrous, bony))
        assert np.linalg.norm(before) > 1.0
        assert np.linalg.norm(after - before) < arm * turn_N + 1e-5 * np.linalg.norm(before)
    forces = [np.array(one["mal"]["L5"]["left"]["ends"]["mammillary"]["force_vector_N"]) for one in (fibrous, bony)]
    assert np.linalg.norm(forces[1] - forces[0]) > 0.5 * np.linalg.norm(forces[0])


def test_effects_are_reproducible(runs):
    """Type III less fibrous, found twice by different load steps: the same to 1e-6 of the value on the same mesh.

    Values near zero are held to 1e-3 of the largest of their kind.
    """
    found = {}
    for steps in ("solver.initial_step=1.0", "solver.initial_step=0.4"):
        plain, bony = (
            numbers(runs.case("compression", "baseline.yaml", ONE_JOINT, steps, *sets).summary)
            for sets in ((), (TYPE_III,))
        )
        found[steps] = {path: bony[path] - plain[path] for path in plain.keys() & bony.keys()}
    size: dict[tuple[str, ...], float] = {}
    for path, value in plain.items():
        size[kind(path)] = max(size.get(kind(path), 0.0), abs(value))
    first, second = found.values()
    for path, effect in first.items():
        scale = max(abs(plain[path]), 1e-3 * size[kind(path)])
        assert abs(effect - second[path]) <= REPRODUCIBLE * scale + ROUND_OFF, path
    own = ("mal", "L5", "left", "tension_N")
    assert abs(first[own]) > 0.5 * abs(plain[own])  # there is something to reproduce
