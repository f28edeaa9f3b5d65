"""Holds the examples for consumers against a database that `seed.py` made:

    check.py DATABASE METADATA [--datasette PYTHON]

Every query of examples/queries by sqlite3 and by Python, each answer against one that `oracle.py` works out row by row;
every SQL of the Grafana dashboard; METADATA, which `wayfarer db metadata` printed; and, by a Python that has Datasette, each
ready query over HTTP while somebody writes. Exits with 1 and a list where something differs.
"""

import argparse
import collections
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True  # nothing is left beside the sources

import files
import oracle

PATIENCE = 30
# Not one row of these may be looked at without an index: a period is given, or has a default.
LARGE = re.compile(r"\bSCAN (?:[rah]|run|attempt|hourly|daily|step_hourly)\b")
wrong = []


def differs(what, seen, expected):
    if seen != expected:
        wrong.append(f"{what}\n  seen:     {seen}\n  expected: {expected}")


def opened(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)


def ask(file, what, sql, given=None):
    """Runs a statement that may name public views only, and looks at how it goes about it."""
    named = set()

    def look(action, table, column, _database, view):
        # The view is the one that names the table; none where the statement does. Without a column it is not told.
        if action == sqlite3.SQLITE_READ and view is None and column:
            named.add(table)
        return sqlite3.SQLITE_OK

    given = collections.defaultdict(lambda: None, given or {})
    tables = {row[0] for row in file.execute("SELECT name FROM sqlite_master")}
    plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {sql}", given)]
    file.set_authorizer(look)
    try:
        cursor = file.execute(sql, given)
    finally:
        file.set_authorizer(None)
    private = sorted(name for name in named & tables if not name.startswith("v1_"))
    differs(f"{what}: private tables it names", private, [])
    differs(f"{what}: large tables it reads from end to end", [line for line in plan if LARGE.search(line)], [])
    return [column[0] for column in cursor.description], cursor.fetchall()


def cases(rows):
    """For each query, the parameters to ask it with."""
    slots = sorted(run["slot_ms"] for run in rows.slots())
    middle = slots[len(slots) // 2]
    half = {"from_at": oracle.at(slots[0] // 1000 * 1000), "until_at": oracle.at(middle // 1000 * 1000)}
    whole = {"from_at": oracle.at(slots[0] // oracle.DAY * oracle.DAY), "until_at": "2999-12-31"}
    common = [{}, {"tenant": "acme"}, {"journey": "search"}, {"tenant": "acme", "journey": "search"}, half, whole]
    return {name: common for name in oracle.ANSWERS} | {
        "usage-by-tenant": [{}, whole],
        "slowest-steps": [*common, {"most": 3}],
        "failing-now": [*common[:4], {"from_at": oracle.at(middle // 1000 * 1000)}, whole],
        "certificates-that-expire": [{}, {"tenant": "globex"}, {"days": 10}, {"days": 10_000}],
        "hourly-p95-against-last-week": [*common, {"days_before": 0}, {"days_before": 0, **whole}],
        "last-runs-of-a-journey": [{}, {"tenant": "globex"}, {"journey": "search", "most": 3}, {"journey": "stuck"},
                                   {"journey": "none"}],
        "what-changed-between-versions": [
            {}, {"journey": "search"}, {"journey": "front", "before": 2, "after": 1}, {"journey": "front", "after": 7},
        ],
    }


# Where an empty answer to a question without parameters would prove nothing.
NEVER_EMPTY = set(oracle.ANSWERS) - {"certificates-that-expire"}


def by_sqlite3(path, name, given):
    """What the command line answers, as rows."""
    quoted = {key: value if isinstance(value, int) else f"\"'{value}'\"" for key, value in given.items()}
    commands = [f".parameter set :{key} {value}" for key, value in quoted.items()]
    command = ["sqlite3", "-json", f"file:{path}?mode=ro", *commands, f'.read "{files.QUERIES / name}.sql"']
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"sqlite3 ended with {done.returncode}: {done.stderr.strip()}")
    return [tuple(row.values()) for row in json.loads(done.stdout or "[]")]


def same(seen, expect):
    """Whether rows are what was worked out for when the question was asked; some answers tell of now."""
    return any([tuple(row) for row in seen] == expected for expected in expect)


def check_queries(path, file, rows):
    there = files.queries()
    differs("queries without an oracle", sorted(set(there) ^ set(oracle.ANSWERS)), [])
    listed = re.findall(r"^\| \[.*\]\(([a-z0-9-]+)\.sql\)", (files.QUERIES / "README.md").read_text(), re.MULTILINE)
    differs("what README.md lists", sorted(listed), sorted(there))
    has_sqlite3 = shutil.which("sqlite3") is not None
    asked = 0
    for name, many in cases(rows).items():
        about, sql = there[name]
        for word in files.parameters(sql):
            differs(f"{name}: its comment tells of :{word}", f":{word}" in "\n".join(about), True)
        for given in many:
            what = f"{name} {given or ''}".rstrip()
            before = time.time()
            columns, seen = ask(file, what, sql, given)
            others = {"sqlite3": by_sqlite3(path, name, given)} if has_sqlite3 else {}
            expect = [oracle.ANSWERS[name](rows, given, int(now * 1000)) for now in (before, time.time())]
            if not same(seen, expect):
                differs(f"{what}, of columns {columns}", seen, expect[0])
            for who, answer in others.items():
                if not same(answer, expect):
                    differs(f"{what}, by {who}", answer, expect[0])
            if not given and name in NEVER_EMPTY:
                differs(f"{what}: answers rows", bool(seen), True)
            asked += 1
    print(f"{len(there)} queries, asked {asked} times", "by Python and sqlite3" if has_sqlite3 else "by Python; no sqlite3")


def expanded(sql, since, until, variables):
    """What Grafana and the plugin make of a statement: variables, then the plugin's macros."""
    for name, values in variables.items():
        sql = sql.replace(f"${{{name}:sqlstring}}", ", ".join(f"'{value}'" for value in values))
    sql = sql.replace("$__from", str(since)).replace("$__to", str(until))
    group = r"\$__unixEpochGroupSeconds\(([^,)]*), *(\d+)(?:, *NULL)?\)"
    sql = re.sub(group, r"cast((\1 / \2) as int) * \2", sql)
    differs("what Grafana does not know of", re.findall(r"\$\S+", sql), [])
    return sql


def check_grafana(file, rows):
    dashboard = json.loads(files.GRAFANA.read_text(encoding="utf-8"))
    slots = rows.slots()
    since, until = min(run["slot_ms"] for run in slots), max(run["slot_ms"] for run in slots)
    variables = {"tenant": ["acme"], "journey": sorted({j["journey"] for j in rows.journeys if j["tenant"] == "acme"})}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            what = f"grafana, variable {variable['name']}"
            columns, seen = ask(file, what, expanded(variable["query"], since, until, variables))
            expected = sorted({j["tenant"] for j in rows.journeys}) if variable["name"] == "tenant" else variables["journey"]
            differs(what, (columns, [row[0] for row in seen]), ([variable["name"]], expected))

    runs = [run for run in slots if run["tenant"] == "acme"]
    hours = sorted(oracle.grouped(runs, lambda run: run["slot_ms"] // oracle.HOUR * 3600).items())
    journeys = [oracle.grouped(some, oracle.whose).values() for _, some in hours]
    words = ("passed", "degraded", "failed", "broken", "inconclusive", "missed", "skipped", "cancelled")
    counts = [(hour, oracle.counting(some)) for hour, some in hours]
    failed = sorted((run for run in rows.runs if run["tenant"] == "acme" and run["verdict"] == "failed"),
                    key=lambda run: (-run["slot_ms"], -run["run_number"]))
    steps = oracle.slowest_steps(rows, {"tenant": "acme", "from_at": oracle.at(since // oracle.HOUR * oracle.HOUR)}, until)
    without = oracle.slots_without_a_run(rows, {"tenant": "acme", "from_at": oracle.at(since)}, until)
    expected = {
        "Success rate": [
            (hour, 100.0 * len(oracle.good_first_attempt(some)) / len(some), 100.0 * len(oracle.good(some)) / len(some))
            for hour, some in counts if some
        ],
        "Duration of good runs": [
            (hour, *(max(oracle.sketched(oracle.durations(one), q) or 0 for one in some) for q in (0.5, 0.95, 0.99)))
            for (hour, _), some in zip(hours, journeys) if any(oracle.durations(one) for one in some)
        ],
        "Runs by verdict": [
            (hour, *(sum(run["verdict"] == word for run in some) for word in words)) for hour, some in hours
        ],
        "Slots without a run": sorted(
            ((j, v, r, n, oracle.moment(first) // 1000, oracle.moment(last) // 1000)
             for _, j, v, r, n, _, first, last in without),
            key=lambda row: (-row[3], row[0], row[2]),
        ),
        "Slowest steps": [(j, s, n, bad, mean, p95, top) for _, j, s, n, bad, _, mean, p95, top in steps],
        "Last failures": [
            tuple(run[name] for name in ("slot_s", "journey", "reason", "message", "attempts", "duration_us", "run"))
            for run in failed[:50]
        ],
    }
    panels = {panel["title"]: panel for panel in dashboard["panels"]}
    differs("grafana: its panels", sorted(panels), sorted(expected))
    for title, panel in panels.items():
        for target in panel["targets"]:
            what = f"grafana, {title}"
            differs(f"{what}: both texts", target["queryText"], target["rawQueryText"])
            columns, seen = ask(file, what, expanded(target["rawQueryText"], since, until, variables))
            differs(f"{what}: its columns of time", [name for name in target["timeColumns"] if name not in columns], [])
            differs(f"{what}, of columns {columns}", seen, expected[title])
    print(f"{len(panels)} panels of the Grafana dashboard")


class Writer:
    """A copy of the database that somebody writes all the time, as a server does."""

    def __init__(self, path, folder):
        self.path = pathlib.Path(folder) / "wayfarer.db"
        copy = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        with opened(path) as file:
            file.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
        copy.execute("CREATE TABLE live (n INTEGER)")
        self.copy, self.over = copy, threading.Event()
        self.thread = threading.Thread(target=self.write)
        self.thread.start()

    def write(self):
        while not self.over.wait(0.01):
            self.copy.execute("INSERT INTO live VALUES (1)")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.copy.close()


def until(what, holds):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = holds()
        if answer:
            return answer
        time.sleep(0.05)
    raise RuntimeError(f"in {PATIENCE} s it did not happen that {what}")


def fetch(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def check_metadata(path, file):
    told, expected = json.loads(path.read_text(encoding="utf-8")), files.datasette(file)
    of_file = [metadata["databases"]["wayfarer"] for metadata in (told, expected)]
    for part in ("tables", "queries"):
        seen, expect = (metadata.pop(part) for metadata in of_file)
        for name in sorted(set(seen) | set(expect)):
            differs(f"metadata, {part}, {name}", seen.get(name), expect.get(name))
    differs("metadata, what is said of the file", told, expected)


def check_datasette(python, path, metadata, file):
    tell = [python, "-c", "import datasette; print(datasette.__version__)"]
    version = subprocess.run(tell, check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder, Writer(path, folder) as writer:
        log = pathlib.Path(folder) / "log"
        command = [python, "-m", "datasette", "serve", str(writer.path), "-m", str(metadata), "-h", "127.0.0.1",
                   "-p", "0", "--setting", "sql_time_limit_ms", "5000", "--setting", "suggest_facets", "off"]
        with log.open("w") as told:
            server = subprocess.Popen(command, stdout=told, stderr=told)

        def listens():
            if server.poll() is not None:
                raise RuntimeError(f"Datasette ended:\n{log.read_text()}")
            return re.search(r"running on (http://127\.0\.0\.1:\d+)", log.read_text())

        try:
            url = until("Datasette listens", listens)[1]
            for name, (_, sql) in files.queries().items():
                columns, rows = ask(file, name, sql)
                answer = json.loads(fetch(f"{url}/wayfarer/{name}.json?_shape=arrays"))
                differs(f"datasette, {name}: columns", answer["columns"], columns)
                if name != "certificates-that-expire":  # it tells of now
                    differs(f"datasette, {name}", [tuple(row) for row in answer["rows"]], rows)
                differs(f"datasette, {name}: answers rows", bool(rows) or name not in NEVER_EMPTY, True)
            some = json.loads(fetch(f"{url}/wayfarer/why-runs-failed.json?_shape=array&tenant=globex&journey=down"))
            differs("datasette: parameters", {row["journey"] for row in some}, {"down"})
            page = fetch(f"{url}/wayfarer")
            differs("datasette: the page names every view",
                    [name for name in files.sentences() if f">{name}<" not in page], [])
            for path in ("/token", "/attempt", "/named_attempt", "?sql=SELECT+1"):
                differs(f"datasette: {path} is kept back", status(f"{url}/wayfarer{path}"), 403)
            private = [name for name in ("token", "attempt", "named_attempt") if f"/wayfarer/{name}\"" in page]
            differs("datasette: private tables on the page", private, [])
            # What is committed while it reads is seen.
            def count():
                return json.loads(fetch(f"{url}/wayfarer/live.json?_size=0"))["filtered_table_rows_count"]

            begun = count()
            until("Datasette sees new commits", lambda: count() > begun)
        finally:
            server.terminate()
            server.wait(PATIENCE)
    print(f"{len(files.queries())} ready queries of Datasette {version}, beside a writer")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, usage=argparse.SUPPRESS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("database", type=pathlib.Path)
    parser.add_argument("metadata", type=pathlib.Path)
    parser.add_argument("--datasette", metavar="PYTHON")
    given = parser.parse_args()
    file = opened(given.database)
    check_metadata(given.metadata, file)
    rows = oracle.Rows(file)
    check_queries(given.database, file, rows)
    check_grafana(file, rows)
    if given.datasette:
        check_datasette(given.datasette, given.database, given.metadata, file)
    if wrong:
        raise SystemExit("\n".join([f"{len(wrong)} differ:", *wrong]))


if __name__ == "__main__":
    main()
