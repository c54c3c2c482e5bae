"""The screen: a function of the till's state."""
