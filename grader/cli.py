"""The front door: arguments in, exit code out. Nothing else in the grader prints or exits."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from grader.records import Grading

OK, OUR_FAULT, WRONG_CALL, INTERRUPTED = 0, 1, 2, 130

_HELP = """Grade image-segmentation homework in a sandbox.

[bold]Examples[/bold]

  run_grader.py submissions/alice                       grade on the hidden set

  run_grader.py alice.zip bob.tar.gz                    archives work too

  run_grader.py --split public student_template         check yourself

  run_grader.py alice --data birds --assignment b.toml  your own course
"""


class _GradeByDefault(TyperGroup):
    """``run_grader.py PATH`` means ``run_grader.py grade PATH``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {"--help", "--version", "--install-completion", "--show-completion"}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["grade", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_GradeByDefault,
    help=_HELP,
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main(home: Path | None = None) -> None:
    """Run the command line and leave with its exit code.

    Args:
        home: Where the assignment and the demonstration data are looked for by default; the
            current folder if None.
    """
    gc.set_threshold(50_000)  # while modules are imported a collection finds nothing
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the host multiplies no matrices
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C: nothing is lost
    with _sentences_instead_of_tracebacks():
        app(obj=home or Path.cwd())


def _show_version(wanted: bool) -> None:
    if wanted:
        from grader import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options_of_all_commands(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command()
def grade(
    context: typer.Context,
    parcels: Annotated[
        list[Path], typer.Argument(help="Folders or archives (zip, tar) of submissions.")
    ],
    split: Annotated[
        Literal["hidden", "public"], typer.Option(help="Which images to grade on.")
    ] = "hidden",
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the splits.", show_default="hidden_sets/demo"),
    ] = None,
    assignment: Annotated[
        Path | None,
        typer.Option(
            help="The assignment's file.", show_default="student_template/assignment.toml"
        ),
    ] = None,
    backend: Annotated[
        Literal["auto", "bubblewrap", "process"],
        typer.Option(help="Where submissions run; auto takes the strongest there is."),
    ] = "auto",
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Allow a secret split without isolation.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("reports"),
    pictures: Annotated[
        bool | None,
        typer.Option(
            "--pictures/--no-pictures",
            help="Draw the worst answers; by default on the public split only.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Order of the images; by default another one each time.")
    ] = None,
) -> None:
    """Grade submissions (the default command)."""
    from rich.console import Console

    from grader.assignment import load_assignment
    from grader.datasets.splits import open_split
    from grader.environment import check_guest_packages
    from grader.pipeline import Task
    from grader.report.live import LiveProgress
    from grader.sandbox.choice import choose_sandbox

    check_guest_packages()
    home: Path = context.obj
    published = load_assignment(assignment or home / "student_template" / "assignment.toml")
    with LiveProgress(Console(highlight=False)) as progress:
        progress.stage(f"Looking at the {split} images")
        cases = open_split(data or home / "hidden_sets" / "demo", split, progress.answered)
    sandbox = choose_sandbox(backend, secret=cases.secret, unsafe=unsafe)
    _check_before(parcels, out)
    draws = split == "public" if pictures is None else pictures
    exit_code = OK
    for parcel in parcels:
        order = seed if seed is not None else secrets.randbits(32)
        task = Task(parcel, published, cases, sandbox, order, draws=draws)
        exit_code = max(exit_code, _grade_one(task, out))
        if exit_code == INTERRUPTED:
            break
    raise typer.Exit(exit_code)


def _check_before(parcels: list[Path], out: Path) -> None:
    """Find out before the first grading what would only be seen after it."""
    import tempfile

    from grader.errors import UsageError
    from grader.intake import student_name

    for parcel in parcels:
        if not parcel.exists():
            raise UsageError(f"There is no submission {parcel}. Give a folder or an archive.")
    names = [student_name(parcel) for parcel in parcels]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"Two submissions have the name {name}, so one report would overwrite the other."
                " Grade them one after the other, each with its own --out."
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise UsageError(
            f"No report can be written to {out}: {error.strerror}. Give another folder with --out."
        ) from error


def _grade_one(task: Any, out: Path) -> int:
    from rich.console import Console

    from grader.pipeline import grade_submission
    from grader.report import tell
    from grader.report.console import show
    from grader.report.live import LiveProgress
    from grader.text import folder_name

    console = Console(highlight=False)
    with LiveProgress(console) as progress:
        grading = grade_submission(task, progress)
    told = tell(grading, out / grading.split / folder_name(grading.submission))
    show(
        grading,
        console,
        report_path=told.report,
        feedback_path=told.feedback,
        worst_path=told.worst,
    )
    return _exit_code(grading)


def _exit_code(grading: Grading) -> int:
    from grader.verdicts import Verdict

    if grading.interrupted:
        return INTERRUPTED
    if grading.verdict is Verdict.COURSE_ERROR:
        return WRONG_CALL
    return OUR_FAULT if grading.verdict is Verdict.SYSTEM_ERROR else OK


@app.command()
def demo(
    context: typer.Context,
    part: Annotated[
        Literal["train", "public", "hidden"], typer.Argument(help="Which part to draw.")
    ] = "train",
    out: Annotated[
        Path | None, typer.Option(help="Where to.", show_default="hidden_sets/demo")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that draw; by default one per core.", min=1)
    ] = None,
) -> None:
    """Draw a part of the demonstration birds, unless it is there already."""
    from rich.console import Console

    from grader.datasets.demo import draw_split
    from grader.report.live import LiveProgress

    console = Console(highlight=False)
    folder = (out or context.obj / "hidden_sets" / "demo") / part
    if folder.exists():
        console.print(f"{folder} is there already.", soft_wrap=True)
        return
    with LiveProgress(console) as progress:
        progress.stage(f"Drawing the {part} birds")
        draw_split(
            folder, part, workers=workers or os.cpu_count() or 1, on_progress=progress.answered
        )
    console.print(f"Drawn: {folder}", soft_wrap=True)


@app.command()
def seal(
    folder: Annotated[Path, typer.Argument(help="A split: a folder with images/ and gt/.")],
    split: Annotated[
        Literal["hidden", "public", "train"], typer.Option(help="Which split it is.")
    ] = "hidden",
    secret: Annotated[
        bool | None,
        typer.Option(
            "--secret/--open",
            help="Whether students may learn nothing of it; by default a hidden split is secret.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the manifest of a split: from then on a changed file stops the grading."""
    from rich.console import Console

    from grader.datasets.manifest import read_manifest, write_manifest
    from grader.report.live import LiveProgress

    console = Console(highlight=False)
    is_secret = split == "hidden" if secret is None else secret
    with LiveProgress(console) as progress:
        progress.stage("Looking at images and masks")
        path = write_manifest(folder, split=split, secret=is_secret, on_progress=progress.answered)
    count = len(read_manifest(path).cases)
    kind = "secret" if is_secret else "open"
    console.print(f"Sealed {count} images ({kind}): {path}", soft_wrap=True)


@contextmanager
def _sentences_instead_of_tracebacks() -> Iterator[None]:
    """Our own errors end the program with their sentence and an exit code."""
    from grader.errors import GraderError, SystemFault

    try:
        yield
    except GraderError as error:
        print(f"run_grader: {error}", file=sys.stderr)  # noqa: T201 - this is the front door
        sys.exit(OUR_FAULT if isinstance(error, SystemFault) else WRONG_CALL)
    except KeyboardInterrupt:
        print("run_grader: interrupted.", file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)
