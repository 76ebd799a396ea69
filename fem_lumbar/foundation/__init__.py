"""Names, units, axes, errors, triangles and files: what every other package may use."""
