"""Hardware at the edge: bytes in, bytes out."""
