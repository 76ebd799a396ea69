"""Evaluation of a study: surrogates, sensitivity indices with intervals, effects, failures, groups, known rankings."""
