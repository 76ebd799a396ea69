"""The anatomy measured on a mesh, beside what was asked for and beside real vertebrae."""
