"""`python -m payrelay.cli`, for where the script is not on the path."""

import sys

from payrelay.cli import main

if __name__ == "__main__":
    sys.exit(main())
