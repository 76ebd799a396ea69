"""Studies: designed variation of scenarios, run anywhere, stored point by point, gathered in one table."""
