"""Items of force over one state vector: solids, membranes, strands, contact, couplings, loads."""
