"""Radiofrequency lesions of the medial branch: needles, lesion volumes, and the part of the nerve inside them."""
