"""Assembly, linear solvers, Newton's method and load stepping; knows mechanical items but no anatomy."""
