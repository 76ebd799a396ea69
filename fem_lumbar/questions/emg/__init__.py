"""Electromyography: left/right ratios that states of MAL and muscle lead to, and how many persons show them."""
