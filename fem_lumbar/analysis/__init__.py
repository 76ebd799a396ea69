"""What a state means: kinematics, disc, facets, load sharing, MAL, checks."""
