"""Content of the pages of runs and comparisons: answer, charts, three-dimensional scene, methods."""
