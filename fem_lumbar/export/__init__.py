"""Models and results in the files of other programs."""
