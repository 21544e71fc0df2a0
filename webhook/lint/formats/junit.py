"""Findings as a JUnit report: a case for each error, which fails, and for each file without one."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from vault.contract.shown import shown
from webhook.lint.finding import Level
from webhook.lint.formats.text import line_of
from webhook.lint.report import Report

_MAX_CHARACTERS = 4000


def render(report: Report) -> str:
    """Render the files and their findings. Characters that XML does not have are escaped."""
    suite = Element("testsuite", name="omamori lint")
    for file in report.files:
        mine = [each for each in report.findings if each.place.file == file]
        errors = [each for each in mine if each.level is Level.ERROR]
        for each in errors:
            failure = SubElement(_case(suite, str(each.place)), "failure", type=each.rule)
            failure.set("message", shown(each.message, _MAX_CHARACTERS))
            failure.text = line_of(each)
        if not errors:
            _case(suite, file)
        rest = [line_of(each) for each in mine if each.level is not Level.ERROR]
        if rest:
            SubElement(suite[-1], "system-out").text = "\n".join(rest)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    indent(suite)
    return tostring(suite, encoding="unicode")


def _case(suite: Element, name: str) -> Element:
    return SubElement(suite, "testcase", classname="omamori lint", name=shown(name, _MAX_CHARACTERS))
