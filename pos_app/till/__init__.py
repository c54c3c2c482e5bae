"""The till's state, and the one runner of its effects."""
