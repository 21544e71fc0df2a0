"""Assemble an image's file tree from the machine it runs on: an interpreter, its libraries, and the modules it needs.

    python3 -I assemble.py /image --modules modules.txt --package vault --into /opt/omamori     the program in the Pod
    python3 -I assemble.py /image --whole --package packages --into /opt/omamori                the webhook

Runs in the build stage of an image, on any Debian with Python and certificates; what it leaves is all that the image
has: no shell, no package manager. Modules are compiled, without docstrings and without their sources.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import py_compile
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

# of no use in a server: tests, graphical toolkits, installers, and the documentation of the language itself
USELESS = frozenset(
    ["test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "distutils", "pydoc_data", "venv"]
)
COMMAND = "usr/bin/omamori-agent"  # the start script, for `kubectl exec`
LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x[0-9a-f]+\)")
CERTIFICATES = Path("/etc/ssl/certs")
HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def stdlib_files(modules: Iterable[str]) -> Iterator[Path]:
    """Give the files of the modules of the standard library; what is built in has none."""
    for name in modules:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise SystemExit(f"there is no module {name} here")
        if spec.has_location and spec.origin is not None:
            yield Path(spec.origin)


def whole_stdlib() -> Iterator[Path]:
    """Give every file of the standard library that may be of use, compiled modules and libraries alike."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.suffix in {".py", ".so"} and not USELESS & set(parts) and "-packages" not in parts[0]:
            yield path


def install(source: Path, target: Path) -> None:
    """Copy a file; a module is compiled next to where it would stand, without its source."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".py":
        shown = str(target)  # in tracebacks
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(source), str(target.with_suffix(".pyc")), shown, doraise=True, optimize=2, invalidation_mode=mode
        )
    else:
        shutil.copy(source, target)


def libraries(files: Iterable[Path]) -> Iterator[Path]:
    """Give the shared libraries that programs and libraries need, the loader among them."""
    for file in files:
        listed = subprocess.run(["ldd", file], capture_output=True, text=True, check=False)
        yield from (Path(found) for found in LIBRARY.findall(listed.stdout))


def install_interpreter(image: Path, files: Iterable[Path]) -> None:
    """Install the interpreter, files of the standard library, and every library that they need, where they are here."""
    interpreter = Path(sys.executable).resolve()
    binaries = [interpreter]
    install(interpreter, image / interpreter.relative_to("/"))
    for file in files:
        install(file, image / file.relative_to("/"))
        if file.suffix == ".so":
            binaries.append(file)
    # by this file and this folder the interpreter knows where its own are; the module os itself is built in
    landmark = Path(sysconfig.get_path("stdlib")) / "os.py"
    install(landmark, image / landmark.relative_to("/"))
    dynload = Path(sysconfig.get_path("platstdlib")) / "lib-dynload"
    (image / dynload.relative_to("/")).mkdir(parents=True, exist_ok=True)
    install_libraries(image, binaries)
    link = image / "usr/bin/python3"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(interpreter)


def install_libraries(image: Path, binaries: Iterable[Path]) -> None:
    """Install the libraries that binaries need, by the name that they ask for."""
    for library in set(libraries(binaries)):
        install(library.resolve(), image / library.relative_to("/"))


def install_package(image: Path, source: Path, into: str) -> None:
    """Install a folder of Python code, compiled; other files as they are. Tests of packages stay out."""
    target = image / into.lstrip("/") / source.name if (source / "__init__.py").exists() else image / into.lstrip("/")
    binaries = []
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.is_dir() or "__pycache__" in relative.parts or "tests" in relative.parts or relative.parts[0] == "bin":
            continue
        if path.name == "start.py":
            shutil.copy(path, _made(target / relative))  # a script is run by its source
        else:
            install(path, target / relative)
        if ".so" in path.name:
            binaries.append(path)
    install_libraries(image, binaries)


def install_command(image: Path, into: str) -> None:
    """Make the start script a command."""
    script = Path(into) / "vault/agent/start.py"
    (image / script.relative_to("/")).chmod(0o755)
    (image / COMMAND).symlink_to(script)


def install_system(image: Path) -> None:
    """Install the certificates that OpenSSL finds by their hash, and how names are looked up."""
    for file in CERTIFICATES.iterdir():
        if HASHED.fullmatch(file.name):
            shutil.copy(file.resolve(), _made(image / file.relative_to("/")))
    _made(image / "etc/nsswitch.conf").write_text("hosts: files dns\n")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def main() -> int:
    """Assemble the tree."""
    parser = argparse.ArgumentParser(description="Assemble the file tree of an image.")
    parser.add_argument("image", type=Path, help="an empty folder")
    parser.add_argument("--modules", type=Path, help="a list of modules of the standard library, one a line")
    parser.add_argument("--whole", action="store_true", help="the whole standard library")
    parser.add_argument("--package", type=Path, required=True, help="our code")
    parser.add_argument("--into", required=True, help="where our code goes")
    arguments = parser.parse_args()
    os.umask(0o022)
    if arguments.whole:
        files = list(whole_stdlib())
    else:
        lines = arguments.modules.read_text().splitlines()
        names = [line.partition("#")[0].strip() for line in lines]
        known = [name for name in names if name and name != "__main__" and not name.startswith("vault")]
        optional = {line.partition("#")[0].strip() for line in lines if "#" in line}  # of some versions of Python
        files = list(stdlib_files(name for name in known if name not in optional or importlib.util.find_spec(name)))
    install_interpreter(arguments.image, files)
    install_package(arguments.image, arguments.package, arguments.into)
    if not arguments.whole:
        install_command(arguments.image, arguments.into)
    install_system(arguments.image)
    return 0


if __name__ == "__main__":
    sys.exit(main())
