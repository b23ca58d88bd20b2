"""Grade a submission: ``python run_grader.py submissions/alice``."""

from pathlib import Path

from grader.cli import main

if __name__ == "__main__":
    main(home=Path(__file__).resolve().parent)
