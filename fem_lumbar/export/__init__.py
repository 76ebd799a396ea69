"""Export of models and results to the formats of other programs."""
