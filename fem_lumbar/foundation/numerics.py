"""Numerical constants of contact, Newton's method, load stepping and penalties: value, unit and reason of each.

None of them is a property of tissue. Tissue values are in ``materials/data``, as are penalty, onset, hardening and rim
of contact and the stiffness of the potting (``contact``, ``potting``), which a study may vary. Solver settings of a
scenario are in ``scenario/data/settings.yaml``. Constants of compiled kernels are in the file of the kernel, since the
kernel cache does not track other files: those of the closest-point projection in ``mechanics/quadratic_facet.py``.

"Relative residual" is the unbalanced force over the largest force carried by any one item.
"""

from __future__ import annotations

# --- contact -----------------------------------------------------------------------------------------------------

CONTACT_REACH_MM = 3.0
"""mm. Contact search distance. A point no deeper than this behind a facet has penetrated it; a deeper one has never
been near it. The sparsity pattern includes points within this distance. It is ten times the gap of a facet joint, and a
hundred times the penetration of any contact in equilibrium."""

CONTACT_FAR_MM = 1.5 * CONTACT_REACH_MM
"""mm. A point this far from the flat parts of its nearest facet is beyond `CONTACT_REACH_MM` of the curved facet: a
facet of a few millimetres deviates from its flat parts by a few hundredths."""

CONTACT_FORESEEN_FACETS = 8
"""Nearest facets of a point included in the sparsity pattern: the ring of neighbours of a facet, so that sliding by
about one facet needs no new analysis of the matrix (a third to a half of the cost of a factorisation)."""

CONTACT_WEDGE = 0.03
"""Fraction of the width of the rim. A point in a valley between two flat parts of the target lies slightly beside the
nearest one. Within this distance it counts as over it, or contact would fade in the middle of the surface as at its
rim."""

CONTACT_VALLEY_MM = 0.003
"""mm. The force of a point is blended between two neighbouring facets where its gaps to them differ by less: a third of
the usual penetration. With the force on one facet only, a point in a valley has no equilibrium and one over a ridge has
two."""

CONTACT_STRIP = 0.1
"""Fraction of a facet (local coordinate). A point shares its force with the facet across an edge only if its foot is
this near to the edge, with a share that falls with the distance, so that sharing sets in gradually as the point
slides."""

# --- Newton's method ---------------------------------------------------------------------------------------------

RESIDUAL = 1e-6
"""Relative residual of an equilibrium (scenario: ``solver.relative_tolerance``)."""

ERROR_MM = 1e-6
"""mm. Bound on the remaining error of any displacement: the last correction times the factor by which it reduced the
residual."""

WORK = 1e-10
"""Work of the residual on the last correction, relative to the largest energy of any item."""

BETWEEN = 100.0
"""Factor on the first two tolerances, squared for the work, at intermediate load levels, which only guide the path. No
displacement should then be in error by more than 1e-4 mm. Measured on the curves of the baseline, against levels solved
with a factor of a hundredth: rotations within 2e-5 degrees, pressures within 2e-7 MPa, ligaments within 2e-4 N, facets
within 4e-3 N of 27 N."""

ITERATIONS = 15
"""Maximum iterations at a load level before the step is halved (scenario: ``solver.maximum_iterations``)."""

FORCE_FLOOR_N = 1.0
"""N (also N·mm of energy). Smallest reference force for residuals: an unloaded model has only round-off."""

MOMENT_ARM_MM = 30.0
"""mm. Lever arm that converts an unbalanced moment to a force: about half a vertebra."""

MOTION_N_PER_MM = 1000.0
"""N/mm. Stiffness, that of a disc, that converts the remaining part of a prescribed motion to a force."""

FIXTURE_POINT_N_PER_MM = 1e4
"""N/mm. Holds each point of the fixture that muscles from above pull on, about as stiff as a node of the potting. At
1e6 N/mm inexact linear solutions leave the largest unbalanced forces there."""

HEADWAY_AFTER, HEADWAY = 7, 0.7
"""The residual may grow in the first iterations. After this many it must have fallen to this fraction of the smallest
one before the last six, or the load level is given up."""

RESTART_ITERATIONS, RESTART_RESIDUAL = 4, 1e-10
"""Maximum iterations, and relative residual at their end, to improve a known equilibrium with its own tangent. The
change measures its algebraic error, so they end far below ``RESIDUAL``."""

RATE_PROBE, RATE_LEFT = 1e-4, 0.1
"""Load factor up to which the rate of a reused state is followed as a test, and the fraction of the load that may then
be unbalanced. A rate under the same loads and tissue was found to leave up to 0.007, due to ``LINEAR_FINAL``; other
rates leave their relative difference."""

IN_SITU_MM, IN_SITU_ITERATIONS = 0.02, 20
"""mm. Tolerance on the distance of the resting segment with swollen discs from the given anatomy, far below the
resolution of images; and the most corrections. Three corrections suffice from 0.7 mm. Nodes inside the disc, whose
stress-free position hardly matters, would need twenty to reach 0.008 mm."""

NEAR = 2e-3
"""Relative residual below which a state is close to the next one: nearly all fibres stay on the same side of the
toe."""

LINEAR_ITERATE, LINEAR_FINAL = (1e-2, 0.1), 1e-2
"""Relative accuracy of iterative linear solutions. In Newton iterations it is the relative residual, clipped to the
first two values, so that convergence stays superlinear without oversolving (Dembo, Eisenstat & Steihaug 1982, SIAM J
Numer Anal 19:400-408). The last value is for the rate of an equilibrium and for iterations that improve it."""

ANDERSON_DEPTH, ANDERSON_CUTOFF = 6, 1e-10
"""Depth of Anderson acceleration, and the relative singular value below which differences count as linearly
dependent."""

LOCAL_ABOVE = 0.1
"""Local relaxation is tried after steps that leave more than this fraction of the unbalanced force, which may be due to
a few overstretched cells."""

LOCAL_SHARE, LOCAL_LEFT, LOCAL_NODES = 0.5, 0.1, 60
"""Least fraction of the unbalanced force on nodes on which only solids act, for local relaxation to be tried; the
fraction of that force that may remain on nodes that are not moved; and the most nodes that are moved."""

LOCAL_GOAL, LOCAL_ITERATIONS, LOCAL_CUTS = 5e-3, 25, 5
"""Fraction of their unbalanced force at which local relaxation ends, no more than that of the other nodes; maximum
iterations, and halvings of a step. In a flexed disc 10 to 40 nodes need 1 to 5 iterations."""

# --- line search -------------------------------------------------------------------------------------------------

LINE_SEARCH_TRIALS = 6
"""Trial states per iteration; the last one is accepted in any case."""

LINE_SEARCH_SLACK = 0.8
"""A trial is accepted where the work of the residual on the step has fallen to this fraction: Newton steps need no
exact line search (Crisfield 1991, vol. 1, ch. 9: a slack one)."""

SHORTEST_CUT = 1 / 64
"""Smallest fraction to which a step is cut because contact would close too deeply."""

FREE_DEPTH = 1.5
"""Penetration to which a step may close a contact at once, as a multiple of that at which its stiffness has trebled
(0.02 mm for cartilage, 0.1 mm for bone). Beyond it the tangent of a state before contact cannot predict the forces."""

CRAWL, CRAWLING_STEPS = 1 / 16, 3
"""A load level is given up after this many successive steps (second value) that are cut to this fraction (first value)
or less. In extension at ``coarse`` the residual stalled after four more of them."""

DEEPENING = 1.5
"""Factor by which a step may deepen a contact that is already deeper than that."""

WHOLE_STEP_RESIDUAL, WHOLE_STEP_GROWTH = 0.02, 2.0
"""Below this relative residual full steps are taken unless they raise the residual by this factor. A line search would
let a few fibres that become taut or slack shorten the step for all."""

# --- freezing of contact pairs -----------------------------------------------------------------------------------

STALL_RESIDUAL, STALL_LEFT, STALLS = 1e-2, 0.5, 3
"""A step stalls if its relative residual is below the first value and more than the second of the unbalanced force is
left; after the third number of them contact pairs are frozen. With 1e-3 in place of 1e-2 three of forty random
scenarios oscillated between two pairings."""

SETTLING_ROUNDS, SETTLED_RESIDUAL = 4, 1e-4
"""Most updates of frozen pairs at equilibrium, and the relative residual after an update below which they end."""

MISPLACED, SHORTENINGS = 1e-3, 2
"""Relative residual with updated pairs above which a step is shortened, since other pairs may settle along a shorter
one; and how often for one load level. What remains is accepted, and reported by the force that depends on it
(``pairing_N``)."""

# --- load stepping -----------------------------------------------------------------------------------------------

STEP_INITIAL, STEP_MINIMUM = 0.1, 1 / 128
"""First load step, and the smallest before a case is given up (scenario: ``solver.initial_step``, ``minimum_step``)."""

STEP_MAXIMUM, STEP_GROWTH, EASY_ITERATIONS = 0.35, 2.0, 12
"""Largest load step, and the factor by which steps grow after a level that took no more than so many iterations: levels
0.1, 0.3, 0.65, 1. Baseline at ``test``, iterations of flexion, standing, extension and lateral bending: 23, 22, 38, 32;
with 3 and 0.6 (a level less) steps are cut back, 46, 58, 44, 24; with 2 and 0.4: 25, 24, 54."""

STEP_SLIVER = 0.25
"""Fraction of a step: one that would end nearer than this to full load, or to a required level, goes there at once."""

# --- loads in time -----------------------------------------------------------------------------------------------

TIME_FIRST_STEP, TIME_STEP_GROWTH = 1 / 8, 1.5
"""First time step of a held load, as a fraction of the shortest relaxation time, and the factor by which steps grow:
relaxation is slow on a logarithmic time scale. Each branch is integrated exactly for a stress that changes linearly
over a step."""

TIMED_LEVELS, CYCLES = 8, 3
"""Time steps from no load to full load, in loading or in a cycle, and the default number of cycles: laboratories
evaluate the third one."""

TIME_HALVINGS = 4
"""Number of times a time step that does not converge may be halved, counted from the shortest step."""

# --- predictor ---------------------------------------------------------------------------------------------------

PREDICTOR_FRACTIONS = (1.0, 0.5, 0.25, 0.125)
"""Fractions of an extrapolation, tried in this order. The first that does not raise the unbalanced force is taken,
rather than the one that lowers it most: baseline at ``test`` 136 iterations instead of 139, extension at ``coarse`` 33
instead of 50, standing 35 instead of 31. Allowing the force to treble, it was 140."""

STRAIGHT = 1.05
"""Where the rate of the state falls by less than this factor between equilibria, the path is nearly straight and is
extrapolated in the load factor instead of its logarithm."""

INTERMEDIATE_PARTS = (0.5, 0.25, 0.125)
"""Fractions of a step at which intermediate equilibria are tried, in this order, where work cannot be integrated from
its end points: those nearer to the start converge more easily. With balanced muscles, whose load path is steep at its
start, none was found half-way, and the work was in error by 1.4 %."""

# --- two-level iteration (solver.vertebrae: condensed) -----------------------------------------------------------

DIFFERENCE_MM = 1e-6
"""mm. Largest displacement of the finite difference for the product of the tangent of a body with a vector: truncation
error then equals round-off."""

APPLICATIONS = 12
"""Maximum applications of the preconditioner per solution: each leaves a few per cent of the residual."""

REMEMBERED_DIRECTIONS = 40
"""Directions kept for later solutions with the same tangent."""

SLOW = 5.0
"""A solution with factors of another state is slow if it is expected to need more further applications than this. The
factors are then renewed, at the cost of three to four applications, and one or two more finish the solution."""

LABORIOUS = 6
"""If a solution with factors of its own state needs more applications than this, the elastic stiffness of the bodies is
updated to their current state, at the cost of two factorisations of the coarse matrix."""

MULTIPLIER_ACCURACY = 1e-3
"""Accuracy of the responses to unit multipliers (prescribed motions), relative to the right-hand side."""

# --- direct solver in single precision ---------------------------------------------------------------------------

BACKWARD_ERROR = 1e-14
"""Backward error (Higham 2002, Accuracy and stability, ch. 7) at which iterative refinement ends, no larger than with
factors in double precision."""

REFINEMENTS, REFINEMENT_CONTRACTION = 8, 0.2
"""Maximum rounds of refinement, and the fraction of the residual that each may leave; otherwise the matrix is
factorised again in double precision."""

# --- how long a tangent is kept ----------------------------------------------------------------------------------

DIRECT_CONTRACTION = 0.3
"""A direct factorisation is reused while each iteration leaves less than this fraction of the residual: ten iterations
cost as much as one factorisation."""

TWO_LEVEL_CONTRACTION = 0.02
"""The same for the two-level tangent, which costs less than an application of its preconditioner."""

# --- nearly incompressible tissue --------------------------------------------------------------------------------

POINTWISE_BULK_MPA = 10.0
"""MPa. Part of the bulk modulus of annulus and nucleus that acts at every quadrature point, K/2 (J - 1)^2, and not
through the pressure field (at most half of it). The sum is the same law; only its discretisation changes: a linear
pressure keeps volume in the mean over its nodes, this keeps it at points (grad-div stabilisation, Olshanskii & Reusken
2004 Math Comput 73:1699-718). Ten times the shear modulus of the ground substance bounds the volume, and locks a
little. In the nucleus it takes the place of a shear modulus that is too soft at 2 MPa of pressure."""

POINTWISE_STIFFENING = 100.0
"""By how much this part stiffens, K/2 (J - 1)^2 (1 + b/2 (J - 1)^2): twice its pressure where a tenth of the volume is
missing, which is an error of elements. It is nothing in a tissue that is really pressed: at 3 MPa J - 1 is -0.02, and
0.3 % of its pressure is from here."""

BY_FIELD_IN_FULL = 10.0
"""Bulk modulus of the pressure field over that at points from which on this part stiffens in full. It does less where
the tissue itself is compressible, and not at all where both are alike."""

# --- derivatives -------------------------------------------------------------------------------------------------

DERIVATIVE_MOVED_STEP = 1e-4
"""Steps of differences, on both sides, relative to the value of a measure of the anatomy, or to the width of its range
if that is less. Contact force is a small difference of what gap and state do to it, and so bends a hundred times as
much as they do: with ten times the step its derivative with respect to the gap was off by 4 %."""

DERIVATIVE_STEP = 1e-5
"""The same for numbers that leave the mesh as it is, on one side."""

DERIVATIVE_TRUNCATION = 1e-3
"""Part of a derivative that its one-sided difference may be off by: nine in ten of those measured are within it."""

DERIVATIVE_COORDINATE_STEP_MM = 2.0**-40
"""Coordinates of meshes whose differences are taken are a multiple of it: finer than round-off of 100 mm needs."""

DERIVATIVE_ACCURACY = 1e-6
"""Part of the right-hand side that the solution for a state derivative may leave."""

DERIVATIVE_BLOCK = 32
"""Right-hand sides solved at once: 50 MB of them on ``coarse``."""

DERIVATIVE_PROBE_MM = 1e-5
"""Largest displacement of the probe along a state derivative for what the symmetric tangent lacks.

At 1e-4 directions that move the rim of a contact alone reach pairs that the state itself does not come near; from here
to 1e-6 the derivative is the same to 1e-6 of it.
"""

VOLUME_N_PER_MM3 = 1.0
"""How a lost volume counts in the balance of a state that is taken over: a volume strain of 1e-3 over the size of an
element (3 mm) at 10 MPa, the least bulk modulus of a disc, is about that force."""

DERIVATIVE_VERIFIED = 0.01
"""Relative error to which derivatives agree with central differences of complete runs (docs/sensitivity.md); what is
forecast from them is not called more certain."""

SAME_RESULT = 1e-3
"""Relative difference up to which a stored result counts as that of a run: warm-started solutions differ by less than
a hundredth of it, values at another density or of another scenario by more."""
