"""Studies: designed variation of scenarios, run anywhere, stored by point and collected in one table."""
