"""Kinds of loads as far as a scenario knows them: their keys, words and rules, one file each; no mechanics."""
