"""Lines between the solved levels of a moment–rotation curve."""

import numpy as np
import pytest

from fem_lumbar.documents.figures import between_levels


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_line_meets_the_solved_levels_and_stays_between_them(sign):
    branch = np.array([[0.0, 0.0], [2.0, 0.75], [4.0, 3.0], [5.0, 7.5]]) * [sign, sign]
    line = between_levels(branch)
    assert np.all(np.diff(np.abs(line), axis=0) >= 0.0)
    assert line[-1] == pytest.approx(branch[-1])
    for rotation, moment in branch:
        assert np.interp(abs(moment), np.abs(line[:, 1]), line[:, 0]) == pytest.approx(rotation, abs=0.03)


def test_a_stiffening_path_is_nearer_to_it_than_to_straight_lines():
    at = np.array([0.0, 0.1, 0.4, 1.0])
    path = np.sqrt
    line, between = between_levels(np.column_stack([path(at), at])), np.array([0.2, 0.7])
    errors = [np.abs(np.interp(between, m, r) - path(between)) for m, r in ((line[:, 1], line[:, 0]), (at, path(at)))]
    assert np.all(errors[0] < errors[1])


def test_where_the_moment_falls_points_are_joined():
    branch = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.5]])
    assert between_levels(branch) is branch
