"""Kinds of loads in a scenario: their keys, descriptions and checks, one file each, without mechanics."""
