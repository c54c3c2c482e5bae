"""The only code that knows HTTP and Perx's JSON."""
