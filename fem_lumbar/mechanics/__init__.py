"""Force items acting on one state vector: solids, membranes, strands, contact, couplings, loads."""
