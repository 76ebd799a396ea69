"""Electromyography: left/right ratios predicted for states of the MAL, and sample sizes needed to detect them."""
