"""The examples that consumers are given, and what of them is derived from others."""

import html
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERIES = ROOT / "examples/queries"
GRAFANA = ROOT / "examples/dashboards/grafana.json"
DATASETTE = ROOT / "examples/dashboards/datasette.yaml"
SCHEMA = ROOT / "runner/wayfarer-store/SCHEMA.md"

HEAD = """\
# Written by `tests/consumers/check.py DATABASE --write`; README.md says how to start Datasette with it.
title: Wayfarer
description_html: |-
  Results of synthetic journeys. Rates are of runs with <code>is_counted</code> = 1; durations, <code>*_us</code>, are
  microseconds.
databases:
  wayfarer:
    # SQL of one's own reaches the private tables: remove this where every reader may open the file anyway.
    allow_sql: false
"""


def queries():
    """Every query: its name, the comment that it opens with, and the statement."""
    found = {}
    for path in sorted(QUERIES.glob("*.sql")):
        lines = path.read_text(encoding="utf-8").splitlines()
        end = next(number for number, line in enumerate(lines) if not line.startswith("--"))
        about = [line[2:].removeprefix(" ") for line in lines[:end]]
        found[path.stem] = (about, "\n".join(lines[end:]).rstrip().removesuffix(";"))
    return found


def parameters(sql):
    """The named parameters, in the order in which they come."""
    return list(dict.fromkeys(re.findall(r":([a-z_]+)", re.sub(r"--.*|'[^']*'", "", sql))))


def sentences():
    """What SCHEMA.md says of each view before its columns."""
    text = SCHEMA.read_text(encoding="utf-8")
    return dict(re.findall(r"^## (v1_\w+)\n\n(.+)$", text, re.MULTILINE))


def datasette(file):
    """What datasette.yaml has to be for this database."""
    names = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY 1")]
    said = sentences()
    lines = ["    tables:"]
    for name in sorted(names, key=lambda name: (not name.startswith("v1_"), name)):
        if not name.startswith("v1_"):
            lines.append(f"      {name}: {{allow: false}}")
            continue
        columns = [row[1] for row in file.execute(f"PRAGMA table_info({name})")]
        order = next((column for column in ("slot_ms", "from_ms", "deployed_ms", "occurred_ms") if column in columns), columns[0])
        lines += [f"      {name}:", f"        description: {json.dumps(said[name])}", f"        sort_desc: {order}"]
    lines.append("    queries:")
    for name, (about, sql) in queries().items():
        told = [line for line in about[1:] if not line.startswith("Run:")]
        told = html.escape("\n".join(told).strip(), quote=False).splitlines()
        lines += [f"      {name}:", f"        title: {json.dumps(about[0])}", "        hide_sql: true"]
        lines += ["        description_html: |-", "          <pre>"]
        lines += [f"          {line}".rstrip() for line in told]
        lines += ["          </pre>", f"        params: {json.dumps(parameters(sql))}", "        sql: |-"]
        lines += [f"          {line}" for line in sql.splitlines()]
    return HEAD + "\n".join(lines) + "\n"
