# Every task sets itself up; installer/setup_env.py does the work, on Windows too (py installer\setup_env.py TASK).
TASKS := setup run tour test shots pictures chaos bench lint format words lock installer installer-check
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: help $(TASKS)
help:
	@echo "make setup   leaves .venv/bin/pos-app"
	@echo "make run     opens the till on its own sandbox shop"
	@echo "make tour    drives the till without a display, pictures in build/tour"
	@echo "make test    everything that CI runs"
	@echo "make shots   every screen, size, theme and language in build/shots, each looked over; QUICK=1 a selection, FULL=1 all"
	@echo "make pictures  draws the pictures of the guide and of the README anew"
	@echo "make chaos   kills tills until something breaks, up to half an hour; QUICK=1 three minutes, SEED=n replays"
	@echo "make bench   every speed as a ratio against a floor or a peer, in build/bench.json; QUICK=1 two minutes"
	@echo "make words   brings the catalogues of the languages up to date with the source"
	@echo "make installer        builds the Windows setup into build/installer (Debian; on Windows installer/build.ps1)"
	@echo "make installer-check  installs it under Wine, drives it, upgrades and removes it; pictures in build/installer/check"
	@echo "make lint    ruff and mypy only     make format   mends and formats     make lock   writes the lock files"

$(TASKS):
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or later is needed: sudo apt-get install -y python3" >&2; exit 3; fi
	@$(PYTHON) installer/setup_env.py $@
