"""Numerical constants of contact, Newton's method, load stepping and penalties: value, unit and reason of each.

None of them is a property of tissue: those are in ``materials/data``, and so are penalty, onset, hardening and rim
of contact and the stiffness of the potting (``contact``, ``potting``), which a study may vary. What a scenario sets for
the solver is in ``scenario/data/settings.yaml``. Constants of compiled kernels stay in their file, since the kernel
cache does not follow other files: the search for the foot of a contact point in ``mechanics/quadratic_facet.py``.

"Relative residual" is the unbalanced force over the largest force that any one item carries.
"""

from __future__ import annotations

# --- contact -----------------------------------------------------------------------------------------------------

CONTACT_REACH_MM = 3.0
"""mm. A point no deeper than this behind a facet counts as having passed through it, a deeper one as never having been
near; entries of the tangent are foreseen for points this near. Ten times the gap of a facet joint, and a hundred times
the depth of any contact in equilibrium."""

CONTACT_FAR_MM = 1.5 * CONTACT_REACH_MM
"""mm. A point this far from the flat parts of its nearest facet is not within reach of the facet itself: between nodes
a facet of a few millimetres is bent by some hundredths."""

CONTACT_FORESEEN_FACETS = 8
"""Facets nearest to a point whose entries are foreseen in the sparsity pattern: the ring of neighbours of a facet, so
that sliding by about a facet needs no new analysis of the matrix (a third to a half of a factorisation)."""

CONTACT_WEDGE = 0.03
"""Of the width of the rim. A point in a valley between two flat parts of the target lies slightly beside the nearest
one; so much counts as over it, else contact would fade in the middle of the surface as it does at its rim."""

CONTACT_VALLEY_MM = 0.003
"""mm. While its gaps to two neighbouring facets differ by less, the force of a point goes over from one to the other: a
third of the usual depth of contact. With the force on one side alone, a point in a valley has no equilibrium and one
over a ridge has two."""

CONTACT_STRIP = 0.1
"""Of a facet (local coordinate). A point shares its force with the facet beyond an edge only if its foot is this near
to the edge, and the less the farther it is: so sharing sets in gradually as the point slides."""

# --- Newton's method ---------------------------------------------------------------------------------------------

RESIDUAL = 1e-6
"""Relative residual of an equilibrium (scenario: ``solver.relative_tolerance``)."""

ERROR_MM = 1e-6
"""mm. Bound of the error left in any displacement: the last correction times the factor by which it reduced the
residual."""

WORK = 1e-10
"""Work of the residual on the last correction, of the largest energy of any item."""

BETWEEN = 100.0
"""Load levels between no load and full load may be off by so many times the first two bounds, and its square times the
work: they only say where the path leads. So no displacement there should be off by more than 1e-4 mm. Measured on the
curves of the baseline, against levels solved with a hundredth instead of a hundred: rotations within 2e-5 degrees,
pressures within 2e-7 MPa, ligaments within 2e-4 N, facets within 4e-3 N of 27 N."""

ITERATIONS = 15
"""Iterations before a load level is given up and the step halved (scenario: ``solver.maximum_iterations``)."""

FORCE_FLOOR_N = 1.0
"""N (also N·mm of energy). Smallest force that residuals are compared with: a model without load has only round-off."""

MOMENT_ARM_MM = 30.0
"""mm. Arm on which an unbalanced moment counts as a force: about half a vertebra."""

MOTION_N_PER_MM = 1000.0
"""N/mm. What is missing of a prescribed motion counts as a force with this stiffness, that of a disc."""

FIXTURE_POINT_N_PER_MM = 1e6
"""N/mm. Holds each point of the fixture that muscles from above pull on: under 2000 N they yield some 0.005 mm."""

HEADWAY_AFTER, HEADWAY = 7, 0.7
"""The first iterations may climb. After so many the residual must have fallen to this part of the least one of all but
the last six, else the load level is given up."""

RESTART_ITERATIONS, RESTART_RESIDUAL = 4, 1e-10
"""A known equilibrium is settled by at most so many iterations on its own tangent, down to this relative residual. What
they change measures its algebraic error, so they end far below ``RESIDUAL``."""

RATE_PROBE, RATE_LEFT = 1e-4, 0.1
"""Load factor up to which the rate of a state that is taken over is followed, and the part of the load that it may
leave unbalanced there. A rate of the same loads and tissue was found to leave up to 0.007, of which ``LINEAR_FINAL`` is
the reason; one of others leaves what it differs by."""

IN_SITU_MM, IN_SITU_ITERATIONS = 0.02, 20
"""mm. What the resting segment with swollen discs may be off the anatomy given: far below what images resolve. Three
corrections get there from 0.7 mm; nodes inside the disc, whose place in the shape without stress hardly matters, would
take twenty to get to 0.008 mm."""

NEAR = 2e-3
"""Relative residual below which a state is near the next one: nearly all fibres have found their side of the toe."""

LINEAR_ITERATE, LINEAR_FINAL = (1e-2, 0.1), 1e-2
"""Part of the right-hand side that an iterative linear solution may leave. In Newton iterations it is the relative
residual within these bounds, so that convergence stays superlinear (Dembo, Eisenstat & Steihaug 1982, SIAM J Numer Anal
19:400-408) and no more is solved for than the next iteration can use; the second is for the last solution of a load
level (its rate) and for the iterations that settle an equilibrium."""

ANDERSON_DEPTH, ANDERSON_CUTOFF = 6, 1e-10
"""Steps that Anderson acceleration remembers, and the relative singular value below which their differences count as
dependent."""

LOCAL_ABOVE = 0.1
"""A step that leaves more than this part of the unbalanced force may have left it on a few overstretched cells."""

LOCAL_SHARE, LOCAL_LEFT, LOCAL_NODES = 0.5, 0.1, 60
"""Part of the unbalanced force of the model that nodes on which only solids act must have for a local equilibrium to be
sought, part of theirs that may be on other nodes than those that are moved, and the most nodes that are."""

LOCAL_GOAL, LOCAL_ITERATIONS, LOCAL_CUTS = 5e-3, 25, 5
"""Part of their unbalanced force that moved nodes may keep: no more than the others have; iterations, and halvings of a
step. In a flexed disc 10 to 40 nodes need 1 to 5."""

# --- line search -------------------------------------------------------------------------------------------------

LINE_SEARCH_TRIALS = 6
"""States tried per iteration; the last one is taken whatever it is."""

LINE_SEARCH_SLACK = 0.8
"""A trial is taken where the work of the residual on the step has fallen to this part: Newton steps need no exact
search (Crisfield 1991, vol. 1, ch. 9: a slack one)."""

SHORTEST_CUT = 1 / 64
"""Part of a step to which it is cut at most because contact would close too deep."""

FREE_DEPTH = 1.5
"""Steps may close a contact this deep at once, as a multiple of the penetration at which it has trebled its stiffness
(0.02 mm for cartilage, 0.1 mm for bone). The tangent of a state before contact says nothing about the forces of deeper
ones."""

CRAWL, CRAWLING_STEPS = 1 / 16, 3
"""After so many steps in a row that are cut to this part or less the load level is given up. In extension at ``coarse``
the residual was found to stall after four more of them."""

DEEPENING = 1.5
"""Where a contact is deeper than that already, a step may deepen it by this factor."""

WHOLE_STEP_RESIDUAL, WHOLE_STEP_GROWTH = 0.02, 2.0
"""Below this relative residual whole steps are taken unless they raise the residual by this factor: a few fibres that
tighten or slacken would shorten the step for all."""

# --- freezing of contact pairs -----------------------------------------------------------------------------------

STALL_RESIDUAL, STALL_LEFT, STALLS = 1e-2, 0.5, 3
"""Steps are stalled that begin below this relative residual and leave more than this part of it; after so many the
contact pairs are frozen. With 1e-3 in place of 1e-2 three of forty random scenarios circled between two pairings."""

SETTLING_ROUNDS, SETTLED_RESIDUAL = 4, 1e-4
"""How often pairs are found anew in balance, and the relative residual that this may cause without another round."""

MISPLACED, SHORTENINGS = 1e-3, 2
"""Relative residual with pairs found anew beyond which a step is shortened, and how often for one load level: along a
shorter one other pairs may settle. What no step settles is kept, and reported with the force that depends on it
(``pairing_N``)."""

# --- load stepping -----------------------------------------------------------------------------------------------

STEP_INITIAL, STEP_MINIMUM = 0.1, 1 / 128
"""First load step, and the one below which a case is given up (scenario: ``solver.initial_step``, ``minimum_step``)."""

STEP_MAXIMUM, STEP_GROWTH, EASY_ITERATIONS = 0.35, 2.0, 12
"""Largest load step, and the factor by which steps grow after a level that took no more than so many iterations: levels
0.1, 0.3, 0.65, 1. Baseline at ``test``, iterations of flexion, standing, extension and lateral bending: 23, 22, 38, 32;
with 3 and 0.6 (a level less) steps are cut back, 46, 58, 44, 24; with 2 and 0.4: 25, 24, 54."""

STEP_SLIVER = 0.25
"""Of a step: one that would end nearer than this to full load, or to a level to be met, goes there at once."""

# --- loads in time -----------------------------------------------------------------------------------------------

TIME_FIRST_STEP, TIME_STEP_GROWTH = 1 / 8, 1.5
"""First time step of a held load, of the shortest relaxation time, and the factor by which steps grow: fading branches
are slow on the logarithm of time. Each branch is integrated exactly for a stress that changes evenly in a step."""

TIMED_LEVELS, CYCLES = 8, 3
"""Load levels from no load to full load, at even distances in time, as it comes on or in a cycle, and cycles where a
scenario does not say: laboratories read the third one."""

TIME_HALVINGS = 4
"""How often a time step that does not converge is halved, from the shortest one."""

# --- predictor ---------------------------------------------------------------------------------------------------

PREDICTOR_FRACTIONS = (1.0, 0.5, 0.25, 0.125)
"""Parts of an extrapolation that are tried, the whole first. The first that does not raise the unbalanced force is
taken, not that which lowers it most: baseline at ``test`` 136 iterations in place of 139, extension at ``coarse`` 33 in
place of 50, standing 35 in place of 31. With parts that raise the force threefold it was 140."""

STRAIGHT = 1.05
"""Where the rate of the state falls by less than this factor from one equilibrium to the next, the load is not
stretched: the path is as good as straight."""

INTERMEDIATE_PARTS = (0.5, 0.25, 0.125)
"""Fractions of a step at which intermediate equilibria are sought, in this order, where work cannot be integrated from
its end points: the nearer to the start, the easier they are found. With balanced muscles, whose load path is steep at
its start, none was found half-way; the work was off by 1.4 %."""

# --- two-level iteration (solver.vertebrae: condensed) -----------------------------------------------------------

DIFFERENCE_MM = 1e-6
"""mm. Largest displacement in the difference that gives the product of the tangent of a body and a vector: its square
beside the size of a cell is as small as round-off beside the forces."""

APPLICATIONS = 12
"""Applications of the preconditioner per solution at most: each leaves a few per cent of the residual."""

REMEMBERED_DIRECTIONS = 40
"""Directions kept for later solutions with the same tangent."""

SLOW = 5.0
"""A solution on factors of another state that is going to take more further applications is slow: the factors are
renewed, which costs three to four applications and one or two to finish."""

LABORIOUS = 6
"""A solution on factors of its own state that takes more applications asks for the elastic stiffness of the bodies in
their present state, which costs as much as two factorisations of the coarse matrix."""

MULTIPLIER_ACCURACY = 1e-3
"""Accuracy of the answers to unit multipliers (prescribed motions) relative to their right-hand side."""

# --- direct solver in single precision ---------------------------------------------------------------------------

BACKWARD_ERROR = 1e-14
"""Backward error (Higham 2002, Accuracy and stability, ch. 7) at which iterative refinement ends: no more than factors
in double precision leave."""

REFINEMENTS, REFINEMENT_CONTRACTION = 8, 0.2
"""Rounds of refinement at most, and the part of the residual that each may leave; else the matrix is factorised again
in double precision."""

# --- how long a tangent is kept ----------------------------------------------------------------------------------

DIRECT_CONTRACTION = 0.3
"""A factorised whole tangent serves while it leaves less of the residual: ten iterations cost one factorisation."""

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
