"""Tetrahedra cut along implicit surfaces: lattice, cutting, regions, remeshing, nodes back onto their functions."""
