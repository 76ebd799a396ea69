"""Scenario files: YAML to a validated, resolved, typed scenario, independent of the mechanics."""
