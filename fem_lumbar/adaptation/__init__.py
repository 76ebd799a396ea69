"""Adaptation after the loss of a medial branch: muscle, activations, left and right loads, feedback on the nerve."""
