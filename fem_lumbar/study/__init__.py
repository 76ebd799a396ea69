"""Running and keeping: execution of scenarios, sweeps, and the store of results."""
