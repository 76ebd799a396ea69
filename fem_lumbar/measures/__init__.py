"""State of the model → numbers, and the checks made of them."""
