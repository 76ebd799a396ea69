"""Command line: one file per command; heavy modules are imported when a command runs, so that help is instant."""
