"""Pages for a browser: one file each, without a network; one template, style sheet, chart library and scene for all."""
