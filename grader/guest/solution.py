"""The student's solution inside the box: imported, its model loaded, ready to predict."""

from __future__ import annotations

import importlib.util
import inspect
import os
import platform
import sys
import traceback
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

MODULE_NAME = "segmentation"


class NotReady(Exception):
    """The solution cannot be used. Carries the JSON of a FAILED reply."""

    def __init__(self, stage: str, error: BaseException, source: Path) -> None:
        super().__init__(stage)
        self.report = {"stage": stage, **describe_exception(error, source)}


class Solution:
    """A student's module and model.

    Attributes:
        module: The imported ``segmentation.py``.
        model: What Keras loaded from the HDF5 file.
    """

    def __init__(self, source: Path, model_file: Path) -> None:
        """Import and load.

        Raises:
            NotReady: One of the two failed, or there is no predict(model, img_path).
        """
        self.source = source
        self.module = _guarded("import", source, lambda: _import(source))
        self._predict = _guarded("signature", source, lambda: _find_predict(self.module))
        self.model = _guarded("model", source, lambda: _load(model_file, self.module))

    def predict(self, image: Path) -> Any:
        """What the student's predict returns for one image."""
        return self._predict(self.model, str(image))


def environment() -> dict[str, str]:
    """What a report wants to know of this box: versions and the device."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    names = [str(tf.config.experimental.get_device_details(gpu).get("device_name")) for gpu in gpus]
    packages = ("tensorflow", "keras", "numpy")
    versions = {name: _version(name) for name in packages}
    return {
        "python": platform.python_version(),
        **versions,
        "device": ", ".join(names) or f"CPU, {os.cpu_count()} cores",
    }


def describe_exception(error: BaseException, source: Path) -> dict[str, str | int]:
    """Type, text, the deepest line in the student's file, and the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == str(source)]
    line = lines[-1] if lines else 0
    if isinstance(error, SyntaxError) and error.filename == str(source):
        line = error.lineno or 0
    return {
        "exception": type(error).__name__[:200],
        "text": _text(error)[:2000],
        "line": line,
        "traceback": "".join(traceback.format_exception(error, limit=-12))[-8000:],
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # __str__ of a student's own exception
        return ""


def _guarded(stage: str, source: Path, step: Callable[[], Any]) -> Any:
    try:
        return step()
    except BaseException as error:  # SystemExit too: a student's code may raise anything
        raise NotReady(stage, error, source) from None


def _import(source: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODULE_NAME, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    spec.loader.exec_module(module)
    return module


def _find_predict(module: ModuleType) -> Callable[[Any, str], Any]:
    predict = getattr(module, "predict", None)
    if predict is None:
        raise AttributeError("there is no predict")
    if not callable(predict):
        raise TypeError("predict is not a function")
    try:
        inspect.signature(predict).bind(None, "")
    except ValueError:  # a callable without a signature may still work
        pass
    except TypeError as error:
        raise TypeError(f"predict does not take (model, img_path): {error}") from None
    return predict  # type: ignore[no-any-return]


def _load(model_file: Path, module: ModuleType) -> Any:
    _let_gpu_memory_grow()
    import keras

    # compile=False: losses and metrics of the training play no part in predicting.
    return keras.models.load_model(model_file, custom_objects=_own_classes(module), compile=False)


def _own_classes(module: ModuleType) -> dict[str, Any]:
    """Classes and functions of ``segmentation.py``: custom layers and activations."""
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == MODULE_NAME
    }


def _let_gpu_memory_grow() -> None:
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
