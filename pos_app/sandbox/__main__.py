"""Run the sandbox: ``python -m pos_app.sandbox --port 0 --data DIR --seed demo``."""

import sys

from pos_app.sandbox.serve import main

if __name__ == "__main__":
    sys.exit(main())
