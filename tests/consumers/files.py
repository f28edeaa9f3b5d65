"""The examples that consumers are given, and what of them is derived from others."""

import html
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERIES = ROOT / "examples/queries"
GRAFANA = ROOT / "examples/dashboards/grafana.json"
SCHEMA = ROOT / "runner/wayfarer-store/SCHEMA.md"

ABOUT = (
    "Results of synthetic journeys. Rates are of runs with <code>is_counted</code> = 1; durations, <code>*_us</code>, are "
    "microseconds."
)


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
    """What SCHEMA.md says of each view first: a paragraph, as one line."""
    text = SCHEMA.read_text(encoding="utf-8")
    paragraphs = re.findall(r"^## (v1_\w+)\n\n((?:.+\n)+)", text, re.MULTILINE)
    return {name: " ".join(paragraph.splitlines()) for name, paragraph in paragraphs}


def datasette(file):
    """What `wayfarer db metadata` has to say of this database."""
    names = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    said = sentences()
    tables = {}
    for name in names:
        if not name.startswith("v1_"):
            tables[name] = {"allow": False}
            continue
        columns = [row[1] for row in file.execute(f"PRAGMA table_info({name})")]
        order = next((column for column in ("slot_ms", "from_ms", "deployed_ms", "occurred_ms") if column in columns), columns[0])
        tables[name] = {"description": said[name], "sort_desc": order}
    ready = {}
    for name, (about, sql) in queries().items():
        told = html.escape("\n".join(line for line in about[1:] if not line.startswith("Run:")).strip(), quote=False)
        ready[name] = {
            "title": about[0],
            "description_html": f"<pre>\n{told}\n</pre>",
            "hide_sql": True,
            "params": parameters(sql),
            "sql": sql,
        }
    described = {"wayfarer": {"allow_sql": False, "tables": tables, "queries": ready}}
    return {"title": "Wayfarer", "description_html": ABOUT, "databases": described}
