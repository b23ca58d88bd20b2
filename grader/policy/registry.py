"""All rules, by name. The name is the key of the rule's sentence and of its severity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from grader.assignment import PolicySettings
from grader.policy import contract_rules, library_rules, literal_rules
from grader.policy.source import Sighting, Source
from grader.records import Severity

Look: TypeAlias = Callable[[Source, PolicySettings], Iterator[Sighting]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: how much a sighting weighs unless the assignment says otherwise, and how it looks."""

    severity: Severity
    look: Look


RULES: Mapping[str, Rule] = {
    "missing_predict": Rule(Severity.WARNING, contract_rules.missing_predict),
    "missing_train_model": Rule(Severity.WARNING, contract_rules.missing_train_model),
    "train_model_alias": Rule(Severity.NOTE, contract_rules.train_model_alias),
    "predict_parameters": Rule(Severity.WARNING, contract_rules.predict_parameters),
    "train_model_parameters": Rule(Severity.WARNING, contract_rules.train_model_parameters),
    "submitted_model": Rule(Severity.NOTE, contract_rules.submitted_model),
    "forbidden_library": Rule(Severity.WARNING, library_rules.forbidden_library),
    "foreign_weights": Rule(Severity.WARNING, library_rules.foreign_weights),
    "network": Rule(Severity.WARNING, library_rules.network),
    "download": Rule(Severity.WARNING, library_rules.download),
    "process": Rule(Severity.WARNING, library_rules.process),
    "many_processes": Rule(Severity.NOTE, library_rules.many_processes),
    "low_level": Rule(Severity.WARNING, library_rules.low_level),
    "unpickling": Rule(Severity.WARNING, library_rules.unpickling),
    "dynamic_code": Rule(Severity.WARNING, library_rules.dynamic_code),
    "large_literal": Rule(Severity.WARNING, literal_rules.large_literal),
    "large_list": Rule(Severity.WARNING, literal_rules.large_list),
}

SEVERITIES: Mapping[str, Severity] = {
    "syntax_error": Severity.WARNING,
    "unreadable_text": Severity.WARNING,
    "too_complex": Severity.WARNING,
} | {name: rule.severity for name, rule in RULES.items()}
"""The usual severity of every finding, also of those that `reading` makes."""
