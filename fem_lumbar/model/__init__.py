"""From scenario and mesh to items: which tissue is what, and where loads act."""
