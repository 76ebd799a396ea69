"""Constitutive laws (energy, stress, tangent) and the tissue parameter sets; knows no mesh."""
