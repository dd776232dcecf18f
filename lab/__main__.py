"""``python -m lab``."""

from __future__ import annotations

import os
import sys

from lab.cli import main

sys.exit(main(sys.argv[1:], os.environ))
