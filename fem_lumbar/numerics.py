"""Numerical constants of contact, Newton's method, load stepping and penalties: value, unit and reason of each.

None of them is a property of tissue: those are in ``materials/data``, the contact penalty and its onset among them
(section ``contact``), since a study may vary them. What a scenario may set for the solver is in ``scenario/sections.py``.
"Relative residual" is the unbalanced force over the largest force that any one item carries. Constants of compiled
kernels stay in their file, since the kernel cache does not follow other files: the search for the foot of a contact
point in ``mechanics/quadratic_facet.py``.
"""

from __future__ import annotations

# --- contact -----------------------------------------------------------------------------------------------------

CONTACT_REACH_MM = 3.0
"""mm. A point this far behind a facet counts as outside of the body, not as deep inside it; entries of the tangent are
foreseen for points this near. Larger than any step of a joint surface between load levels, smaller than the bone of an
articular process is thick, so that its far side is never touched."""

CONTACT_FORESEEN_FACETS = 8
"""Facets nearest to a point whose entries are foreseen in the sparsity pattern: the ring of neighbours of a facet, so
that sliding by about a facet needs no new ordering of the matrix (a third to a half of a factorisation)."""

CONTACT_WEDGE = 0.03
"""Of the rim. In a valley between two flat parts of the target a point lies slightly beside the nearest one; so much
counts as inside, else contact would fade in the middle of the surface."""

CONTACT_VALLEY_MM = 0.003
"""mm. While its gaps to two neighbouring facets differ by less, the force of a point goes over from one to the other. A
third of the usual depth of contact. With the force on one side alone, points in a valley have no equilibrium and points
on a ridge have two."""

CONTACT_STRIP = 0.1
"""Of a facet (local coordinate). Only points whose foot is this near to an edge share their force with the facet beyond
it: in the middle of a facet equal gaps have no meaning."""

# --- Newton's method ---------------------------------------------------------------------------------------------

RESIDUAL = 1e-6
"""Relative residual of an equilibrium (scenario: ``solver.relative_tolerance``)."""

ERROR_MM = 1e-6
"""mm. Bound on the error left in any displacement: the last correction times the factor by which it reduced the
residual."""

WORK = 1e-10
"""Work of the residual on the last correction, of the largest energy of any item."""

BETWEEN = 10.0
"""Load levels between no load and full load may be off by so many times the first two bounds: they only say where the
path leads. No displacement there is off by more than 1e-5 mm, no rotation by more than about 3e-5 degrees."""

ITERATIONS = 15
"""Iterations before a load level is given up and the step halved (scenario: ``solver.maximum_iterations``)."""

FORCE_FLOOR_N = 1.0
"""N (also N·mm of energy). Smallest force that residuals are compared with: a model without load has only round-off."""

HEADWAY_AFTER, HEADWAY = 7, 0.7
"""The first iterations may climb; after so many, the residual must be below this part of the least one that long
before, else the load level is given up: halving the step is cheaper than more iterations."""

RESTART_ITERATIONS, RESTART_RESIDUAL = 4, 1e-10
"""A known equilibrium is settled by at most so many iterations on its own tangent, down to this relative residual: one
unless more are needed. What they change measures the algebraic error, so they end far below ``RESIDUAL``."""

LINEAR_ITERATE, LINEAR_FINAL = 0.1, 1e-2
"""Part of the right-hand side that an iterative linear solution may leave: where Newton iterations follow, and in the
last solution of a load level (its rate). An inexact Newton method loses nothing by the first as long as the residual
falls by less than that per iteration."""

ANDERSON_DEPTH, ANDERSON_CUTOFF = 6, 1e-10
"""Steps that Anderson acceleration remembers, and the relative singular value below which their differences count as
dependent."""

# --- line search -------------------------------------------------------------------------------------------------

LINE_SEARCH_TRIALS = 6
"""States tried per iteration; the last one is taken whatever it is, since the next tangent helps more than a seventh."""

LINE_SEARCH_SLACK = 0.8
"""The work of the residual on the step may keep this part of its size: a loose search, as is usual for Newton steps."""

SHORTEST_CUT = 1 / 64
"""Part of a step to which it is cut at most because contact would close too deep."""

FREE_DEPTH_MM = 0.03
"""mm. Steps may close contact this deep at once: one and a half times the onset (0.02 mm) of its pressure. Deeper, the
tangent of a state before contact says nothing about the forces after it."""

DEEPENING = 1.5
"""Where contact is deeper than that already, a step may deepen it by this factor."""

WHOLE_STEP_RESIDUAL, WHOLE_STEP_GROWTH = 0.02, 2.0
"""Below this relative residual whole steps are taken unless they raise the residual by this factor: a few fibres that
tighten or slacken would shorten the step for all."""

# --- freezing of contact pairs -----------------------------------------------------------------------------------

STALL_RESIDUAL, STALL_LEFT, STALLS = 1e-2, 0.5, 3
"""Steps are stalled that begin below this relative residual and leave more than this part of it; after so many the
contact pairs are frozen. With 1e-3 in place of 1e-2 three of forty random scenarios circled between two pairings."""

SETTLING_ROUNDS, SETTLED_RESIDUAL = 4, 1e-4
"""How often pairs are found anew in balance, and the relative residual that this may cause without another round."""

# --- predictor ---------------------------------------------------------------------------------------------------

PREDICTOR_FRACTIONS = (1.0, 0.5, 0.25, 0.125, 0.0)
"""Parts of an extrapolation that are tried, the whole first: from an overstretched fibre Newton's method needs an
iteration for every factor e in its force."""

# --- two-level iteration (solver.vertebrae: condensed) -----------------------------------------------------------

DIFFERENCE_MM = 1e-6
"""mm. Largest displacement of the difference by which the tangent of bone acts on a vector: its square beside a cell is
as small as round-off beside the forces."""

APPLICATIONS = 12
"""Applications of the preconditioner per solution at most: each leaves a few per cent of the residual."""

REMEMBERED_DIRECTIONS = 40
"""Directions kept for later solutions with the same tangent."""

LABORIOUS = 3
"""A solution that needs more applications asks for the elastic stiffness of bodies in their present state."""

MULTIPLIER_ACCURACY = 1e-3
"""Accuracy of the answers to unit multipliers (prescribed motions) relative to their right-hand side."""

# --- how long a tangent is kept ----------------------------------------------------------------------------------

DIRECT_CONTRACTION = 0.3
"""A factorised whole tangent serves while it leaves less of the residual: ten iterations cost one factorisation."""

TWO_LEVEL_CONTRACTION, TWO_LEVEL_NEAR = 0.1, 1e-3
"""The same for the two-level tangent, once the relative residual is below the second: two or three of its iterations
cost one factorisation."""
