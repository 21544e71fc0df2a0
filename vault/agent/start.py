#!/usr/bin/python3 -ISB
"""The start script: `python3 -I -S -B start.py [COMMAND]`; in the image also `omamori-agent [COMMAND]`.

-I keeps the environment and the current directory out of the import path, -S the site packages, -B writes nothing.
Then the path is the standard library alone, and our own packages are added here.

First the process is made non-dumpable (prctl(2), PR_SET_DUMPABLE): otherwise a container that shares the Pod's process
namespace and has the same user could read our files through /proc/PID/root, and the Vault token in /proc/PID/mem. This
also prevents core dumps, including those to a program, which a size limit does not.
"""

import os
import sys

# not the module ctypes, whose types take two milliseconds to be made: a twentieth of the whole start
from _ctypes import call_function, dlopen, dlsym

PR_SET_DUMPABLE = 4

if sys.platform == "linux":
    prctl = dlsym(dlopen(None, 0), "prctl")  # type: ignore[arg-type]  # None: what is loaded already
    if call_function(prctl, (PR_SET_DUMPABLE, 0, 0, 0, 0)) != 0:
        sys.exit("prctl(PR_SET_DUMPABLE) fails: the system does not keep others from our memory")

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))

# each has a function main(); without a command the Plan decides
COMMANDS = {"": "init", "status": "status_command"}

command = " ".join(sys.argv[1:])
if command not in COMMANDS:
    sys.exit(f"there is no command {command!r}, but: {', '.join(filter(None, COMMANDS))}")
__import__(f"vault.agent.{COMMANDS[command]}", fromlist=["main"]).main()
