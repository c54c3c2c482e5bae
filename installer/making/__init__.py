"""Makes the Windows program, its setups and its papers; installer/build.py is the entry."""
