"""One scenario solved: load paths, muscle equilibrium and what is recorded on the way."""
