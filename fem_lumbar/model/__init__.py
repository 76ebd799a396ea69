"""From scenario and mesh to items: which tissue is what, where loads act, how a case runs."""
