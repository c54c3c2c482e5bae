"""URL handlers that pyserial loads in tests."""
