"""Studies of single questions with the model."""
