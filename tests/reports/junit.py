"""Holds a JUnit file against what its readers take:

    junit.py FILE [--gitlab]

- Any XML reader: the file is well-formed.
- Jenkins' xUnit plugin: elements and attributes are those of its schema `junit-10.xsd` (as of version 2.2.4, the strictest one
  and a subset of what later versions take), whose facts stand below. A file that breaks one of them is skipped as a whole.
- GitLab (docs.gitlab.com, "Unit test reports"): less than 30 MB; each case has a name, a class name and a time in seconds that
  together are its own; what failed has its text as content. With --gitlab a case may have a `file`, which the schema of Jenkins
  forbids.

Exits with 1 and a list where something is wrong.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

# Element: attributes that must be there, attributes that may, elements inside, and whether it may have a text.
RERUN = ({"type"}, {"message"}, {"stackTrace", "system-out", "system-err"}, True)
FAILURE = (set(), {"type", "message"}, set(), True)
SCHEMA = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}, False),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        False,
    ),
    "properties": (set(), set(), {"property"}, False),
    "property": ({"name", "value"}, set(), set(), False),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError", "system-out", "system-err"},
        False,
    ),
    "failure": FAILURE,
    "error": FAILURE,
    "skipped": FAILURE,
    "rerunFailure": RERUN,
    "rerunError": RERUN,
    "flakyFailure": RERUN,
    "flakyError": RERUN,
    "stackTrace": (set(), set(), set(), True),
    "system-out": (set(), set(), set(), True),
    "system-err": (set(), set(), set(), True),
}
# Of suites: `SUREFIRE_TIME`.
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
LARGEST = 30_000_000


def jenkins(element, is_gitlab, wrong):
    name = element.tag
    if name not in SCHEMA:
        wrong.append(f"the schema has no element {name}")
        return
    needed, allowed, inside, has_text = SCHEMA[name]
    if is_gitlab and name == "testcase":
        allowed = allowed | {"file"}
    given = set(element.attrib)
    wrong.extend(f"{name} has no {attribute}" for attribute in sorted(needed - given))
    wrong.extend(f"{name} may not have {attribute}" for attribute in sorted(given - needed - allowed))
    if name.startswith("testsuite") and not TIME.fullmatch(element.get("time", "")):
        wrong.append(f"{name} has the time {element.get('time')}")
    if not has_text and (element.text or "").strip():
        wrong.append(f"{name} has a text")
    for child in element:
        if child.tag not in inside:
            wrong.append(f"{child.tag} stands in {name}")
        if not has_text and (child.tail or "").strip():
            wrong.append(f"{name} has a text")
        jenkins(child, is_gitlab, wrong)


def gitlab(root, wrong):
    if root.tag != "testsuites":
        wrong.append("the root is not testsuites")
    seen = set()
    for suite in root.iter("testsuite"):
        if not STAMP.fullmatch(suite.get("timestamp", "")):
            wrong.append(f"suite {suite.get('name')} began {suite.get('timestamp')}")
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for case in suite.iter("testcase"):
            key = (case.get("classname"), case.get("name"))
            if not all(key) or key in seen:
                wrong.append(f"case {key} has no name of its own")
            seen.add(key)
            if "time" in case.attrib:
                float(case.get("time"))
            results = [child for child in case if child.tag in ("failure", "error", "skipped")]
            if len(results) > 1:
                wrong.append(f"case {key} has {len(results)} results")
            counts["tests"] += 1
            for result in results:
                counts[{"failure": "failures", "error": "errors", "skipped": "skipped"}[result.tag]] += 1
                if not (result.text or "").strip():
                    wrong.append(f"case {key} says nothing of its {result.tag}")
        for name, count in counts.items():
            if int(suite.get(name)) != count:
                wrong.append(f"suite {suite.get('name')} says {suite.get(name)} {name} and has {count}")


def main():
    path, is_gitlab = sys.argv[1], "--gitlab" in sys.argv[2:]
    wrong = []
    with open(path, "rb") as file:
        content = file.read()
    if len(content) >= LARGEST:
        wrong.append(f"it has {len(content)} bytes")
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        wrong.append(f"it is not well-formed: {error}")
    else:
        jenkins(root, is_gitlab, wrong)
        gitlab(root, wrong)
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
