"""HTML pages that need no network: one file each, with a common template, style sheet, chart library and scene."""
