"""Factors in single precision with refinement, against double ones."""

import numpy as np
import pytest
from scipy.sparse import csr_array, diags_array, triu

from fem_lumbar.solver.linear import PardisoSolver, ScipySolver, pardiso_problem
from fem_lumbar.solver.refined import RefinedSolver

pytestmark = pytest.mark.skipif(pardiso_problem() is not None, reason="PARDISO is not usable here")


def chain(stiff: float) -> csr_array:
    """Upper triangle of an indefinite chain of springs, some of them stiffer by a factor."""
    n = 400
    springs = np.where(np.arange(n + 1) % 7 == 0, stiff, 1.0)
    whole = diags_array([-springs[1:n], springs[:n] + springs[1:], -springs[1:n]], offsets=[-1, 0, 1])
    signs = np.where(np.arange(n) % 50 == 49, -1.0, 1.0)  # an indefinite one
    return csr_array(triu(whole + diags_array(0.5 * signs), format="csr"))


def solved(solver, upper, right_hand_side):
    solver.analyse(upper)
    solver.factor(upper.data)
    return solver.solve(right_hand_side)


@pytest.mark.parametrize("stiff", [1.0, 1e3])
def test_refined_solution_is_the_double_one(stiff):
    upper = chain(stiff)
    right_hand_side = np.random.default_rng(1).standard_normal(upper.shape[0])
    refined = RefinedSolver(PardisoSolver(single=True), lambda: pytest.fail("double factors were not needed"))
    exact = solved(ScipySolver(), upper, right_hand_side)
    np.testing.assert_allclose(solved(refined, upper, right_hand_side), exact, rtol=1e-9, atol=1e-9 * abs(exact).max())


def test_double_factors_where_single_ones_do_not_serve():
    upper = chain(1e9)
    right_hand_side = np.random.default_rng(1).standard_normal(upper.shape[0])
    made = []

    def new_exact():
        made.append(PardisoSolver())
        return made[-1]

    solution = solved(RefinedSolver(PardisoSolver(single=True), new_exact), upper, right_hand_side)
    exact = solved(ScipySolver(), upper, right_hand_side)
    assert len(made) == 1
    np.testing.assert_allclose(solution, exact, rtol=1e-5, atol=1e-5 * abs(exact).max())
