"""A pretend Perx; shares no rule with the rest of the program, on purpose."""
