"""The documentation: its examples, links, generated pages and contents."""
