"""From scenario and mesh to mechanical items: tissues, attachments and loads of the segment."""
