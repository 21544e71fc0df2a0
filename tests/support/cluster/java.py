"""An image with Java: a runtime of this machine's JDK, cut down to what the programs of tests/e2e/java need."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.realparts.images import build_image

JAVA = "localhost/omamori-java:test"

_PROGRAMS = Path(__file__).parents[2] / "e2e/java"
_MODULES = ("java.base", "jdk.crypto.ec")
_LIBRARY = re.compile(r"(\S+) => (/\S+)")


def build_java(context: Path) -> Path:
    """Assemble the context in a new folder, and give the image's archive."""
    context.mkdir()
    quietly = ("--strip-debug", "--no-man-pages", "--no-header-files")
    subprocess.run(["jlink", "--add-modules", ",".join(_MODULES), *quietly, "--output", context / "jre"], check=True)
    subprocess.run(["javac", "-d", context / "classes", *sorted(_PROGRAMS.glob("*.java"))], check=True)
    libraries = context / "libraries"
    libraries.mkdir()
    for program in ("bin/java", "lib/server/libjvm.so"):
        linked = subprocess.run(["ldd", context / "jre" / program], check=True, capture_output=True, text=True).stdout
        for name, path in _LIBRARY.findall(linked):
            # the image has a libc of its own, of the same Debian
            if name.startswith(("libz.", "libstdc++.", "libgcc_s.")):
                shutil.copy(path, libraries / name)
    return build_image(_PROGRAMS / "Containerfile", context, JAVA)
