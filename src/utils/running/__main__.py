"""`python -m src.utils.running`, which run.py starts."""

import sys

from src.utils.running.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
