#!/usr/bin/python3 -ISB
"""The start script: `python3 -I -S -B start.py [COMMAND]`; in the image also `omamori-inject [COMMAND]`.

-I keeps the environment and the current directory out of the import path, -S the site packages, -B writes nothing.
Then the path is the standard library alone, and our own packages are added here.
"""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))

# each has a function main(); without a command the Plan says what is done
COMMANDS = {"": "once", "status": "show", "verify": "verify"}

command = " ".join(sys.argv[1:])
if command not in COMMANDS:
    sys.exit(f"there is no command {command!r}, but: {', '.join(filter(None, COMMANDS))}")
__import__(f"vault.injector.{COMMANDS[command]}", fromlist=["main"]).main()
