"""What each query has to answer, worked out in Python from the rows of v1_runs, v1_attempts, v1_steps, v1_requests and
v1_journeys alone: no roll-up is looked at. `ANSWERS` has a function for each query; it takes the file's rows, the
parameters that are given, and when the question was asked (unix ms)."""

import collections
import datetime
import decimal
import math
from urllib.parse import urlsplit

HOUR, DAY = 3_600_000, 86_400_000
GOOD = ("passed", "degraded")
# Fetched as they are in the views; quantiles of the roll-ups are those of a sketch, see wayfarer-model/src/sketch.rs.
SKETCH_BITS = 6


class Rows:
    """Every row of the views that an answer can be worked out from."""

    def __init__(self, file):
        for view in ("runs", "attempts", "steps", "requests", "journeys"):
            cursor = file.execute(f"SELECT * FROM v1_{view}")
            names = [column[0] for column in cursor.description]
            setattr(self, view, [dict(zip(names, row)) for row in cursor])
        self.by_number = {run["run_number"]: run for run in self.runs}
        versions = ((journey["tenant"], journey["journey"], journey["version"]) for journey in self.journeys)
        self.delays = dict(zip(versions, (journey["delay_ms"] for journey in self.journeys)))

    def delay(self, run):
        """How long after its slot a run of a schedule is due."""
        return self.delays[run["tenant"], run["journey"], run["version"]]

    def slots(self):
        return [run for run in self.runs if run["lane"] == "scheduled"]


def moment(text):
    when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return math.floor((when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)).timestamp()) * 1000


def at(ms):
    when = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


def rounded(value, digits):
    """As SQLite rounds: a tie goes away from zero."""
    if value is None:
        return None
    step = decimal.Decimal(1).scaleb(-digits)
    return float(decimal.Decimal(repr(float(value))).quantize(step, decimal.ROUND_HALF_UP))


def percent(part, whole, digits=3):
    return rounded(100.0 * part / whole, digits) if whole else None


def wilson(part, whole):
    """The interval of a share at 95 %, in percent."""
    share, z = part / whole, 1.959963984540054
    middle = share + z * z / (2 * whole)
    half = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    ends = ((middle - half) / (1 + z * z / whole), (middle + half) / (1 + z * z / whole))
    return tuple(rounded(100 * min(max(end, 0.0), 1.0), 3) for end in ends)


def exact(values, of_hundred):
    """Nearest rank."""
    values = sorted(values)
    return values[(of_hundred * len(values) + 99) // 100 - 1] if values else None


def sketched(values, fraction=0.95):
    """The same as a roll-up tells it: the middle of a bucket, within what was seen."""
    if not values:
        return None
    values = sorted(values)
    value = values[max(1, math.ceil(fraction * len(values))) - 1]
    shift = max(0, value.bit_length() - 1 - SKETCH_BITS)
    low = value >> shift << shift
    return min(max(low + ((1 << shift) - 1) // 2 if shift else value, values[0]), values[-1])


def worst(groups):
    """The largest p95 of groups of durations."""
    return max((sketched(group) for group in groups if group), default=None)


def grouped(rows, key):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def durations(runs):
    return [run["duration_us"] for run in runs if run["is_good"] and run["duration_us"] is not None]


def periods(runs, length):
    """Durations of good runs, by period."""
    return [durations(part) for part in grouped(runs, lambda run: (run["location"], run["slot_ms"] // length)).values()]


def down(value):
    """Orders from the largest; NULL comes last."""
    return (value is None, -(value or 0))


def up(text):
    """NULL comes first."""
    return (text is not None, text or "")


def fits(given):
    return lambda row: all(given.get(name) in (None, row[name]) for name in ("tenant", "journey") if name in row)


def chosen(rows, given, now, back, of=1):
    """The rows of the period: those whose hour or day (`of`) begins in it."""
    since = moment(given["from_at"]) if "from_at" in given else now // 1000 * 1000 - back
    until = moment(given["until_at"]) if "until_at" in given else math.inf
    return [row for row in rows if fits(given)(row) and since <= row["slot_ms"] // of * of < until]


def hours_of(given, now, back):
    """The same parameters with a period of all hours that it touches."""
    whole = {"from_at": at((moment(given["from_at"]) if "from_at" in given else now - back) // HOUR * HOUR)}
    if "until_at" in given:
        whole["until_at"] = at(-(-moment(given["until_at"]) // HOUR) * HOUR)
    return given | whole


def whose(row):
    return row["tenant"], row["journey"]


def counting(runs):
    return [run for run in runs if run["is_counted"]]


def good(runs):
    return [run for run in runs if run["is_good"]]


def good_first_attempt(runs):
    return [run for run in runs if run["first_verdict"] in GOOD]


def host(url):
    return urlsplit(url).netloc


def week(run):
    day = datetime.date(1970, 1, 1) + datetime.timedelta(days=run["slot_ms"] // DAY)
    return str(day - datetime.timedelta(days=day.weekday()))


def availability_by_week(rows, given, now):
    answer = []
    for (who, monday), runs in sorted(
        grouped(chosen(rows.slots(), given, now, 84 * DAY, DAY), lambda run: (whose(run), week(run))).items()
    ):
        counted = counting(runs)
        failed = [run for run in counted if run["verdict"] == "failed"]
        answer.append((*who, monday, len(counted), len(failed), percent(len(good(counted)), len(counted)),
                       percent(len(counted), len(runs)), len(runs) - len(counted), worst(periods(runs, DAY))))
    return answer


def first_attempt_against_final(rows, given, now):
    answer = []
    for who, runs in grouped(chosen(rows.slots(), given, now, 28 * DAY, DAY), whose).items():
        counted = counting(runs)
        n, at_first, in_the_end = len(counted), len(good_first_attempt(counted)), len(good(counted))
        if counted:
            saved = sum(run["first_verdict"] not in GOOD for run in good(counted))
            answer.append((*who, n, percent(at_first, n), percent(in_the_end, n), percent(in_the_end - at_first, n),
                           percent(n, len(runs)), saved))
    return sorted(answer, key=lambda row: (down(row[5]), row[:2]))


def flaky_journeys(rows, given, now):
    runs = chosen(counting(rows.runs), hours_of(given, now, 7 * DAY), now, 0)
    said = {(a["run_number"], a["attempt"]): a for a in rows.attempts}
    answer = []
    for who, runs in grouped(runs, whose).items():
        flaky = [run for run in good(runs) if run["first_verdict"] not in GOOD]
        why = grouped(flaky, lambda run: tuple(said[run["run_number"], 1][name] for name in ("reason", "message")))
        for reason, some in why.items():
            last = max(run["slot_at"] for run in some)
            share = (percent(len(flaky), len(runs)), *wilson(len(flaky), len(runs)))
            answer.append((*who, len(runs), len(flaky), *share, *reason, len(some), last))
    return sorted(answer, key=lambda row: (down(row[4]), row[:2], -row[9], up(row[7]), up(row[8])))


def slowest_steps(rows, given, now):
    # Of last attempts, and not of runs within maintenance.
    last = {number: run["attempts"] for number, run in rows.by_number.items() if run["maintenance"] is None}
    steps = [
        step for step in chosen(rows.steps, given, now, DAY, HOUR)
        if step["lane"] == "scheduled" and step["attempt"] == last.get(step["run_number"])
    ]
    answer = []
    for who, some in grouped(steps, lambda step: (*whose(step), step["name"])).items():
        passed = [step for step in some if step["outcome"] == "passed"]
        took = [step["duration_us"] for step in passed]
        hours = grouped(passed, lambda step: (step["location"], step["slot_ms"] // HOUR)).values()
        failed, still = (sum(step["outcome"] == word for step in some) for word in ("failed", "open"))
        answer.append((*who, len(some), failed, still, sum(took) // len(took) if took else None,
                       worst([step["duration_us"] for step in hour] for hour in hours), max(took, default=None)))
    return sorted(answer, key=lambda row: (down(row[7]), row[:3]))[: given.get("most", 20)]


def certificates_that_expire(rows, given, now):
    answer = []
    for journey in filter(fits(given), rows.journeys):
        runs = good(run for run in rows.runs if whose(run) == whose(journey))
        if not runs or not journey["is_newest"] or journey["is_removed"]:
            continue
        number = max(runs, key=lambda run: run["slot_ms"])["run_number"]
        seen = [q for q in rows.requests if q["run_number"] == number and q["certificate_expires_ms"] is not None]
        for name, some in grouped(seen, lambda q: host(q["url"])).items():
            first = min(some, key=lambda q: q["certificate_expires_ms"])
            left = first["certificate_expires_ms"] - now // 1000 * 1000
            if left < given.get("days", 30) * DAY:
                answer.append((*whose(journey), name, first["certificate_expires_at"], rounded(left / DAY, 1),
                               first["tls_version"], first["remote_address"], first["slot_at"]))
    return sorted(answer, key=lambda row: (row[4], row[:3]))


def what_changed_between_versions(rows, given, now):
    fitting = list(filter(fits(given), rows.journeys))
    if not fitting:
        return []
    journey = min(fitting, key=lambda j: (-(j["version"] > 1), -j["deployed_ms"], *whose(j)))
    versions = {j["version"]: j for j in rows.journeys if whose(j) == whose(journey)}
    after = given.get("after", max(versions))
    before = given.get("before", after - 1)
    told = {"tenant": "tenant", "journey": "journey", "version": "version", "title": "title", "removed": "is_removed",
            "schedule": "schedule", "timezone": "timezone", "tags": "tags", "component": "component",
            "deployed at": "deployed_at", "deployed by": "deployed_by", "valid from": "valid_from_at"}

    def facts(version):
        if version not in versions:
            return {}
        runs = [run for run in counting(rows.runs) if whose(run) == whose(journey) and run["version"] == version]
        return {what: versions[version][column] for what, column in told.items()} | {
            "runs that count": len(runs),
            "good at first, percent": percent(len(good_first_attempt(runs)), len(runs)),
            "good in the end, percent": percent(len(good(runs)), len(runs)),
            "p50_us": exact(durations(runs), 50),
            "p95_us": exact(durations(runs), 95),
        }

    old, new = facts(before), facts(after)
    return [(what, old.get(what), new.get(what), int(old.get(what) != new.get(what))) for what in new or old]


def usage_by_tenant(rows, given, now):
    del given  # only asked for days that are all there are
    asked = collections.defaultdict(list)
    for request in rows.requests:
        asked[request["tenant"]].append(request)
    begun = grouped([run for run in rows.runs if run["attempts"] > 0], lambda run: run["tenant"])
    tried = grouped(rows.attempts, lambda attempt: attempt["tenant"])
    all_cpu = sum(attempt["cpu_us"] for attempt in rows.attempts)
    answer = []
    for tenant, attempts in tried.items():
        cpu, wall = (sum(attempt[name] for attempt in attempts) for name in ("cpu_us", "duration_us"))
        days = len({run["slot_ms"] // DAY for run in begun[tenant]})
        sent, received = (sum(q[name] for q in asked[tenant]) for name in ("sent_bytes", "received_bytes"))
        answer.append((tenant, days, len(begun[tenant]), len(attempts), len(asked[tenant]), cpu,
                       percent(cpu, all_cpu, 1), wall, sent, received))
    return sorted(answer, key=lambda row: (-row[5], row[0]))


def failing_now(rows, given, now):
    answer = []
    told = [run for run in rows.slots() if run["verdict"] != "cancelled" and run["reason"] not in ("overlap", "group")]
    known = grouped(counting(rows.slots()), whose)
    groups = grouped(chosen(told, given, now, 30 * DAY), whose)
    for journey in rows.journeys:
        runs = sorted(groups.get(whose(journey), []), key=lambda run: run["slot_ms"])
        if not runs or not journey["is_newest"] or journey["is_removed"] or runs[-1]["is_good"]:
            continue
        last_good = max((run["slot_ms"] for run in good(runs)), default=None)
        since = [run for run in runs if last_good is None or run["slot_ms"] > last_good]
        last = runs[-1]
        answer.append((*whose(journey), last["verdict"], last["reason"], last["message"], since[0]["slot_at"], len(since),
                       None if last_good is None else at(last_good), journey["is_paused"], last["run"],
                       max((run["slot_at"] for run in known.get(whose(journey), [])), default=None),
                       percent(len(counting(since)), len(since))))
    return sorted(answer, key=lambda row: (row[5], row[:2]))


def why_runs_failed(rows, given, now):
    bad = [run for run in rows.slots() if run["verdict"] in ("failed", "broken", "inconclusive")]
    why = grouped(chosen(bad, given, now, DAY), lambda run: (*whose(run), run["verdict"], run["reason"], run["message"]))
    answer = []
    for key, runs in why.items():
        runs = sorted(runs, key=lambda run: (run["slot_ms"], run["run"]))
        answer.append((*key, len(runs), runs[0]["slot_at"], runs[-1]["slot_at"], runs[-1]["run"]))
    return sorted(answer, key=lambda row: (-row[5], row[:4], up(row[4])))


def failures_by_fingerprint(rows, given, now):
    bad = [run for run in rows.slots() if run["verdict"] in ("failed", "broken", "inconclusive") and run["fingerprint"]]
    answer = []
    for key, runs in grouped(chosen(bad, given, now, 7 * DAY), lambda run: (*whose(run), run["fingerprint"])).items():
        def last(column):
            return max((run[column] for run in runs if run[column] is not None), default=None)
        told = [last(column) for column in ("reason", "failed_step", "failed_check", "source_file", "source_line")]
        first = min(run["slot_at"] for run in runs)
        answer.append((*key, *told, len(runs), first, last("slot_at"), last("message"), last("run")))
    return sorted(answer, key=lambda row: (-row[8], row[:3]))


def slots_without_a_run(rows, given, now):
    answer = []
    for who, runs in grouped(chosen(rows.slots(), hours_of(given, now, DAY), now, 0), whose).items():
        for reason, some in grouped(runs, lambda run: (run["verdict"], run["reason"])).items():
            slots = [run["slot_at"] for run in some]
            if reason[0] in ("missed", "skipped"):
                answer.append((*who, *reason, len(some), percent(len(some), len(runs)), min(slots), max(slots)))
    return sorted(answer)


def lateness(rows, given, now):
    answer = []
    for who, runs in grouped(chosen(rows.slots(), given, now, DAY), whose).items():
        started = [run for run in runs if run["started_ms"] is not None]
        begun = sorted((run["started_ms"] - run["slot_ms"] - rows.delay(run), run["slot_ms"]) for run in started)
        late = sum(run["reason"] == "grace-exceeded" for run in runs)
        us = [delay * 1000 for delay, _ in begun]
        if us:
            answer.append((*who, len(us), us[0], exact(us, 50), exact(us, 95), us[-1], at(begun[-1][1]), late))
        elif late:
            answer.append((*who, 0, None, None, None, None, None, late))
    return sorted(answer, key=lambda row: (down(row[6]), row[:2]))


def slowest_requests_by_host(rows, given, now):
    requests = [q for q in chosen(rows.requests, given, now, HOUR) if q["lane"] == "scheduled"]
    answer = []
    for key, some in grouped(requests, lambda q: (q["tenant"], host(q["url"]), q["method"])).items():
        answered = [q for q in some if q["status"] is not None]
        took = [q["total_us"] for q in answered]
        phases = ("dns_us", "connect_us", "tls_us", "wait_us", "receive_us")
        means = [sum(q[name] for q in answered) // len(answered) if answered else None for name in phases]
        bad = sum(q["status"] >= 400 for q in answered)
        answer.append((*key, len(some), len(some) - len(answered), bad, exact(took, 50), exact(took, 95),
                       max(took, default=None), *means))
    return sorted(answer, key=lambda row: (down(row[7]), row[:3]))


def hourly_p95_against_last_week(rows, given, now):
    back = given.get("days_before", 7) * DAY
    before = grouped(rows.slots(), lambda run: (*whose(run), run["location"], run["slot_ms"] // HOUR * HOUR))
    hours = grouped(chosen(rows.slots(), given, now, DAY, HOUR),
                    lambda run: (*whose(run), run["location"], run["slot_ms"] // HOUR * HOUR))
    answer = []
    for (*who, hour), runs in sorted(hours.items()):
        counted = counting(runs)
        p95, old = sketched(durations(runs)), sketched(durations(before.get((*who, hour - back), [])))
        change = None if p95 is None or old is None else percent(p95 - old, old, 1)
        answer.append((*who, at(hour), len(counted), percent(len(good(counted)), len(counted)), p95, old, change))
    return answer


def last_runs_of_a_journey(rows, given, now):
    fitting = list(filter(fits(given), rows.journeys))
    if not fitting:
        return []
    journey = min(fitting, key=lambda j: (-j["deployed_ms"], -j["version"], *whose(j)))
    runs = sorted((run for run in rows.runs if whose(run) == whose(journey)),
                  key=lambda run: (-run["slot_ms"], -run["run_number"]))
    columns = ("tenant", "journey", "slot_at", "lane", "version", "verdict", "reason", "first_verdict", "attempts",
               "duration_us", "message", "run")
    return [tuple(run[name] for name in columns) for run in runs[: given.get("most", 20)]]


ANSWERS = {
    name.replace("_", "-"): answer
    for name, answer in list(globals().items())
    if getattr(answer, "__code__", None) and answer.__code__.co_varnames[:3] == ("rows", "given", "now")
    and name != "chosen"
}
