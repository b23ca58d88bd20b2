"""Rules on what the assignment asks for: predict(model, img_path), train_model(train_data_path)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.assignment import PolicySettings
from grader.policy.source import Function, Sighting, Source
from grader.text import clean

MODEL_NAME = "segmentation_model.hdf5"
TRAIN = "train_model"
TRAIN_ALIAS = "train_segmentation_model"

_FITS = frozenset({"fit", "fit_generator", "train_on_batch"})
_LOADS = frozenset({"load_model", "load_weights"})
_A_PATH = re.compile(r"path|img|image|file", re.IGNORECASE)
_ENDLESS = 1 << 31


def missing_predict(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """There is no ``predict``."""
    if "predict" not in source.top_level and not source.has_star_import:
        yield Sighting(0, {})


def missing_train_model(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """There is no ``train_model``, nor its alias."""
    if _train_name(source) not in source.top_level and not source.has_star_import:
        yield Sighting(0, {})


def train_model_alias(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """``train_model`` has the name that it had in one year."""
    if (name := _train_name(source)) != TRAIN:
        yield Sighting(_line(source.top_level[name]), {"name": name})


def predict_parameters(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """``predict`` cannot be called as ``predict(model, img_path)``, or means it the other way."""
    parameters = _parameters(source, "predict")
    if parameters and (not _takes(parameters, 2) or _is_swapped(parameters)):
        yield Sighting(_line(source.top_level["predict"]), {"parameters": _spelled(parameters)})


def train_model_parameters(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """``train_model`` cannot be called as ``train_model(train_data_path)``."""
    name = _train_name(source)
    parameters = _parameters(source, name)
    if parameters and not _takes(parameters, 1):
        facts = {"name": name, "parameters": _spelled(parameters)}
        yield Sighting(_line(source.top_level[name]), facts)


def submitted_model(source: Source, _: PolicySettings) -> Iterator[Sighting]:
    """Training loads the submitted model and goes on from it.

    Loading it again after the last ``fit`` is no sign of that: a checkpoint may bear its name.
    """
    for function in _reachable(source, _train_name(source)):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        fits = [call.lineno for call in calls if _called(call) in _FITS]
        for call in calls:
            is_load = _called(call) in _LOADS and _mentions_model(source, call)
            if is_load and call.lineno <= max(fits, default=_ENDLESS):
                yield Sighting(call.lineno, {})


def _train_name(source: Source) -> str:
    has_only_alias = TRAIN not in source.top_level and TRAIN_ALIAS in source.top_level
    return TRAIN_ALIAS if has_only_alias else TRAIN


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


# --- parameters ---------------------------------------------------------------------------------


def _parameters(source: Source, name: str) -> ast.arguments | None:
    """The parameters of a function or lambda; None where a decorator or a call made it."""
    if function := source.function(name):
        return None if function.decorator_list else function.args
    bound = source.top_level.get(name)
    return bound.args if isinstance(bound, ast.Lambda) else None


def _takes(parameters: ast.arguments, count: int) -> bool:
    """Whether a call with this many positional arguments is possible."""
    places = len(parameters.posonlyargs) + len(parameters.args)
    needed = places - len(parameters.defaults)
    has_room = places >= count or parameters.vararg is not None
    needs_keyword = any(default is None for default in parameters.kw_defaults)
    return needed <= count and has_room and not needs_keyword


def _is_swapped(parameters: ast.arguments) -> bool:
    names = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    return len(names) > 1 and bool(_A_PATH.search(names[0])) and "model" in names[1].lower()


def _spelled(parameters: ast.arguments) -> str:
    names = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    if parameters.vararg:
        names.append(f"*{parameters.vararg.arg}")
    elif parameters.kwonlyargs:
        names.append("*")
    names.extend(parameter.arg for parameter in parameters.kwonlyargs)
    if parameters.kwarg:
        names.append(f"**{parameters.kwarg.arg}")
    return clean(", ".join(names), 80)


# --- what training does -------------------------------------------------------------------------


def _reachable(source: Source, name: str) -> Iterator[Function]:
    """The module's function of this name and those that it calls, each once."""
    waiting, seen = [name], {name}
    while waiting:
        function = source.function(waiting.pop())
        if function is None:
            continue
        yield function
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                waiting.append(node.id)


def _called(call: ast.Call) -> str:
    """The last part of what is called: ``fit`` in ``model.fit(...)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _mentions_model(source: Source, call: ast.Call) -> bool:
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    expressions = (node for part in given for node in ast.walk(part) if isinstance(node, ast.expr))
    return any((source.text_of(part) or "").endswith(MODEL_NAME) for part in expressions)
