"""Studies of one question with the model."""
