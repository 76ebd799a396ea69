"""What the solved state means: kinematics, load sharing, asymmetry, ligament and nerve, checks."""
