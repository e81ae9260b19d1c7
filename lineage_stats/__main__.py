"""``python -m lineage_stats`` is the command ``lineage-stats``."""

from lineage_stats.cli import main

if __name__ == "__main__":
    main()
