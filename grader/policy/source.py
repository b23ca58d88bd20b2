"""A parsed source, with the questions that rules ask of it.

Everything here walks the tree with loops: a hostile source may be nested deeper than our
stack.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from grader.records import Facts

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

APPLICATIONS = "keras.applications"

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_MAX_DOTS = 20
_MAX_NAME = 200  # a short name for a name with a short name for a name ... could grow without end
_DYNAMIC_IMPORTS = frozenset({"importlib.import_module", "__import__", "importlib.__import__"})

_KERAS = (
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.python.keras",
    "tensorflow.contrib.keras",
    "tensorflow.keras",
    "tf_keras",
    "keras.api",
    "keras.src",
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a rule saw, and on which line; 0 is the whole file."""

    line: int
    facts: Facts


@dataclass(frozen=True, slots=True)
class Import:
    """Something that is brought in: ``a.b`` for ``import a.b`` and for ``from a import b``."""

    module: str
    line: int


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed source.

    Attributes:
        nodes: The whole tree, breadth first.
        calls: The calls in it.
        imports: All imports, also ``importlib.import_module("...")`` with a literal.
        top_level: What a name of the module was last bound to: a statement, or a lambda.
        has_star_import: Whether ``from ... import *`` may bind more names.
    """

    nodes: tuple[ast.AST, ...]
    calls: tuple[ast.Call, ...]
    imports: tuple[Import, ...]
    top_level: Mapping[str, ast.AST]
    has_star_import: bool
    _meanings: Mapping[str, str]
    _texts: Mapping[str, str]

    @classmethod
    def of(cls, tree: ast.Module) -> Source:
        """Prepare a tree for the rules."""
        nodes = tuple(ast.walk(tree))
        meanings = _meanings(nodes)
        calls = tuple(node for node in nodes if isinstance(node, ast.Call))
        dynamic = (
            Import(module, call.lineno) for call in calls if (module := _imported(call, meanings))
        )
        return cls(
            nodes=nodes,
            calls=calls,
            imports=(*_imports(nodes), *dynamic),
            top_level=_top_level(tree),
            has_star_import=any(name == "*" for _, _, name in _imported_names(nodes)),
            _meanings=meanings,
            _texts=_texts(nodes),
        )

    def name_of(self, expression: ast.expr) -> str:
        """The full name behind an expression, e.g. ``keras.applications.VGG16``; ``""`` if unknown.

        All spellings of Keras (``tf.keras``, ``tf_keras``, ...) become ``keras``.
        """
        return _name_of(expression, self._meanings)

    def text_of(self, expression: ast.expr) -> str | None:
        """The text of a literal, or of a name that is bound once, to a literal."""
        if isinstance(expression, ast.Name):
            return self._texts.get(expression.id)
        is_text = isinstance(expression, ast.Constant) and isinstance(expression.value, str)
        return _literal(expression) if is_text else None

    def function(self, name: str) -> Function | None:
        """The module's function of this name."""
        found = self.top_level.get(name)
        return found if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) else None


def is_within(name: str, families: Iterable[str]) -> bool:
    """Whether a dotted name is one of these, or inside one of these."""
    return any(name == family or name.startswith(f"{family}.") for family in families)


def argument(call: ast.Call, keyword: str, position: int) -> ast.expr | None:
    """What a call gives for a parameter, by keyword or by position."""
    for given in call.keywords:
        if given.arg == keyword:
            return given.value
    return call.args[position] if position < len(call.args) else None


# --- what names mean ----------------------------------------------------------------------------


def _imported_names(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of every ``from module import name`` of an absolute module."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                yield node.lineno, node.module, alias.name


def _imports(nodes: Iterable[ast.AST]) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno)
    for line, module, name in _imported_names(nodes):
        yield Import(module if name == "*" else f"{module}.{name}", line)


def _meanings(nodes: Iterable[ast.AST]) -> Mapping[str, str]:
    """What a name stands for: an import, a dotted name given a short one, or a builtin.

    ``*`` stands for a module of keras.applications all of whose names were imported.
    """
    own = {node.name for node in nodes if isinstance(node, _SCOPES)}
    meanings = {name: name for name in dir(builtins) if name not in own}
    meanings |= _imported_meanings(nodes)
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute | ast.Name):
            meaning = _name_of(node.value, meanings)
            for target in node.targets:
                if isinstance(target, ast.Name) and meaning:
                    meanings[target.id] = meaning
    return meanings


def _imported_meanings(nodes: Iterable[ast.AST]) -> Mapping[str, str]:
    meanings: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                meanings[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                if alias.name != "*":
                    meanings[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                elif is_within(_canonical(node.module), (APPLICATIONS,)):
                    meanings["*"] = node.module
    return meanings


def _name_of(expression: ast.expr, meanings: Mapping[str, str]) -> str:
    attributes: list[str] = []
    while len(attributes) < _MAX_DOTS:
        if isinstance(expression, ast.Attribute):
            attributes.append(expression.attr)
            expression = expression.value
        elif isinstance(expression, ast.Call) and _is_getattr(expression):
            attributes.append(_literal(expression.args[1]) or "?")
            expression = expression.args[0]
        else:
            break
    base = ""
    if isinstance(expression, ast.Name):
        base = meanings.get(expression.id) or _starred(expression.id, meanings)
    elif isinstance(expression, ast.Call):
        base = _imported(expression, meanings)
    name = ".".join([base, *reversed(attributes)])
    return _canonical(name) if base and len(name) <= _MAX_NAME else ""


def _starred(name: str, meanings: Mapping[str, str]) -> str:
    """What an unknown name may mean after ``from keras.applications... import *``."""
    is_network = "*" in meanings and name[:1].isupper()
    return f"{meanings['*']}.{name}" if is_network else ""


def _is_getattr(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) > 1


def _imported(call: ast.Call, meanings: Mapping[str, str]) -> str:
    """The module of ``importlib.import_module("module")``, else ``""``."""
    if not isinstance(call.func, ast.Name | ast.Attribute) or not call.args:
        return ""
    if _name_of(call.func, meanings) not in _DYNAMIC_IMPORTS:
        return ""
    return _literal(call.args[0])


def _literal(expression: ast.expr) -> str:
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return expression.value
    return ""


def _canonical(name: str) -> str:
    for spelling in _KERAS:
        if is_within(name, (spelling,)):
            return "keras" + name[len(spelling) :]
    if is_within(name, ("keras_applications",)):
        return APPLICATIONS + name[len("keras_applications") :]
    return name.removeprefix("builtins.")


def _texts(nodes: Iterable[ast.AST]) -> Mapping[str, str]:
    stores = Counter(
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    return {
        target.id: text
        for node in nodes
        if isinstance(node, ast.Assign) and (text := _literal(node.value))
        for target in node.targets
        if isinstance(target, ast.Name) and stores[target.id] == 1
    }


# --- what the module defines --------------------------------------------------------------------


def _top_level(tree: ast.Module) -> Mapping[str, ast.AST]:
    bound: dict[str, ast.AST] = {}
    for statement in sorted(_module_statements(tree), key=lambda statement: statement.lineno):
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound[statement.name] = statement
            case ast.Import() | ast.ImportFrom():
                for alias in statement.names:
                    bound[alias.asname or alias.name.split(".")[0]] = statement
            case ast.Assign() | ast.AnnAssign():
                is_lambda = isinstance(statement.value, ast.Lambda)
                for name in _targets(statement):
                    bound[name] = statement.value if is_lambda and statement.value else statement
    return bound


def _targets(statement: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id


def _module_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements outside of functions and classes, also those inside ``if``, ``try``, ..."""
    waiting: deque[ast.AST] = deque(tree.body)
    while waiting:
        node = waiting.popleft()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, (*_SCOPES, ast.expr)):
            waiting.extend(ast.iter_child_nodes(node))
