"""Rules over source text. A student's code is parsed, never imported or run.

The rules advise: they read honest mistakes well and a determined cheater badly, so by themselves
they only note and warn. An assignment may let a rule refuse a submission.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.assignment import PolicySettings
from grader.policy.reading import Unreadable, read_source
from grader.policy.registry import RULES, SEVERITIES
from grader.records import Finding, Severity

__all__ = ["MAX_FINDINGS", "RULE_NAMES", "review"]

RULE_NAMES = frozenset(SEVERITIES)
"""The rules whose severity an assignment may set."""

MAX_FINDINGS = 50

_WEIGHT = {Severity.REFUSE: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def review(source: bytes, settings: PolicySettings) -> tuple[Finding, ...]:
    """Read a source and say what the rules saw.

    Args:
        source: The content of ``segmentation.py``: any bytes at all. Never raises because of them.
        settings: What is forbidden, and how much each finding weighs.

    Returns:
        At most `MAX_FINDINGS` findings, the weightiest ones, by line; line 0 is the whole file.
        The same remark is made once, at the first line that it fits.
    """
    findings = _without_repetition(sorted(_findings(source, settings), key=_by_line))
    weightiest = sorted(findings, key=lambda finding: _WEIGHT[finding.severity])[:MAX_FINDINGS]
    return tuple(sorted(weightiest, key=_by_line))


def _findings(source: bytes, settings: PolicySettings) -> Iterator[Finding]:
    reading = read_source(source)
    if isinstance(reading, Unreadable):
        severity = settings.severity.get(reading.rule, SEVERITIES[reading.rule])
        yield Finding(reading.rule, severity, reading.line, reading.facts)
        return
    for name, rule in RULES.items():
        severity = settings.severity.get(name, rule.severity)
        for sighting in rule.look(reading, settings):
            yield Finding(name, severity, sighting.line, sighting.facts)


def _by_line(finding: Finding) -> tuple[int, str]:
    return finding.line, finding.rule


def _without_repetition(findings: list[Finding]) -> list[Finding]:
    first: dict[object, Finding] = {}
    for finding in findings:
        first.setdefault((finding.rule, tuple(sorted(finding.facts.items()))), finding)
    return list(first.values())
