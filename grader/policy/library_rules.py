"""Rules on what a source brings in and calls: libraries, network, processes, weights."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from grader.assignment import PolicySettings
from grader.policy.source import APPLICATIONS, Sighting, Source, argument, is_within
from grader.text import clean

# fmt: off
_NETWORK = (
    "aiohttp", "boto3", "ftplib", "gdown", "http", "httpx", "huggingface_hub", "imaplib", "kaggle",
    "nntplib", "paramiko", "poplib", "pycurl", "requests", "smtplib", "socket", "socketserver",
    "ssl", "telnetlib", "tensorflow_hub", "urllib", "urllib2", "urllib3", "webbrowser", "websocket",
    "websockets", "wget", "xmlrpc",
)
_HARMLESS_NETWORK = ("urllib.parse", "http.HTTPStatus")

# Calls are given by how their names begin: os.exec is execv, execve, ...
_PROCESS_MODULES = ("subprocess", "pty", "pexpect", "signal")
_PROCESS_CALLS = (
    "os.system", "os.popen", "os.fork", "os.exec", "os.spawn", "os.posix_spawn", "os.startfile",
    "os.kill", "os.abort", "os._exit", "os.setsid",
)
_LOW_LEVEL_MODULES = ("ctypes", "_ctypes", "cffi", "mmap", "fcntl")
_LOW_LEVEL_CALLS = (
    "gc.get_objects", "gc.get_ref", "sys._getframe", "sys._current_frames", "sys.settrace",
    "sys.setprofile", "inspect.stack", "inspect.currentframe", "os.dup",
)
_PICKLE_MODULES = ("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve")
_PICKLE_CALLS = ("joblib.load", "pandas.read_pickle")
# fmt: on

_DYNAMIC_CODE = frozenset({"eval", "exec", "compile"})

_WEIGHTS_POSITION = {
    "MobileNet": 5,
    "MobileNetV2": 3,
    "MobileNetV3Small": 4,
    "MobileNetV3Large": 4,
    "NASNetMobile": 2,
    "NASNetLarge": 2,
}
_USUAL_WEIGHTS_POSITION = 1
_PLAIN = (ast.Name, ast.Attribute, ast.Subscript)


def forbidden_library(source: Source, settings: PolicySettings) -> Iterator[Sighting]:
    """A library of ready-made segmentation models is imported."""
    for library in settings.forbidden_libraries:
        for line in _import_lines(source, (library,)):
            yield Sighting(line, {"library": library})


def network(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """A module that talks to the network is imported."""
    for brought in source.imports:
        if is_within(brought.module, _NETWORK) and not is_within(brought.module, _HARMLESS_NETWORK):
            yield _named(brought.line, brought.module.split(".")[0])


def download(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """``keras.utils.get_file`` fetches something."""
    for call in source.calls:
        if source.name_of(call.func) not in (
            "keras.utils.get_file",
            "keras.utils.data_utils.get_file",
        ):
            continue
        origin = argument(call, "origin", 1)
        address = source.text_of(origin) if origin else ""
        if address is None or "://" in address.removeprefix("file:"):
            yield Sighting(call.lineno, {"address": clean(address or "?", 100)})


def process(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """Other programs are started, or processes are tampered with."""
    yield from _uses(source, _PROCESS_MODULES, _PROCESS_CALLS)


def many_processes(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """``multiprocessing`` is imported."""
    for line in _import_lines(source, ("multiprocessing",)):
        yield Sighting(line, {})


def low_level(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """The interpreter's or the system's inside is reached for."""
    yield from _uses(source, _LOW_LEVEL_MODULES, _LOW_LEVEL_CALLS)


def unpickling(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """Pickles are read."""
    yield from _uses(source, _PICKLE_MODULES, _PICKLE_CALLS)
    for call in source.calls:
        allowed = argument(call, "allow_pickle", 2)
        is_allowed = isinstance(allowed, ast.Constant) and bool(allowed.value)
        if is_allowed and source.name_of(call.func) == "numpy.load":
            yield _named(call.lineno, "numpy.load(allow_pickle=True)")


def dynamic_code(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """Text is made into code while it runs."""
    for call in source.calls:
        if (name := source.name_of(call.func)) in _DYNAMIC_CODE:
            yield _named(call.lineno, name)


def foreign_weights(source: Source, settings: PolicySettings) -> Iterator[Sighting]:
    """A network of ``keras.applications`` gets weights that are not allowed."""
    for call in source.calls:
        name = source.name_of(call.func)
        if not is_within(name, (APPLICATIONS,)):
            continue
        network_name = name.split(".")[-1]
        place = _WEIGHTS_POSITION.get(network_name, _USUAL_WEIGHTS_POSITION)
        for weights in _foreign(source, argument(call, "weights", place), settings.allowed_weights):
            facts = {
                "network": clean(network_name, 60),
                "weights": clean(weights, 100),
                "allowed": ", ".join(f"'{weights}'" for weights in settings.allowed_weights),
            }
            yield Sighting(call.lineno, facts)


def _foreign(source: Source, given: ast.expr | None, allowed: Iterable[str]) -> Iterator[str]:
    """The values that are not allowed; a plain name whose value is unknown has the benefit."""
    if isinstance(given, ast.IfExp):
        for choice in (given.body, given.orelse):
            if not isinstance(choice, ast.IfExp):  # nobody honest nests them
                yield from _foreign(source, choice, allowed)
    elif given is not None and (text := source.text_of(given)) is not None:
        if text not in allowed:
            yield text
    elif isinstance(given, ast.Constant):
        if isinstance(given.value, bytes):
            yield repr(given.value)
    elif given is not None and not isinstance(given, _PLAIN):
        yield "a computed value"


def _uses(source: Source, modules: tuple[str, ...], calls: tuple[str, ...]) -> Iterator[Sighting]:
    for brought in source.imports:
        if is_within(brought.module, modules):
            yield _named(brought.line, brought.module.split(".")[0])
        elif brought.module.startswith(calls):
            yield _named(brought.line, brought.module)
    for call in source.calls:
        if (name := source.name_of(call.func)).startswith(calls):
            yield _named(call.lineno, name)


def _import_lines(source: Source, libraries: Iterable[str]) -> Iterator[int]:
    for brought in source.imports:
        if is_within(brought.module, libraries):
            yield brought.line


def _named(line: int, name: str) -> Sighting:
    return Sighting(line, {"name": clean(name, 60)})
