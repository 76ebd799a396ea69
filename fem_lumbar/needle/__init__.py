"""Radiofrequency lesions of the medial branch: needles, lesions as bodies, and what part of the nerve they take."""
