"""Finite element biomechanics of the lumbar segment L3-L5 with the mamillo-accessory ligament."""

import os

__version__ = "0.1.0"

# PARDISO and the compiled kernels have threads of their own on the same cores. By default the idle ones spin and slow
# the others several times over; both libraries read these when they are first loaded.
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
