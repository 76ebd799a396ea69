"""Presentation of results: tables, text, figures, scenes, viewer."""
