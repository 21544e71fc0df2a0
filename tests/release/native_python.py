"""A plugin for pytest in the emulator: what a test starts by sys.executable is this machine's Python.

The emulator's own file is for arm64, which the kernel of this machine does not start: the tests' Vault is begun so.
"""

import os
import sys

sys.executable = os.environ["OMAMORI_NATIVE_PYTHON"]
