"""Anatomy measured on a mesh, compared with the prescribed measures and with real vertebrae."""
