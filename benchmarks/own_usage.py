"""Runs the grader and writes down what its own process used, without its children.

``python benchmarks/own_usage.py FIGURES.json ARGUMENTS...``
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))


def main(figures: Path, arguments: list[str]) -> None:
    """Run the command line of the grader in this process."""
    from grader.cli import main as grade

    sys.argv = ["run_grader.py", *arguments]
    try:
        grade(home=HOME)
    finally:
        own = resource.getrusage(resource.RUSAGE_SELF)
        content = {
            "host_cpu_s": own.ru_utime + own.ru_stime,
            "host_peak_mib": own.ru_maxrss / 1024,
        }
        figures.write_text(json.dumps(content))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
