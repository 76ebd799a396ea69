"""Mechanical items that act on one state vector: solids, membranes, strands, contact, couplings, loads."""
