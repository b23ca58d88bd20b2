"""Every sentence that a student or an instructor reads, by verdict, reason, note and rule.

A sentence has gaps in braces that are filled from a record's facts. Two readers, two texts:
``student`` says what happened and what to do; ``instructor`` adds what only the instructor may
know or can use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.records import Facts, NoteKind
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
        "The program crashed {times} ({crash}); {answered} of {cases} images were answered"
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

PARTLY_ANSWERED = Message(
    "{answered} of {cases} images got a valid answer.", "Every other image counts as IoU 0."
)
"""In the place of `GRADED`'s sentence if some answers are missing or not valid."""

STARTED_TOO_SLOWLY = Message(
    "Stopped because segmentation.py was not imported and the model not loaded after {limit_s} s.",
    "Usual causes: code outside of functions that trains or reads data, or a very large model.",
)
IMAGES_TOO_SLOW = Message(
    "Stopped because predict took longer than {limit_s} s for an image more than once;"
    " {answered} of {cases} images were answered in time and counted.",
    "Usual causes: the model is loaded inside predict, the input is very large, or a loop runs"
    " over pixels.",
)
"""In the place of `TIME_LIMIT`'s sentence if it was not the limit on everything."""

INTERRUPTED = Message(
    "The grading was interrupted after {answered} of {cases} images. No grade was recorded."
)

INSTRUCTOR: Mapping[Verdict, str] = {
    Verdict.IMPORT_ERROR: "The traceback is in report.json under session.failure.",
    Verdict.MODEL_UNREADABLE: "The traceback is in report.json under session.failure.",
    Verdict.BAD_SIGNATURE: "What the file has instead is in report.json under session.failure.",
    Verdict.RUNTIME_ERROR: "What was printed before each crash is in report.json under"
    " session.endings.",
    Verdict.TIME_LIMIT: "The time of every image is in report.json. If this machine was busy,"
    " grade again. The limits are in assignment.toml under [limits].",
    Verdict.MEMORY_LIMIT: "The peak of each box is in report.json under session.endings."
    " The limit is memory_mib in assignment.toml.",
    Verdict.OUTPUT_LIMIT: "The beginning and the end of what was printed are in report.json under"
    " session.endings.",
    Verdict.PROTOCOL_VIOLATION: "What came over the channel is in report.json under"
    " session.endings. A library can do this by accident: read segmentation.py before you accuse"
    " anybody.",
    Verdict.NO_PREDICTIONS: "The note of every image is in report.json under scores.cases.",
    Verdict.POLICY: "How much a rule weighs is set in assignment.toml under [policy.severity].",
    Verdict.COURSE_ERROR: "Mend what is named above, then grade again.",
    Verdict.SYSTEM_ERROR: "Mend what is named above, then grade again. The submission is not to"
    " blame.",
}
"""What the instructor reads after the student's sentence: where to look and what to do."""

NOTES: Mapping[NoteKind, Message] = {
    NoteKind.EXCEPTION: Message("predict raised {exception}{place}."),
    NoteKind.WRONG_SIZE: Message(
        "predict returned ({height}, {width}); the image is ({expected_height}, {expected_width}).",
        "Resize the map back to the image's own size.",
    ),
    NoteKind.WRONG_DIMENSIONS: Message(
        "predict returned an array of shape {shape}; a matrix (height, width) is wanted.",
    ),
    NoteKind.EMPTY: Message(
        "predict returned an empty array.",
        "Look for a slice such as [a:-0], which is always empty.",
    ),
    NoteKind.WRONG_TYPE: Message(
        "predict returned {type}; a NumPy array of numbers is wanted.",
    ),
    NoteKind.NOT_FINITE: Message(
        "predict returned NaN or infinite values.",
        "Look for a division by zero.",
    ),
    NoteKind.TIME_LIMIT: Message("predict gave no answer within {limit_s} s."),
    NoteKind.MEMORY_LIMIT: Message("More than {memory_mib} MiB of memory was used."),
    NoteKind.OUTPUT_LIMIT: Message("The program printed more than {log_mib} MiB."),
    NoteKind.CRASH: Message("The program ended in the middle of predict ({crash})."),
    NoteKind.NOT_ASKED: Message("Not asked, because the program had been stopped before."),
    NoteKind.OUT_OF_RANGE: Message(
        "Some values are outside [0, 1] (from {low} to {high}); they were compared with the"
        " threshold as they are.",
        "A sigmoid as the last layer gives probabilities.",
    ),
    NoteKind.SQUEEZED: Message(
        "predict returned an array with an extra axis of length 1, which was dropped.",
    ),
}

REFUSALS: Mapping[str, Message] = {
    # What is missing.
    "empty": Message(
        "There is nothing in the submission.",
        "Hand in segmentation.py and segmentation_model.hdf5.",
    ),
    "missing_both": Message(
        "Neither segmentation.py nor segmentation_model.hdf5 is in the submission.",
        "Hand in both files under exactly these names.",
    ),
    "missing_source": Message(
        "segmentation.py is missing; the model is there.",
        "Put the source file beside segmentation_model.hdf5.",
    ),
    "missing_model": Message(
        "segmentation_model.hdf5 is missing; the source is there.",
        "Save the trained model with model.save('segmentation_model.hdf5') and put it beside"
        " segmentation.py.",
    ),
    "near_source": Message(
        "segmentation.py is missing, but there is {near}.",
        "Did you mean to name it segmentation.py?",
    ),
    "near_model": Message(
        "segmentation_model.hdf5 is missing, but there is {near}.",
        "Did you mean to name it segmentation_model.hdf5?",
    ),
    "notebook": Message(
        "segmentation.py is missing, but there is the notebook {near}; notebooks are not run.",
        "Save its code as segmentation.py.",
    ),
    "keras_model": Message(
        "segmentation_model.hdf5 is missing, but there is {near}, which is another file format.",
        "Save the model again with model.save('segmentation_model.hdf5'); renaming does not help.",
    ),
    "too_deep": Message(
        "The two files lie too deep, in {folder}.",
        "Put them at the top of the submission, or in one folder there.",
    ),
    "apart": Message(
        "The two files are not together: segmentation.py is in {source},"
        " segmentation_model.hdf5 in {model}.",
        "Put both into the same folder.",
    ),
    "source_empty": Message(
        "segmentation.py is empty.",
        "Save the file in your editor and hand it in again.",
    ),
    "model_empty": Message(
        "segmentation_model.hdf5 is empty (0 bytes).",
        "Look whether the disk was full when the model was saved, and save it again.",
    ),
    "model_not_hdf5": Message(
        "segmentation_model.hdf5 is not an HDF5 file.",
        "Save the model with model.save('segmentation_model.hdf5'); do not pack or rename"
        " another file.",
    ),
    "model_is_pointer": Message(
        "segmentation_model.hdf5 is only a Git LFS pointer, not the model itself.",
        "Run git lfs pull, then hand in the real file.",
    ),
    "model_is_zip": Message(
        "segmentation_model.hdf5 is a zip or .keras file, not an HDF5 file.",
        "Save the model with model.save('segmentation_model.hdf5'); renaming does not help.",
    ),
    "model_is_web_page": Message(
        "segmentation_model.hdf5 is a web page, not an HDF5 file.",
        "The download of the model failed: download it again and look at its size.",
    ),
    # What is too large.
    "source_too_large": Message(
        "segmentation.py is larger than {limit_kib} KiB.",
        "Keep only code in it.",
    ),
    "model_too_large": Message(
        "segmentation_model.hdf5 is larger than {limit_mib} MiB.",
        "Use a smaller model, or save it without the optimizer (include_optimizer=False).",
    ),
    "archive_too_large": Message(
        "The archive is larger than {limit_mib} MiB.",
        "Pack only segmentation.py and segmentation_model.hdf5.",
    ),
    "unpacked_too_large": Message(
        "The archive unpacks to more than {limit_mib} MiB.",
        "Pack only segmentation.py and segmentation_model.hdf5.",
    ),
    "unpacking_memory": Message(
        "The archive needs more than {limit_mib} MiB of memory to be unpacked.",
        "Pack it again as an ordinary zip.",
    ),
    "too_many_files": Message(
        "There are more than {limit} files in the submission.",
        "Hand in only segmentation.py and segmentation_model.hdf5.",
    ),
    # What is no ordinary file.
    "link": Message(
        "{name} is a symbolic link, and links are not followed.",
        "Put the file itself there.",
    ),
    "hard_link": Message(
        "{name} is a hard link to another member of the archive.",
        "Pack the file itself.",
    ),
    "special_file": Message(
        "{name} is not an ordinary file (it is a device, a named pipe, a socket or a sparse file).",
        "Hand in ordinary files only.",
    ),
    "is_folder": Message(
        "{name} is a folder, but it must be a file.",
        "For the model, save with model.save('segmentation_model.hdf5') in HDF5 format.",
    ),
    # Names in an archive.
    "climbing_name": Message(
        "The archive has a member {name}, whose '..' leads out of its folder.",
        "Pack the two files without a path in front of their names.",
    ),
    "absolute_name": Message(
        "The archive has a member {name} with an absolute path.",
        "Pack the two files without a path in front of their names.",
    ),
    "drive_name": Message(
        "The archive has a member {name} with a drive letter.",
        "Pack the two files without a path in front of their names.",
    ),
    "backslash_name": Message(
        "The archive has a member {name} with a backslash in its name.",
        "An old packing program makes such names: pack the files with another one.",
    ),
    "control_name": Message(
        "The archive has a member with invisible control characters in its name ({name}).",
        "Pack only segmentation.py and segmentation_model.hdf5.",
    ),
    "windows_name": Message(
        "The archive has a member {name}, a name that Windows keeps for a device.",
        "Rename it or leave it out.",
    ),
    "duplicate_name": Message(
        "The archive has two members of the same name, {name}.",
        "Pack every file once, into a new archive.",
    ),
    "case_collision": Message(
        "The archive has {other} and {name}, which are one file on many computers.",
        "Leave one of them out.",
    ),
    "several_homes": Message(
        "The archive or folder has more than one submission: in {first} and in {second}.",
        "Hand in one segmentation.py and one segmentation_model.hdf5.",
    ),
    # Archives that cannot be unpacked.
    "encrypted": Message(
        "{name} in the archive is protected by a password.",
        "Pack it without a password.",
    ),
    "nested_archive": Message(
        "There is another archive in the submission ({name}), which is not opened.",
        "Put segmentation.py and segmentation_model.hdf5 in directly.",
    ),
    "packing_method": Message(
        "{name} in the zip is packed in an unusual way.",
        "Pack with the method 'deflate', which every program uses by itself.",
    ),
    "damaged": Message(
        "The archive is damaged or incomplete.",
        "Pack it again, unpack it yourself to try it, and hand it in again.",
    ),
    "foreign_archive": Message(
        "{kind} archives cannot be opened.",
        "Pack the two files as a zip.",
    ),
    "not_an_archive": Message(
        "The file that was handed in is not a zip or tar archive.",
        "Hand in a folder, or a zip with segmentation.py and segmentation_model.hdf5.",
    ),
}

RULES: Mapping[str, Message] = {
    # What cannot be read.
    "syntax_error": Message(
        "segmentation.py has a syntax error: {problem}.",
        "Import the file in Python yourself before you hand it in.",
    ),
    "unreadable_text": Message(
        "segmentation.py is not plain text in UTF-8.",
        "Save it as UTF-8 in your editor.",
    ),
    "too_complex": Message(
        "segmentation.py is too large or too deeply nested to be checked.",
        "Keep data out of the source; a solution needs a few hundred lines.",
    ),
    # What the assignment asks for.
    "missing_predict": Message(
        "There is no function predict.",
        "Write predict(model, img_path) at the top level of segmentation.py.",
    ),
    "missing_train_model": Message(
        "There is no function train_model.",
        "Write train_model(train_data_path); it must be there even if it is not called.",
    ),
    "train_model_alias": Message(
        "The training function has the name {name}, which is accepted.",
        "The assignment calls it train_model.",
    ),
    "predict_parameters": Message(
        "predict has the parameters ({parameters}); it is called as predict(model, img_path).",
        "Keep the parameters of the template.",
    ),
    "train_model_parameters": Message(
        "{name} has the parameters ({parameters}); it is called as {name}(train_data_path).",
        "Keep the parameters of the template.",
    ),
    "submitted_model": Message(
        "Training seems to go on from the submitted segmentation_model.hdf5.",
        "train_model must reproduce the model from the training data alone.",
    ),
    # What it brings in and calls.
    "forbidden_library": Message(
        "The library {library} is not allowed: it has ready-made segmentation models.",
        "Build the model with Keras layers or with keras.applications.",
    ),
    "foreign_weights": Message(
        "{network} gets the weights {weights}.",
        "Allowed are only {allowed} or None.",
    ),
    "network": Message(
        "The module {name} talks to the network; there is no network when you are graded.",
        "Remove it.",
    ),
    "download": Message(
        "get_file downloads {address}; there is no network when you are graded.",
        "Remove it; use only the given training data and ImageNet weights of keras.applications.",
    ),
    "process": Message(
        "{name} starts other programs or ends processes, which a solution does not need.",
        "Remove it.",
    ),
    "many_processes": Message(
        "multiprocessing is imported; the number of processes is limited when you are graded.",
        "See that predict works without it.",
    ),
    "low_level": Message(
        "{name} reaches into the interpreter or the system, which a solution does not need.",
        "Remove it.",
    ),
    "unpickling": Message(
        "{name} may run code that is hidden in data.",
        "Keep weights in segmentation_model.hdf5 only.",
    ),
    "dynamic_code": Message(
        "{name} makes code out of text while the program runs.",
        "Write the code itself.",
    ),
    # Data in the source.
    "large_literal": Message(
        "There is a literal of {size_kb} kB in the source.",
        "Keep weights in segmentation_model.hdf5 and other data out of the source.",
    ),
    "large_list": Message(
        "There is a list of {count} numbers in the source.",
        "Keep weights in segmentation_model.hdf5 and other data out of the source.",
    ),
}
