"""Assemble an image's file tree from the machine it runs on: an interpreter, its libraries, and the modules it needs.

    python3 -I assemble.py /image --modules modules.txt --package vault --into /opt/omamori     the program in the Pod
    python3 -I assemble.py /image --whole --package packages --into /opt/omamori                the webhook

Runs in the build stage of an image, on any Debian with Python and certificates; what it leaves is all that the image
has: no shell, no package manager. Modules are compiled, without docstrings and without their sources.

With --root it is made of the Debian in a folder, of any architecture (deploy/release/debian.py). No program of that
folder is run: the Python that runs this is of another such folder, in the same version.
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
from dataclasses import dataclass
from pathlib import Path

# of no use in a server: tests, graphical toolkits, installers, and the documentation of the language itself
USELESS = frozenset(
    ["test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "distutils", "pydoc_data", "venv"]
)
COMMAND = "usr/bin/omamori-agent"  # the start script, for `kubectl exec`
LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x[0-9a-f]+\)")
NEEDED = re.compile(r"\(NEEDED\) .*\[(.+)\]|program interpreter: (.+)\]")
CERTIFICATES = Path("etc/ssl/certs")
HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


@dataclass(frozen=True, slots=True)
class System:
    """What an image is made of: the system here, or one in a folder."""

    root: Path
    interpreter: Path
    stdlib: Path

    @classmethod
    def here(cls) -> System:
        """Give the system in which this runs."""
        return cls(Path("/"), Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib")))

    @classmethod
    def in_folder(cls, root: Path) -> System:
        """Give the Debian in a folder."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return cls(root, root / "usr/bin" / version, root / "usr/lib" / version)

    @property
    def dynload(self) -> Path:
        """Where the compiled modules of the standard library are."""
        return self.stdlib / "lib-dynload"

    def module(self, name: str) -> Path | None:
        """Give the file of a module of the standard library; what is built in has none. Raises SystemExit."""
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise SystemExit(f"there is no module {name} here")
        if not spec.has_location or spec.origin is None:
            return None
        origin = Path(spec.origin)
        if self.root == Path("/"):
            return origin
        if origin.suffix == ".so":  # its name has the architecture
            (found,) = self.dynload.glob(f"{origin.name.partition('.')[0]}.*.so")
            return found
        return self.stdlib / origin.relative_to(sysconfig.get_path("stdlib"))

    def whole_stdlib(self) -> Iterator[Path]:
        """Give every file of the standard library that may be of use, compiled modules and libraries alike."""
        for path in sorted(self.stdlib.rglob("*")):
            parts = path.relative_to(self.stdlib).parts
            if path.suffix in {".py", ".so"} and not USELESS & set(parts) and "-packages" not in parts[0]:
                yield path

    def libraries(self, files: Iterable[Path]) -> Iterator[Path]:
        """Give the shared libraries that programs and libraries need, the loader among them."""
        if self.root == Path("/"):
            for file in files:
                listed = subprocess.run(["ldd", file], capture_output=True, text=True, check=False)
                yield from (Path(found) for found in LIBRARY.findall(listed.stdout))
            return
        known: dict[str, Path] = {}
        unread = list(files)
        brought = {file.name for file in unread}  # a package may have libraries of its own, which it finds
        (native,) = (self.root / "lib").glob("*-linux-gnu")
        while unread:
            read = subprocess.run(["readelf", "-dlW", unread.pop()], capture_output=True, text=True, check=True)
            for name, loader in NEEDED.findall(read.stdout):
                wanted = loader or name
                if wanted in known or name in brought or name.startswith("ld-linux"):  # the loader, which runs by then
                    continue
                places = [self.root / loader.lstrip("/")] if loader else [native / name, self.root / "lib" / name]
                known[wanted] = next((place for place in places if place.exists()), Path())
                if known[wanted] == Path():
                    raise SystemExit(f"there is no library {wanted} in {self.root}")
                unread.append(known[wanted])
        yield from known.values()


def install(image: Path, source: Path, place: Path | str) -> None:
    """Copy a file to a place of the image; a module is compiled next to where it would stand, without its source."""
    target = _made(image / place)
    if source.suffix == ".py":
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compiled = str(target.with_suffix(".pyc"))
        shown = f"/{place}"  # in tracebacks
        py_compile.compile(str(source), compiled, shown, doraise=True, optimize=2, invalidation_mode=mode)
    else:
        shutil.copy(source, target)


def install_interpreter(image: Path, system: System, files: Iterable[Path]) -> None:
    """Install the interpreter, files of the standard library, and every library that they need, at their places."""
    interpreter = system.interpreter.relative_to(system.root)
    binaries = [system.interpreter]
    install(image, system.interpreter, interpreter)
    for file in files:
        install(image, file, file.relative_to(system.root))
        if file.suffix == ".so":
            binaries.append(file)
    # by this file and this folder the interpreter knows where its own are; the module os itself is built in
    landmark = system.stdlib / "os.py"
    install(image, landmark, landmark.relative_to(system.root))
    (image / system.dynload.relative_to(system.root)).mkdir(parents=True, exist_ok=True)
    install_libraries(image, system, binaries)
    link = _made(image / "usr/bin/python3")
    if not link.exists():
        link.symlink_to(f"/{interpreter}")


def install_libraries(image: Path, system: System, binaries: Iterable[Path]) -> None:
    """Install the libraries that binaries need, by the name that they ask for."""
    for library in set(system.libraries(binaries)):
        install(image, library.resolve(), library.relative_to(system.root))


def install_package(image: Path, system: System, source: Path, into: str) -> None:
    """Install a folder of Python code, compiled; other files as they are. Tests of packages stay out."""
    folder = Path(into.lstrip("/"))
    target = folder / source.name if (source / "__init__.py").exists() else folder
    binaries = []
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.is_dir() or "__pycache__" in relative.parts or "tests" in relative.parts or relative.parts[0] == "bin":
            continue
        if path.name == "start.py":
            shutil.copy(path, _made(image / target / relative))  # a script is run by its source
        else:
            install(image, path, target / relative)
        if ".so" in path.name:
            binaries.append(path)
    install_libraries(image, system, binaries)


def install_command(image: Path, into: str) -> None:
    """Make the start script a command."""
    script = Path(into) / "vault/agent/start.py"
    (image / script.relative_to("/")).chmod(0o755)
    (image / COMMAND).symlink_to(script)


def install_system(image: Path, system: System) -> None:
    """Install the certificates that OpenSSL finds by their hash, and how names are looked up."""
    for file in (system.root / CERTIFICATES).iterdir():
        if HASHED.fullmatch(file.name):
            shutil.copy(file.resolve(), _made(image / CERTIFICATES / file.name))
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
    parser.add_argument("--root", type=Path, help="the Debian in this folder, instead of the system here")
    arguments = parser.parse_args()
    os.umask(0o022)
    system = System.in_folder(arguments.root.resolve()) if arguments.root else System.here()
    if arguments.whole:
        files = list(system.whole_stdlib())
    else:
        lines = arguments.modules.read_text().splitlines()
        names = [line.partition("#")[0].strip() for line in lines]
        known = [name for name in names if name and name != "__main__" and not name.startswith("vault")]
        optional = {line.partition("#")[0].strip() for line in lines if "#" in line}  # of some versions of Python
        wanted = [name for name in known if name not in optional or importlib.util.find_spec(name)]
        files = [file for name in wanted if (file := system.module(name))]
    install_interpreter(arguments.image, system, files)
    install_package(arguments.image, system, arguments.package, arguments.into)
    if not arguments.whole:
        install_command(arguments.image, arguments.into)
    install_system(arguments.image, system)
    return 0


if __name__ == "__main__":
    sys.exit(main())
