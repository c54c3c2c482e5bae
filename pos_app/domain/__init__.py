"""Pure rules and values: no I/O, clock, thread or asyncio."""
