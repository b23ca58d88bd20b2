"""Every sentence that a student or an instructor reads, by verdict, reason, note and rule.

A sentence has gaps in braces that are filled from a record's facts. Two readers, two texts:
``student`` says what happened and what to do; ``instructor`` adds what only the instructor may
know or can use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.records import Facts, Note, NoteKind
from grader.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for the student and, if it differs, what to do about it."""

    text: str
    help: str = ""

    def fill(self, facts: Facts) -> str:
        """Put the facts into the gaps; a gap without a fact stays readable as ``?``."""
        sentence = f"{self.text} {self.help}".strip()
        return sentence.format_map(_Gaps(facts))


class _Gaps(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


VERDICTS: Mapping[Verdict, Message] = {
    Verdict.GRADED: Message("All {cases} images were answered."),
    Verdict.IMPORT_ERROR: Message(
        "segmentation.py could not be imported: {exception}{place}.",
        "These packages are there: {packages}.",
    ),
    Verdict.MODEL_UNREADABLE: Message(
        "segmentation_model.hdf5 could not be loaded: {exception}.",
        "Save it with model.save('segmentation_model.hdf5') and try to load it again"
        " in a fresh Python.",
    ),
    Verdict.BAD_SIGNATURE: Message(
        "segmentation.py has no function predict(model, img_path) that can be called: {problem}.",
        "Keep the names and the parameters of the template.",
    ),
    Verdict.RUNTIME_ERROR: Message(
        "The program crashed {boxes} times ({crash}); {answered} of {cases} images were answered"
        " and counted.",
        "Run predict on the public images and look for the image that ends the program.",
    ),
    Verdict.TIME_LIMIT: Message(
        "Stopped after {limit_s} s; {answered} of {cases} images were answered in time and"
        " counted.",
        "Usual causes: the model is loaded inside predict, the input is very large, or a loop"
        " runs over pixels.",
    ),
    Verdict.MEMORY_LIMIT: Message(
        "More than {memory_mib} MiB of memory was used; {answered} of {cases} images were"
        " answered and counted.",
        "Use a smaller input or a smaller model, and keep no old images in lists.",
    ),
    Verdict.OUTPUT_LIMIT: Message(
        "The program printed more than {log_mib} MiB; {answered} of {cases} images were answered"
        " and counted.",
        "Remove print calls from predict, and call model.predict with verbose=0.",
    ),
    Verdict.PROTOCOL_VIOLATION: Message(
        "The program wrote to the grader's private channel, so nothing was counted.",
        "Print with print(); do not write to file descriptors. If you did not do this on"
        " purpose, talk to your instructor.",
    ),
    Verdict.NO_PREDICTIONS: Message(
        "predict gave no valid answer for any of the {cases} images.",
    ),
    Verdict.POLICY: Message(
        "The submission breaks a rule of the assignment, so it was not run.",
    ),
    Verdict.NOT_REPRODUCIBLE: Message("train_model does not reproduce the submitted model."),
    Verdict.COURSE_ERROR: Message(
        "Grading could not be completed. Nothing is wrong with your work and no grade was recorded."
    ),
    Verdict.SYSTEM_ERROR: Message(
        "Grading could not be completed. Nothing is wrong with your work and no grade was recorded."
    ),
}

NOTES: Mapping[NoteKind, Message] = {
    NoteKind.EXCEPTION: Message("predict raised {exception}{place}."),
    NoteKind.WRONG_SIZE: Message(
        "predict returned ({height}, {width}); the image is ({expected_height}, {expected_width}).",
        "Resize the map back to the image's own size.",
    ),
    NoteKind.WRONG_DIMENSIONS: Message(
        "predict returned an array of shape {shape}; a matrix (height, width) is wanted.",
    ),
    NoteKind.EMPTY: Message("predict returned an empty array."),
    NoteKind.WRONG_TYPE: Message(
        "predict returned {type}; a NumPy array of numbers is wanted.",
    ),
    NoteKind.NOT_FINITE: Message(
        "predict returned NaN or infinite values.",
        "Look for a division by zero.",
    ),
    NoteKind.TIME_LIMIT: Message("No answer within {limit_s} s."),
    NoteKind.MEMORY_LIMIT: Message("More than {memory_mib} MiB of memory was used."),
    NoteKind.OUTPUT_LIMIT: Message("The program printed more than {log_mib} MiB."),
    NoteKind.CRASH: Message("The program ended in the middle of predict ({crash})."),
    NoteKind.NOT_ASKED: Message("Not asked: the program had been stopped before."),
    NoteKind.OUT_OF_RANGE: Message(
        "Some values are outside [0, 1] (from {low} to {high}); they were compared with the"
        " threshold as they are.",
        "A sigmoid as the last layer gives probabilities.",
    ),
    NoteKind.SQUEEZED: Message(
        "predict returned shape {shape}; the extra axis of length 1 was dropped.",
    ),
}

REFUSALS: Mapping[str, Message] = {}

RULES: Mapping[str, Message] = {}


def note_sentence(note: Note) -> str:
    """The sentence of one note."""
    return NOTES[note.kind].fill(note.facts)
