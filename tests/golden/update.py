"""Write the golden graph anew; read the diff before you commit it.

python tests/golden/update.py
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from tests.golden.graph import FILE, graph_of, record_pipeline

    lines = [json.dumps(row) for row in graph_of(record_pipeline())]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{FILE.relative_to(ROOT)}: {len(lines)} operations")
