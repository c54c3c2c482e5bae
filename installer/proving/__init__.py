"""Proves the installer under Wine: installs it, drives the installed program, upgrades, goes back and uninstalls."""
