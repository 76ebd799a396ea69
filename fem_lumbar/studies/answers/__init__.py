"""What a study says: surrogates, indices with intervals, effects, failures, comparisons of groups, known rankings."""
