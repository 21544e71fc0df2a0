"""Runs the program as init.run does and tells how long each phase took, as JSON on stdout; inside the image's tree."""

import time

ENTERED = time.time()

import os  # noqa: E402
import sys  # noqa: E402

sys.path.append("/opt/omamori")

from vault.agent import fetch, log  # noqa: E402
from vault.agent.api.session import Session  # noqa: E402
from vault.agent.deadline import Deadline  # noqa: E402
from vault.agent.publish import publish  # noqa: E402
from vault.agent.render.render import render_all  # noqa: E402
from vault.contract.wire import from_environment  # noqa: E402

marks = [("start of the process and the interpreter", float(os.environ["STARTED"]), ENTERED)]


def mark(name: str) -> None:
    marks.append((name, marks[-1][2], time.time()))


mark("imports")
plan = from_environment(os.environ)
mark("read the Plan")
deadline = Deadline(60)
session = Session(plan.sessions[0], deadline, log.write)
mark("prepare TLS: the CA")
session.login()
mark("connect, handshake, log in")
fetched: list[fetch.Fetched | None] = [fetch.fetch(session, plan.sessions[0], read) for read in plan.reads]
mark("three reads")
session.end(has_leases=False)
directories = render_all(plan, fetched).directories
mark("render")
publish(directories)
mark("publish")

import json  # noqa: E402

total = marks[-1][2] - marks[0][1]
rows = {"all of it": total, **{name: end - start for name, start, end in marks}}
print(json.dumps({name: round(seconds * 1000, 3) for name, seconds in rows.items()}))
