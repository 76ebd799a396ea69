"""Smooth shape of the bones, joints and ligament arches: implicit functions with gradients (independent of meshes)."""
