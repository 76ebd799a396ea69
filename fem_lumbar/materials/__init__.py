"""Constitutive laws (energy, stress, tangent) and tissue parameter sets, independent of any mesh."""
