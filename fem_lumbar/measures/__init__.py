"""Results and checks from a state of the model."""
