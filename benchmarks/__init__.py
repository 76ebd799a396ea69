"""Speed, memory and cost of the program, beside other codes and by phase; run by ``make bench``."""
