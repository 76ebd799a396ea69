"""Equations, linear solvers, Newton's method and load stepping; knows items, no anatomy."""
