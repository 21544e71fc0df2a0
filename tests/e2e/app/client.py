"""A client of PostgreSQL that reads its credentials at each connect, until SIGTERM; it never prints one.

python3 client.py FILE HOST PORT     FILE is JSON with username and password

A line of JSON whenever the user changes and every fifty queries: how many users it was, how many queries went well, how
many failed, and the first words of the last failure.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lib"))

import pg8000.dbapi

FILE, HOST, PORT = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
users = queries = failed = 0
failure = ""


def ask() -> str:
    """Connect with what the file has now, ask who we are, and disconnect."""
    found = json.loads(FILE.read_text())
    connection = pg8000.dbapi.connect(found["username"], HOST, "postgres", PORT, found["password"])
    cursor = connection.cursor()
    cursor.execute("select current_user")
    user = str(cursor.fetchone()[0])
    connection.close()
    return user


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
user = ""
while True:
    before = user
    try:
        user = ask()
        queries += 1
        users += user != before
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test looks for
        failed += 1
        failure = f"{type(error).__name__}: {str(error)[:80]}"
    if user != before or (queries + failed) % 50 == 0:
        told = {"users": users, "queries": queries, "failed": failed, "failure": failure}
        print(json.dumps(told), flush=True)
    time.sleep(0.02)
