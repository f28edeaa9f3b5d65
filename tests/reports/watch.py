"""Presses the keys of `wayfarer test --watch` at a terminal of its own:

    watch.py BINARY FOLDER

FOLDER gets a project of two journeys that fail, because nobody listens where they ask. Exits with 1 where something else is
shown than what each key is for, and prints all that was shown.
"""

import os
import pathlib
import pty
import re
import select
import sys
import time

PATIENCE = 60
binary, folder = sys.argv[1], pathlib.Path(sys.argv[2])
toml = folder / "journey.toml"
toml.write_text('[http-check.home]\nurl = "http://127.0.0.1:9/"\n[http-check.other]\nurl = "http://127.0.0.1:9/x"\n')
environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "NO_COLOR": "1"}
child, terminal = pty.fork()
if child == 0:
    os.chdir(folder)
    os.execve(binary, [binary, "test", "--watch"], environment)
shown, seen = "", 0


def until(text):
    """Reads until the text is shown after all that was waited for before; gives what stood before it."""
    global shown, seen
    end = time.monotonic() + PATIENCE
    while text not in shown[seen:]:
        if time.monotonic() > end:
            sys.exit(f"`{text}` was not shown:\n{shown}")
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 65_536).decode(errors="replace")
            except OSError:
                sys.exit(f"it ended before `{text}`:\n{shown}")
    at = shown.index(text, seen)
    before, seen = shown[seen:at], at + len(text)
    return before


def press(keys):
    os.write(terminal, keys.encode())


def failed(count):
    """Waits for the end of a session in which so many failed, and for the next prompt."""
    before = until("waiting for changes")
    if f"{count} failed" not in before:
        sys.exit(f"{count} should have failed:\n{before}")
    return before


failed(2)
until("p: filter by name")
press("p")
until("names, or parts of names")
press("oth\n")
failed(1)
press("\n")
failed(1)
press("a")
failed(2)
press("f")
failed(2)
press("x")
until("enter: again")
toml.write_text(toml.read_text() + "# changed\n")
until("changed: journey.toml")
failed(2)
press("q")
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
if code != 1:
    sys.exit(f"it ended with {code}")
if not re.search(r"FAIL +home", shown):
    sys.exit(shown)
