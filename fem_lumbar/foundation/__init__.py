"""Common basis of all packages: names, units, axes, errors, geometry of triangles and tetrahedra, files."""
