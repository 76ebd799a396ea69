"""Measuring is tried on the parametric template, whose faces are plane: a mesh of it has its measures to 0.5 mm."""

from tests.parametric_template import anatomy, coarse_mesh, test_mesh  # noqa: F401
