"""Makes a database by the product itself: `seed.py WAYFARER FOLDER` leaves FOLDER/data/wayfarer.db.

A server of two tenants walks journeys without code against an HTTP server of this process: one that is well, one that
fails and is retried, one whose retry always helps, one that is slow, one over TLS (where `openssl` is there to make a
certificate), one that is refused, one that overlaps itself. Meanwhile a journey is paused and resumed, and a second
version of it is deployed. Everything waits on what the database shows; nothing on the clock.
"""

import http.server
import os
import pathlib
import signal
import sqlite3
import ssl
import subprocess
import sys
import threading
import time

PATIENCE = 60  # only a failing test waits that long
LOOK = 0.05

RUNNER = """
[server]
grace = "2s"
[tenants.acme]
network.allow = ["127.0.0.1:*"]
{authorities}
[tenants.globex]
network.allow = ["127.0.0.1:*"]
"""


class Target(http.server.BaseHTTPRequestHandler):
    """What the journeys call; the path says how it answers."""

    protocol_version = "HTTP/1.1"
    asked = {}
    lock = threading.Lock()

    def do_GET(self):
        with self.lock:
            number = self.asked[self.path] = self.asked.get(self.path, 0) + 1
        status = 200
        if self.path == "/down" or self.path == "/search" and number % 3 == 0:
            status = 503
        elif self.path == "/orders" and number % 4 in (2, 3):
            status = 500  # two in a row: a first attempt and its retry, or two runs that their retries save
        if self.path == "/stuck":
            time.sleep(1.5)
        elif self.path == "/slow":
            time.sleep(0.03)
        body = b'{"error":"inventory"}' if status >= 400 else b"Welcome"
        self.send_response(status)
        self.send_header("content-type", "application/json" if status >= 400 else "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a connection that the runner gave up, at its end


def listen(context=None):
    """A server on a free port; answers with its URL."""
    server = Listener(("127.0.0.1", 0), Target)
    if context:
        # The handshake belongs to the connection's own thread, else a slow one would hold up all others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"


def secure(folder):
    """A TLS server with a certificate of 20 days, or none where `openssl` is missing."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    leaf = "subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n"
    (folder / "leaf.txt").write_text(leaf, encoding="utf-8")
    commands = [
        ["req", "-x509", *key, "-subj", "/CN=seed authority", "-keyout", "ca.key", "-out", "ca.pem"],
        ["req", "-new", *key, "-subj", "/CN=seed target", "-keyout", "target.key", "-out", "target.csr"],
        ["x509", "-req", "-in", "target.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
         "-days", "20", "-extfile", "leaf.txt", "-out", "target.pem"],
    ]
    try:
        for command in commands:
            subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "target.pem", folder / "target.key")
    return listen(context)


class Runner:
    """A server of the real binary."""

    def __init__(self, wayfarer, folder):
        self.wayfarer, self.folder = wayfarer, folder
        kept = ("PATH", "HOME")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment |= {"WAYFARER_DATA_DIR": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache")}
        self.start()

    def start(self):
        with open(self.folder / "serve.log", "w", encoding="utf-8") as log:
            self.child = subprocess.Popen(
                [self.wayfarer, "serve", "--listen", "127.0.0.1:0"],
                cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=log,
            )
        until("the server listens", self.listens)

    def said(self):
        return (self.folder / "serve.log").read_text(encoding="utf-8")

    def listens(self):
        if self.child.poll() is not None:
            raise SystemExit(f"the server ended:\n{self.said()}")
        for line in self.said().splitlines():
            _, found, url = line.partition("listening on ")
            if found:
                self.environment["WAYFARER_SERVER"] = url.strip()
                return True
        return False

    def call(self, *arguments):
        done = subprocess.run(
            [self.wayfarer, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise SystemExit(f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def deploy(self, tenant, journeys):
        project = self.folder / f"project-{tenant}"
        project.mkdir(exist_ok=True)
        tables = []
        for name, keys in journeys.items():
            keys = {"schedule": "every 1s"} | keys
            lines = [f"{key} = {str(value) if isinstance(value, int) else repr(value)}" for key, value in keys.items()]
            tables.append(f"[http-check.{name}]\n" + "\n".join(lines) + "\n")
        (project / "journey.toml").write_text("\n".join(tables), encoding="utf-8")
        self.call("deploy", "--tenant", tenant, "-C", str(project))

    def until(self, what, sql):
        """Waits until a query answers with a number that is not 0."""
        until(what, lambda: self.ask(sql))

    def ask(self, sql):
        file = sqlite3.connect(f"file:{self.folder}/data/wayfarer.db?mode=ro", uri=True)
        try:
            return file.execute(sql).fetchone()[0]
        finally:
            file.close()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        if self.child.wait(PATIENCE) != 0:
            raise SystemExit(f"the server ended with {self.child.returncode}:\n{self.said()}")


def until(what, holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise SystemExit(f"in {PATIENCE} s it did not happen that {what}")
        time.sleep(LOOK)


def runs(journey, condition, number=1):
    return f"SELECT count(*) >= {number} FROM v1_runs WHERE journey = '{journey}' AND {condition}"


def seed(wayfarer, folder):
    folder.mkdir(parents=True, exist_ok=True)
    plain, tls = listen(), secure(folder)
    authorities = f'network.tls.ca = ["{folder}/ca.pem"]' if tls else ""
    (folder / "wayfarer.toml").write_text(RUNNER.format(authorities=authorities), encoding="utf-8")
    runner = Runner(wayfarer, folder)
    try:
        acme = {
            "front": {"url": f"{plain}/"},
            "orders": {"url": f"{plain}/orders", "retries": 1},
            "slow": {"url": f"{plain}/slow", "max_latency": "10ms", "grace": "1s"},
            "stuck": {"url": f"{plain}/stuck"},
        }
        if tls:
            acme["secure"] = {"url": f"{tls}/account", "certificate_days": 14}
        runner.deploy("acme", acme)
        globex = {
            "search": {"url": f"{plain}/search", "retries": 2, "spread": "900ms"},
            "down": {"url": f"{plain}/down"},
            "gone": {"url": "http://127.0.0.1:1/"},
        }
        runner.deploy("globex", globex)
        runner.until("a run passes", runs("front", "verdict = 'passed'", 2))

        runner.call("pause", "--tenant", "acme", "front", "--note", "a move")
        runner.until("slots are skipped", runs("front", "reason = 'paused'", 2))
        runner.call("resume", "--tenant", "acme", "front")

        # Failures within maintenance count nowhere.
        runner.call("maintenance", "add", "--tenant", "globex", "--journey", "down", "--mode", "mute", "--for", "1h")
        runner.until("runs are muted", runs("down", "maintenance = 1 AND verdict = 'failed' AND NOT is_counted", 2))
        runner.call("maintenance", "end", "1")
        runner.until("they count again", runs("down", "maintenance IS NULL AND is_counted"))

        # The second version of a journey: another address, a budget, another schedule.
        acme["front"] = {"url": f"{plain}/slow", "max_latency": "10ms", "schedule": "every 2s"}
        runner.deploy("acme", acme)
        runner.until("the second version runs", runs("front", "version = 2 AND is_counted", 2))
        runner.until("a retry helps", runs("search", "is_good AND attempts > 1", 2))
        runner.until("a retry does not help", runs("orders", "verdict = 'failed'"))
        runner.until("it works again", runs("orders", "verdict = 'passed'", 2))
        runner.until("a run overlaps", runs("stuck", "reason = 'overlap'", 2))
        runner.until("nobody answers", runs("gone", "verdict <> 'passed'", 2))
        if tls:
            runner.until("TLS is spoken", runs("secure", "verdict = 'passed'", 2))
        runner.call("trigger", "--tenant", "acme", "slow")  # another lane, which no rate counts

        # While no server runs, slots go by, and some are older than their grace when one runs again.
        runner.stop()
        stopped = time.time()
        until("a slot has gone by", lambda: time.time() > stopped + 2.5)
        runner.start()
        runner.until("slots are missed", runs("slow", "reason = 'runner-down'"))
        runner.until("it goes on", "SELECT max(incarnation) = 2 FROM v1_runs WHERE verdict = 'passed'")
    finally:
        if runner.child.poll() is None:
            runner.stop()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    seed(os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve())
