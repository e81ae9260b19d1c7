"""Makes the scripts' package importable."""

import sys
from pathlib import Path

PAPER = Path(__file__).parents[2] / "paper"
if str(PAPER) not in sys.path:
    sys.path.append(str(PAPER))
