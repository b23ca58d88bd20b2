"""Rules over source text: what they see, what they leave alone, and that nothing upsets them."""

import string
import textwrap
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.assignment import PolicySettings
from grader.messages import RULES
from grader.policy import MAX_FINDINGS, RULE_NAMES, review
from grader.policy.reading import MAX_BYTES, MAX_WORDS
from grader.records import Severity

CONTRACT = """
def predict(model, img_path):
    return model

def train_model(train_data_path):
    return None
"""


def seen(code, settings=None):
    """The findings in a piece of code that keeps the contract, without the notes on that."""
    source = textwrap.dedent(code) + CONTRACT
    return review(source.encode(), settings or PolicySettings())


def names(findings):
    return [finding.rule for finding in findings]


def of_contract(code):
    return names(review(textwrap.dedent(code).encode(), PolicySettings()))


# --- honest sources -----------------------------------------------------------------------------

STANDALONE_KERAS_2 = """
# -*- coding: utf-8 -*-
import os
from os.path import join
import numpy as np
from PIL import Image
from skimage.io import imread
from skimage.transform import resize
import matplotlib.pyplot as plt
from tqdm import tqdm
from keras.applications.resnet50 import ResNet50, preprocess_input
from keras.applications.mobilenet import MobileNet
from keras.callbacks import ModelCheckpoint
from keras.layers import *
from keras.models import Model, load_model
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator
from keras import backend as K

SIZE = (224, 224)
MEAN = [103.939, 116.779, 123.68]

def iou_loss(y_true, y_pred):
    # здесь потери
    return 1 - K.sum(y_true * y_pred) / K.sum(y_true + y_pred)

def build(weights='imagenet'):
    base = ResNet50(include_top=False, weights=weights, input_shape=SIZE + (3,))
    MobileNet((224, 224, 3), 1.0, 1, 1e-3, False, None)
    return Model(base.input, Conv2D(1, 1, activation='sigmoid')(base.output))

def train_model(train_data_path):
    model = build()
    model.compile(optimizer=Adam(lr=1e-4), loss=iou_loss)
    save = ModelCheckpoint('segmentation_model.hdf5', save_best_only=True)
    model.fit_generator(ImageDataGenerator().flow_from_directory(train_data_path), callbacks=[save])
    return load_model('segmentation_model.hdf5', custom_objects={'iou_loss': iou_loss})

def predict(model, img_path):
    img = imread(img_path)
    if img.ndim == 2:
        img = np.dstack([img] * 3)
    x = preprocess_input(resize(img, SIZE, preserve_range=True))
    return resize(model.predict(x[None])[0, ..., 0], img.shape[:2])
"""

TF_KERAS = """
import random
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.applications import MobileNetV2
import cv2

keras_apps = tf.keras.applications
os_path = '\\d raw in no raw string'

class Batches(keras.utils.Sequence):
    def __init__(self, path, compile=None, signal=None):
        self.path = path

    def __getitem__(self, index):
        return random.random()

    def eval(self):
        return self.path

def unet():
    base = MobileNetV2(input_shape=(224, 224, 3), include_top=False, weights='imagenet')
    other = keras_apps.VGG16(weights=None)
    model = keras.Model(base.inputs, base.get_layer('block_13_expand_relu').output)
    model.compile('adam', loss='binary_crossentropy')
    return model

def predict(model, img_path, threshold=0.5, *args, **kwargs):
    image = cv2.cvtColor(cv2.imread(img_path), cv2.COLOR_BGR2RGB)
    return model.predict(cv2.resize(image, (224, 224))[None])[0]

def train_model(train_data_path: str = 'data', epochs: int = 3):
    model = unet()
    model.fit(Batches(train_data_path).eval(), epochs=epochs)
    model.save('segmentation_model.hdf5')
    return model
"""

KERAS_3 = '''
"""My solution."""
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from PIL import Image

def dice_loss(truth, probability):
    return 1 - 2 * ops.sum(truth * probability) / (ops.sum(truth) + ops.sum(probability) + 1)

def train_model(train_data_path):
    files = sorted(Path(train_data_path).glob("images/*/*.jpg"))
    pretrained = bool(files)
    backbone = keras.applications.EfficientNetV2B0(
        weights="imagenet" if pretrained else None, include_top=False
    )
    model = keras.Sequential([backbone, layers.Conv2D(1, 1, activation="sigmoid")])
    model.compile("adam", dice_loss)
    model.fit(np.zeros((1, 64, 64, 3)), np.zeros((1, 2, 2, 1)), verbose=0)
    return model

def predict(model, img_path):
    image = Image.open(img_path).convert("RGB")
    probability = model.predict(np.asarray(image.resize((64, 64)))[None], verbose=0)[0, ..., 0]
    return np.asarray(Image.fromarray(probability).resize(image.size))
'''


@pytest.mark.parametrize("source", [STANDALONE_KERAS_2, TF_KERAS, KERAS_3])
def test_an_honest_source_gives_no_finding(source):
    assert review(source.encode(), PolicySettings()) == ()


# --- every rule ---------------------------------------------------------------------------------

BROKEN = {
    "syntax_error": "def predict(model, img_path)\n    return 1\n",
    "unreadable_text": "x = 1\0",
    "too_complex": "x = " + "-" * 50_000 + "1",
    "missing_predict": "def train_model(path): ...",
    "missing_train_model": "def predict(model, path): ...",
    "train_model_alias": CONTRACT.replace("train_model", "train_segmentation_model"),
    "predict_parameters": CONTRACT.replace("(model, img_path)", "(img_path)"),
    "train_model_parameters": CONTRACT.replace("(train_data_path)", "()"),
    "submitted_model": CONTRACT.replace(
        "    return None",
        "    model = keras.models.load_model('segmentation_model.hdf5')\n    model.fit(1)",
    ),
}

REMARKABLE = {
    "forbidden_library": "import segmentation_models as sm",
    "foreign_weights": "from keras.applications import VGG16\nVGG16(weights='my.h5')",
    "network": "import requests",
    "download": "import keras\nkeras.utils.get_file('w.h5', 'https://example.org/w.h5')",
    "process": "import subprocess",
    "many_processes": "from multiprocessing import Pool",
    "low_level": "import ctypes",
    "unpickling": "import pickle",
    "dynamic_code": "exec('x = 1')",
    "large_literal": f"x = '{'weights ' * 2000}'",
    "large_list": f"x = {list(range(1001))}",
}


@pytest.mark.parametrize("rule", [*BROKEN, *REMARKABLE])
def test_a_rule_sees_what_it_is_for_and_its_sentence_fits(rule):
    if rule in BROKEN:
        findings = review(BROKEN[rule].encode(), PolicySettings())
    else:
        findings = seen(REMARKABLE[rule])
    assert names(findings) == [rule]
    sentence = RULES[rule].text + RULES[rule].help
    gaps = {gap for _, gap, _, _ in string.Formatter().parse(sentence) if gap is not None}
    assert gaps == set(findings[0].facts)


def test_every_rule_has_a_source_and_a_sentence():
    assert {*BROKEN, *REMARKABLE} == set(RULES) == RULE_NAMES


# --- the contract -------------------------------------------------------------------------------

TRAIN = "\ndef train_model(path): ...\n"


@pytest.mark.parametrize(
    "predict",
    [
        "def predict(model, img_path): ...",
        "def predict(m, p, size=3): ...",
        "def predict(*everything): ...",
        "def predict(model, /, path, *, fast=True): ...",
        "predict = lambda model, path: None",
        "predict = make()",
        "from other import predict",
        "from other import *",
        "if 1:\n    def predict(model, path): ...\nelse:\n    def predict(model, path): ...",
        "try:\n    import fast\nexcept ImportError:\n    def predict(model, path): ...",
        "@decorated\ndef predict(x): ...",
        "def predict(x): ...\ndef predict(model, path): ...",
        "class predict: ...",
        "predict: object = lambda model, path: None",
    ],
)
def test_a_predict_that_can_be_called_is_accepted(predict):
    assert of_contract(predict + TRAIN) == []


@pytest.mark.parametrize(
    ("parameters", "spelled"),
    [
        ("", ""),
        ("img_path", "img_path"),
        ("model, path, size", "model, path, size"),
        ("model, *, path", "model, *, path"),
        ("model, path, *more, fast", "model, path, *more, fast"),
        ("model, **options", "model, **options"),
        ("img_path, model", "img_path, model"),
    ],
)
def test_a_predict_that_cannot_be_called_as_agreed_is_shown(parameters, spelled):
    source = f"def predict({parameters}): ...{TRAIN}"
    (finding,) = review(source.encode(), PolicySettings())
    assert (finding.rule, finding.line) == ("predict_parameters", 1)
    assert finding.facts == {"parameters": spelled}


@pytest.mark.parametrize(
    "code",
    [
        "def outer():\n    def predict(model, path): ...",
        "class Solution:\n    def predict(self, model, path): ...",
    ],
)
def test_a_predict_inside_of_something_is_missing(code):
    assert of_contract(code + TRAIN) == ["missing_predict"]


def test_the_alias_of_train_model_has_its_parameters_checked():
    source = "def predict(m, p): ...\ndef train_segmentation_model(a, b): ..."
    assert of_contract(source) == ["train_model_alias", "train_model_parameters"]


def test_the_alias_beside_train_model_is_no_matter():
    assert seen("def train_segmentation_model(a, b): ...") == ()


@pytest.mark.parametrize(
    ("body", "is_noted"),
    [
        ("m = load_model('segmentation_model.hdf5'); m.fit(1)", True),
        ("m = keras.models.load_model(filepath=os.path.join(d, PATH))\n    m.fit(1)", True),
        ("m = build(); m.load_weights('./segmentation_model.hdf5')", True),
        ("fine_tune(1)", True),
        ("m = build(); m.fit(1)\n    m = load_model(PATH)", False),
        ("m = load_model('other.hdf5'); m.fit(1)", False),
        ("m = build(); m.fit(1); m.save(PATH)", False),
    ],
)
def test_training_that_goes_on_from_the_submitted_model_is_noted(body, is_noted):
    source = f"""
PATH = 'segmentation_model.hdf5'
def predict(model, img_path): ...
def fine_tune(x):
    model = load_model(PATH)
    model.fit(x)
def train_model(path):
    {body}
"""
    assert of_contract(source) == ["submitted_model"] * is_noted


def test_predict_may_load_the_submitted_model():
    source = "def predict(m, p):\n    return load_model('segmentation_model.hdf5')\n" + TRAIN
    assert of_contract(source) == []


# --- libraries ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import segmentation_models",
        "import segmentation_models.losses as losses",
        "from segmentation_models.models import Unet",
        "def f():\n    import segmentation_models",
        "import importlib\nimportlib.import_module('segmentation_models')",
        "from importlib import import_module as load\nload('segmentation_models.base')",
        "__import__('segmentation_models')",
    ],
)
def test_a_forbidden_library_is_seen_however_it_is_imported(code):
    (finding,) = seen(code)
    assert (finding.rule, finding.facts) == (
        "forbidden_library",
        {"library": "segmentation_models"},
    )
    assert finding.line == code.count("\n") + 1


@pytest.mark.parametrize("code", ["import segmentation_models2", "from .transformers import x"])
def test_a_library_of_a_similar_name_is_no_matter(code):
    assert seen(code) == ()


def test_the_assignment_says_which_libraries_are_forbidden():
    settings = PolicySettings(forbidden_libraries=("scipy.ndimage",))
    assert names(seen("from scipy import ndimage, stats", settings)) == ["forbidden_library"]
    assert seen("import transformers\nfrom scipy import stats", settings) == ()


@pytest.mark.parametrize(
    "code",
    [
        "import keras\nkeras.applications.ResNet50(weights='x.h5')",
        "import tensorflow as tf\ntf.keras.applications.resnet50.ResNet50(True, 'x.h5')",
        "from tensorflow.keras import applications as a\na.MobileNetV2(None, 1.0, False, 'x.h5')",
        "from keras.applications.vgg16 import VGG16 as Net\nNet(weights='x.h5')",
        "from keras_applications.vgg16 import VGG16\nVGG16(weights='x.h5')",
        "import keras\nNet = keras.applications.VGG16\nNet(weights='x.h5')",
        "import keras\nW = 'x.h5'\nkeras.applications.VGG16(weights=W)",
        "import keras\nkeras.applications.VGG16(weights='x.h5' if a else None)",
        "import keras\ngetattr(keras.applications, 'VGG16')(weights='x.h5')",
        "from tensorflow.keras.applications.vgg16 import *\nVGG16(weights='x.h5')",
    ],
)
def test_foreign_weights_are_seen_however_they_are_given(code):
    (finding,) = seen(code)
    assert (finding.rule, finding.facts["weights"]) == ("foreign_weights", "x.h5")


def test_computed_weights_are_seen():
    (finding,) = seen("import keras\nkeras.applications.VGG16(weights=path('x') + '.h5')")
    assert finding.facts["weights"] == "a computed value"


def test_the_assignment_says_which_weights_are_allowed():
    code = "import keras\nkeras.applications.VGG16(weights='{}')"
    settings = PolicySettings(allowed_weights=("noisy",))
    assert seen(code.format("noisy"), settings) == ()
    assert names(seen(code.format("imagenet"), settings)) == ["foreign_weights"]


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("import urllib.request", ["network"]),
        ("from urllib import request", ["network"]),
        ("from http.client import HTTPConnection", ["network"]),
        ("import socket as s", ["network"]),
        ("from urllib.parse import quote", []),
        (
            "from tensorflow.keras.utils import get_file\nget_file('x', origin='http://x')",
            ["download"],
        ),
        ("import keras\nkeras.utils.get_file('x', f'http://{x}')", ["download"]),
        ("import keras\nkeras.utils.get_file('x', 'file:///x')", []),
        ("import os\nos.system('ls')", ["process"]),
        ("from os import popen", ["process"]),
        ("import os as o\no.execv('/bin/sh', [])", ["process"]),
        ("import os\nrun = os.system\nrun('ls')", ["process"]),
        ("import os\ngetattr(os, 'system')('ls')", ["process"]),
        ("__import__('os').system('ls')", ["process"]),
        ("import os\nos._exit(0)", ["process"]),
        ("import os\nos.path.join('a')\nos.listdir('.')\nos.cpu_count()", []),
        ("import gc\ngc.collect()\ngc.get_objects()", ["low_level"]),
        ("import gc\ngc.collect()", []),
        ("import sys\nsys._getframe(1)", ["low_level"]),
        ("from inspect import stack", ["low_level"]),
        ("import numpy as np\nnp.load('x', allow_pickle=True)", ["unpickling"]),
        ("import numpy as np\nnp.load('x')", []),
        ("import joblib\njoblib.load('x')", ["unpickling"]),
        ("import builtins\nbuiltins.eval('1')", ["dynamic_code"]),
        ("model.eval()\nmodel.compile('adam')\ncompile_model(1)", []),
        ("import re\nre.compile('x')", []),
        ("def eval(x): ...\neval(1)", []),
    ],
)
def test_a_call_or_import_is_judged_by_what_it_means(code, rules):
    assert names(seen(code)) == rules


# --- data in the source -------------------------------------------------------------------------

BASE64 = "QUJD" * 300


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        (f"x = '{'a b' * 4000}'", ["large_literal"]),
        (f"x = b'{'a b' * 4000}'", ["large_literal"]),
        (f"x = '{BASE64}'", ["large_literal"]),
        (f"x = b'{BASE64}'", ["large_literal"]),
        (f'"""{BASE64}"""', ["large_literal"]),
        (f"x = 0x{'f' * 30_000}", ["large_literal"]),
        ("x = [" + f"'{'A1' * 100}',\n" * 60 + "]", ["large_literal"]),
        ("x = [" + f"'{'A1' * 100}',\n" * 40 + "]", []),
        ("'''" + "# an old idea, kept as a comment\n" * 500 + "'''", []),
        (f"x = '{'short prose ' * 100}'", []),
        (f"x = [{[0.5] * 600}, {[-1] * 600}]", ["large_list"]),
        (f"x = f({tuple(range(1001))})", ["large_list"]),
        (f"x = {dict.fromkeys(range(1001), 1)}", ["large_list"]),
        (f"x = {list(range(1000))}", []),
        (f"x = {['name'] * 2000}", []),
    ],
)
def test_data_in_the_source_is_measured(code, rules):
    assert names(seen(code)) == rules


# --- severities, order, number ------------------------------------------------------------------


def test_the_assignment_says_how_much_a_finding_weighs():
    settings = PolicySettings(severity={"network": Severity.REFUSE, "syntax_error": "note"})
    assert seen("import socket", settings)[0].severity is Severity.REFUSE
    assert review(b"(", settings)[0].severity is Severity.NOTE


def test_without_an_assignment_nothing_refuses():
    everything = "\n".join(REMARKABLE.values())
    severities = {finding.severity for finding in seen(everything)}
    assert severities == {Severity.NOTE, Severity.WARNING}


def test_findings_come_by_line_and_each_once():
    findings = seen("import pickle\nimport socket\nimport pickle\nimport ctypes\neval('1')")
    assert [(finding.line, finding.rule) for finding in findings] == [
        (1, "unpickling"),
        (2, "network"),
        (4, "low_level"),
        (5, "dynamic_code"),
    ]


def test_many_small_remarks_cannot_crowd_out_a_grave_one():
    noise = "".join(f"gc.get_referrers{number}()\n" for number in range(100))
    settings = PolicySettings(severity={"forbidden_library": Severity.REFUSE})
    findings = seen("import gc\n" + noise + "import transformers\n", settings)
    assert len(findings) == MAX_FINDINGS
    assert findings[-1].rule == "forbidden_library"


def test_a_fact_from_the_source_is_fit_for_display():
    (finding,) = seen("import keras\nkeras.applications.VGG16(weights='\\x1b[2Jx\\u202e.h5')")
    assert finding.facts["weights"] == "x.h5"


# --- hostile sources ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"(" * 100_000, "too_complex"),
        (b"(" * 5000, "syntax_error"),
        (b"x" + b".x" * 20_000, "too_complex"),
        (b"1" + b"+1" * 20_000, "too_complex"),
        (b"not " * 20_000 + b"1", "too_complex"),
        (b"x" + b"()" * 15_000, "too_complex"),
        (b"x;" * (MAX_WORDS // 2 + 1), "too_complex"),
        (b"#" * (MAX_BYTES + 1), "too_complex"),
        (b"9" * 5000, "syntax_error"),
        (b"\xff\xfed\x00e\x00f\x00", "unreadable_text"),
        (b"# coding: punycode\nx", "unreadable_text"),
        (b"#!python\n# coding: rot13\nx", "unreadable_text"),
        (b"# \xef\xf0\xe8\xe2\xe5\xf2", "unreadable_text"),
        (b"def f():\n" + b"\tx\n        y\n", "syntax_error"),
    ],
)
def test_a_hostile_source_is_one_finding(source, rule):
    assert names(review(source, PolicySettings())) == [rule]


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbf# with a mark\n",
        "# coding: cp1251\n# привет\n".encode("cp1251"),
        "\n# vim: set fileencoding=windows-1251 :\nx = 'привет'\n".encode("cp1251"),
        b"x = 1\n# coding: rot13 is no declaration on the third line\n",
        b"\r\nx = 1\r\n",
    ],
)
def test_an_ordinary_encoding_is_read(source):
    assert review(source + CONTRACT.encode(), PolicySettings()) == ()


def test_a_syntax_error_names_its_line():
    (finding,) = review(b"x = 1\ny = (\n", PolicySettings())
    assert (finding.line, finding.facts) == (2, {"problem": "'(' was never closed"})


def test_a_doubtful_escape_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert seen("x = '\\d'") == ()


def test_an_import_of_the_grader_for_review_runs_nothing(tmp_path):
    seen(f"open({str(tmp_path / 'proof')!r}, 'w')")
    assert list(tmp_path.iterdir()) == []


pieces = st.sampled_from(
    ["import os", "from x import *", "getattr(", ")", "os.system", "(", "'", '"""', "\n", "    ",
     "=", "def predict(", "):", "load_model", ".", ",", "[", "]", "1", "f'{", "}'", "if ",
     "keras.applications.X(weights=", "*", "class A:", "match x:", "case ", "# coding: ", "é", "\0"]
)  # fmt: skip


@example(b"from . import *\nx = y = x\nx.y.z()\n")
@given(st.one_of(st.binary(), st.lists(pieces).map(lambda parts: "".join(parts).encode())))
def test_no_source_raises(source):
    findings = review(source, PolicySettings())
    assert len(findings) <= MAX_FINDINGS
    assert all(finding.rule in RULE_NAMES and finding.line >= 0 for finding in findings)
    for finding in findings:
        RULES[finding.rule].fill(finding.facts)
