"""The first run: a shop sets its till up alone, in the till's own window, step by step, and no step is lost."""
