"""The application of the tests: prints what it finds, as JSON lines, and never a value itself.

python3 report.py [--stay] PATH... env:NAME...    --stay: then wait for SIGTERM, as a server does
"""

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path


def report(path: str) -> dict[str, object]:
    """Describe one file as the kernel shows it to this process."""
    found: dict[str, object] = {"path": path}
    try:
        file = Path(path)
        status = file.stat()
        found["owner"] = f"{status.st_uid}:{status.st_gid}"
        found["mode"] = f"{status.st_mode & 0o7777:04o}"
        found["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        found["error"] = error.strerror
    return found


def report_variable(name: str) -> dict[str, object]:
    """Describe one variable of this process."""
    value = os.environb.get(name.encode())
    return {"variable": name, "sha256": None if value is None else hashlib.sha256(value).hexdigest()}


def main() -> None:
    """Say when and as whom it runs, then each file and each variable."""
    started = time.time()
    paths = [each for each in sys.argv[1:] if each != "--stay"]
    print(json.dumps({"started": started, "user": f"{os.getuid()}:{os.getgid()}", "groups": os.getgroups()}))
    for path in paths:
        name = path.removeprefix("env:")
        print(json.dumps(report(path) if name == path else report_variable(name)), flush=True)
    sys.stdout.flush()
    if "--stay" in sys.argv:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        while True:
            signal.pause()


main()
