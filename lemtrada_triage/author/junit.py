"""Outcomes of cases as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from lemtrada_triage.author.cases import Outcome

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(outcomes: Sequence[Outcome]) -> bytes:
    """One suite with an element for each case, in order."""
    failed = sum(not outcome.passed for outcome in outcomes)
    counts = {"tests": str(len(outcomes)), "failures": str(failed), "errors": "0"}
    suite = ElementTree.Element("testsuite", {"name": "lemtrada-triage test", **counts})
    for outcome in outcomes:
        place = {"file": outcome.path, "line": str(outcome.line)}
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": outcome.path, "name": _clean(outcome.case.name), **place}
        )
        if not outcome.passed:
            first = outcome.differences[0].text
            ElementTree.SubElement(case, "failure", {"message": _clean(first)}).text = _clean(str(outcome))
    xml: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return xml


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
