"""What a run says: reading results, figures, scenes, text, comparison, viewer."""
