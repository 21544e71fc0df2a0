"""The keeper of one run: a small process that outlives the test runner, if only to clean up after it.

The runner starts it with a pipe, the lifeline, on its standard input. The keeper makes the run's folder and an *init*
process in a PID, mount and (if asked) network namespace of its own, in which everything of the run is started. When
the lifeline ends, and the kernel ends it however the runner died, SIGKILL included, the keeper

 (1) kills init: the kernel then kills every process of that PID namespace, however deep, daemonized or ignorant of
     signals, and with the last one go its mounts, its network namespace and both ends of the veth pair;
 (2) removes the run's cgroups, then its folder.

In the mount namespace /run, /var/lib and /var/log are folders of the run, since containerd, its shims, CNI and the
kubelet write there and only some of it can be configured.

Should the keeper itself be killed, init dies with it (PR_SET_PDEATHSIG; the keeper has one thread, so that "the parent
thread" is "the parent"), and the next run's `leftovers.sweep` does (2).

Runs as a script, by `python -I -S`: standard library and the file beside it alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from identity import identity_of  # type: ignore[import-not-found,unused-ignore]
else:
    from tests.realparts.identity import identity_of

# <sched.h>, <sys/mount.h>, <sys/prctl.h>: Python 3.11 has no names for them
CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1

OWN_FOLDERS = ("run", "run/lock", "var/lib", "var/log")
MASKED = ("run", "var/lib", "var/log")

CLEAN_SECONDS = 30.0


def main() -> int:
    """Keep one run: arguments are its folder, `own-network` or `shared-network`, and its veth device's name."""
    folder, network, device = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # Ctrl-C ends the runner; the keeper has work to do after that
    os.chdir("/")
    folder.mkdir(mode=0o700)
    for name in (*OWN_FOLDERS, "logs", "home", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    log = os.open(folder / "logs" / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 2)
    try:
        init = start_init(folder, own_network=network == "own-network")
    except OSError as error:
        write_owner(folder, None, device)
        sys.stdout.write(f"{error}\n")
        clean(folder)
        return 1
    write_owner(folder, init, device)
    sys.stdout.write(f"ready {init}\n")
    sys.stdout.flush()
    os.close(1)
    while os.read(0, 1024):
        pass
    try:
        os.kill(init, signal.SIGKILL)
        os.waitpid(init, 0)
        clean(folder)
    except Exception:  # noqa: BLE001 - the folder stays, with the reason in it
        traceback.print_exc()
        return 1
    return 0


def start_init(folder: Path, *, own_network: bool) -> int:
    """Start init and give its pid; raises OSError if the namespaces could not be made."""
    reading, writing = os.pipe()
    call("unshare", CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        try:
            os.close(0)
            os.close(1)
            call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            call("unshare", CLONE_NEWNS | (CLONE_NEWNET if own_network else 0))
            make_mounts(folder)
            os.write(writing, b"ready")
            os.close(writing)
            reap_for_ever()
        except BaseException as error:  # noqa: BLE001 - a forked child must never return into its parent's code
            os.write(writing, str(error).encode())
        os._exit(1)
    os.close(writing)
    answer = os.read(reading, 1000)
    os.close(reading)
    if answer != b"ready":
        os.waitpid(pid, 0)
        raise OSError(f"the run's init did not start: {answer.decode() or 'it was killed'}")
    return pid


def make_mounts(folder: Path) -> None:
    """Make what is mounted in this namespace private to it, and mask the folders that are the run's own in it."""
    call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    for name in MASKED:
        call("mount", os.fsencode(folder / name), b"/" + name.encode(), None, MS_BIND, None)


def reap_for_ever() -> None:
    """Be the parent of what lost its own, as a PID 1 is."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        signal.sigwait({signal.SIGCHLD})


def write_owner(folder: Path, init: int | None, device: str) -> None:
    """Record who cleans this run up, for `leftovers.sweep`."""
    owner = {
        "runner": identity_of(os.getppid()),
        "keeper": identity_of(os.getpid()),
        "init": identity_of(init) if init else None,
        "device": device,
    }
    (folder / "owner.new").write_text(json.dumps(owner))
    (folder / "owner.new").replace(folder / "owner.json")


def clean(folder: Path) -> None:
    """Remove what the kernel does not remove by itself. Init and all processes of the run must be dead.

    Raises after CLEAN_SECONDS if something cannot be removed.
    """
    deadline = time.monotonic() + CLEAN_SECONDS
    device = json.loads((folder / "owner.json").read_text())["device"]
    for root in cgroups_of(folder.name):
        while root.is_dir():
            for path, _, _ in os.walk(root, topdown=False):
                try:
                    Path(path).rmdir()
                except OSError:  # its last process is still on its way out of the cgroup
                    if time.monotonic() > deadline:
                        raise
            time.sleep(0.01)
    # the kernel takes a network namespace down in the background
    while Path("/sys/class/net", device).exists():
        if time.monotonic() > deadline:
            raise OSError(f"the device {device} did not go away with its network namespace")
        time.sleep(0.01)
    shutil.rmtree(folder)


def cgroups_of(run: str) -> list[Path]:
    """The cgroup of a run in each hierarchy that this machine mounts, whether it exists or not."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [Path(fields[1]) / run for fields in mounts if fields[2] in ("cgroup", "cgroup2")]


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library; raises OSError by its errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main())
