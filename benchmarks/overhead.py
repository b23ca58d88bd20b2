"""What the sandbox costs: the grader beside a bare loop, on the same submission and images.

``python benchmarks/overhead.py [--submission DIR] [--data DIR] [--runs N]`` runs both in turn and
prints the ratio of their wall times, the host's share of the processor time, and its peak memory.
Without ``--submission`` it does so for one of the usual size (`typical_submission`) and for
alice, whose small network makes the grader's own share large. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HOME = HERE.parent
ALICE = HOME / "submissions" / "alice"
# Where bytecode is never written, both programs would be compiled anew in every run.
ENVIRONMENT = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
BARS = {"wall_ratio": 1.10, "host_cpu_share": 0.03, "host_peak_mib": 200.0}


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        submissions = arguments.submission or [_typical(Path(folder) / "typical"), ALICE]
        figures = {
            submission.name: _compare(submission, arguments.data, arguments.runs)
            for submission in submissions
        }
    print(json.dumps(figures))


def _typical(folder: Path) -> Path:
    program = [sys.executable, str(HERE / "typical_submission.py"), str(folder)]
    subprocess.run(program, check=True, stderr=subprocess.DEVNULL)
    return folder


def _compare(submission: Path, data: Path, runs: int) -> dict[str, Any]:
    split = data / "hidden"
    pairs = []
    for number in range(runs):
        graded = _grade(submission, data)
        bare_s, bare_iou = _bare_loop(submission, split)
        pairs.append({**graded, "bare_wall_s": bare_s, "bare_iou": bare_iou})
        print(f"{submission.name}, run {number + 1}: {_line(pairs[-1])}", flush=True)
    return _figures(pairs, images=len(list((split / "images").glob("*/*"))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--submission", type=Path, action="append")
    parser.add_argument("--data", type=Path, default=HOME / "hidden_sets" / "demo")
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def _grade(submission: Path, data: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        options = ["--data", data, "--backend", "bubblewrap", "--out", folder]
        command = [HERE / "own_usage.py", figures, submission, *options]
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, *map(str, command)],
            check=True,
            stdout=subprocess.DEVNULL,
            env=ENVIRONMENT,
        )
        wall_s = time.perf_counter() - started
        report = json.loads(next(Path(folder).rglob("report.json")).read_text())
        box_cpu_s = sum(ending["cpu_time_s"] for ending in report["session"]["endings"])
        return {
            "grader_wall_s": wall_s,
            **json.loads(figures.read_text()),
            "box_cpu_s": box_cpu_s,
            "report": report,
        }


def _bare_loop(submission: Path, split: Path) -> tuple[float, float]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(HERE / "bare_loop.py"), str(submission), str(split)],
        check=True,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    return time.perf_counter() - started, float(done.stdout.split()[-1])


def _share(pair: dict[str, Any]) -> float:
    return float(pair["host_cpu_s"] / (pair["host_cpu_s"] + pair["box_cpu_s"]))


def _line(pair: dict[str, Any]) -> str:
    return (
        f"grader {pair['grader_wall_s']:.2f} s, bare loop {pair['bare_wall_s']:.2f} s,"
        f" host {pair['host_cpu_s']:.2f} s of processor time ({_share(pair):.1%}),"
        f" peak {pair['host_peak_mib']:.0f} MiB"
    )


def _figures(pairs: list[dict[str, Any]], images: int) -> dict[str, Any]:
    def median(values: list[float]) -> float:
        return round(statistics.median(values), 4)

    figures = {
        "images": images,
        "runs": len(pairs),
        "wall_ratio": median([pair["grader_wall_s"] / pair["bare_wall_s"] for pair in pairs]),
        "host_cpu_share": median([_share(pair) for pair in pairs]),
        "host_cpu_share_of_wall": median(
            [pair["host_cpu_s"] / pair["grader_wall_s"] for pair in pairs]
        ),
        "host_peak_mib": max(pair["host_peak_mib"] for pair in pairs),
        "mean_iou_difference": max(
            abs(pair["report"]["scores"]["mean_iou"]["value"] - pair["bare_iou"]) for pair in pairs
        ),
    }
    return {**figures, "bars_held": all(figures[name] <= bar for name, bar in BARS.items())}


if __name__ == "__main__":
    main()
