"""Scenario files: YAML to a validated, resolved, typed scenario. Knows no mechanics."""
