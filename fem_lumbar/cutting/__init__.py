"""Tetrahedra cut along implicit surfaces: lattice, cutting, regions, remeshing, projection of nodes."""
