"""A publication that is killed behind any of its system calls: one whole set is shown, and the next start fixes all."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.vault.program import FLAGS, ROOT
from tests.support.vault.tracing import ASK_TO_BE_TRACED, Call, Traced, run_traced
from vault.agent.publish import is_published, publish
from vault.agent.render.files import File
from vault.agent.secret import Secret

Sets = Mapping[str, Mapping[str, str]]

FIRST: Sets = {"one": {"a": "1", "f/b": "1", "gone": "1"}, "two": {"c": "1"}}
SECOND: Sets = {"one": {"a": "2", "f/b": "2", "new": "2"}, "two": {"c": "2", "d": "2"}}
_PUBLISH = """
import json, os, sys
sys.path.append(sys.argv[1])
from vault.agent.publish import publish
from vault.agent.render.files import File
from vault.agent.secret import Secret
TRACED
publish({place: [File(name=name, contents=Secret(text.encode()), mode=0o444) for name, text in files.items()]
         for place, files in json.loads(sys.argv[2]).items()})
os._exit(0)
"""


def _files(folder: Path, sets: Sets) -> dict[str, list[File]]:
    return {
        str(folder / place): [File(name=name, contents=Secret(text.encode()), mode=0o444) for name, text in of.items()]
        for place, of in sets.items()
    }


def _publish_killed(folder: Path, sets: Sets, stop_after: int = 0) -> Traced:
    document = json.dumps({str(folder / place): files for place, files in sets.items()})
    script = _PUBLISH.replace("TRACED", ASK_TO_BE_TRACED)
    command = [sys.executable, *FLAGS, "-c", script, str(ROOT), document]
    return run_traced(
        command, {}, lambda call: call.path.startswith(str(folder)), stop_after=stop_after, asks_itself=True
    )


def _folder(tmp_path: Path, name: str, before: Sets) -> Path:
    folder = tmp_path / name
    for place in FIRST:
        (folder / place).mkdir(parents=True)
    publish({place: files for place, files in _files(folder, before).items() if files})
    return folder


def _seen(folder: Path, place: str) -> dict[str, str]:
    """What an application sees of a directory: files that can be read, by their links of the first level."""
    links = [each for each in (folder / place).iterdir() if not each.name.startswith("..")]
    files = [path for link in links for path in ([link] if link.is_file() else sorted(link.rglob("*")))]
    return {str(path.relative_to(folder / place)): path.read_text() for path in files if path.is_file()}


def _at_least(calls: Sequence[Call], sets: Sets) -> None:
    """The trace has what a publication cannot do without, so that no call was missed."""
    names = [call.name for call in calls]
    files = sum(map(len, sets.values()))
    links = len({(place, name.split("/")[0]) for place, of in sets.items() for name in of})
    new = links - len(
        {(place, name.split("/")[0]) for place, of in FIRST.items() for name in of if name in sets[place]}
    )
    assert names.count("mkdir") >= len(sets) + 1
    assert names.count("write") >= files
    assert names.count("fchmod") >= files
    assert names.count("fsync") >= files + 2 * len(sets)
    assert names.count("symlink") >= len(sets) + new
    assert names.count("rename") >= len(sets)


@pytest.mark.parametrize("before", [{}, FIRST], ids=["the first", "a later"])
def test_killed_behind_each_system_call(tmp_path: Path, before: Sets) -> None:
    """Whoever reads sees the old set or the new one ; once more fixes all."""
    whole = _publish_killed(_folder(tmp_path, "whole", before), SECOND)
    assert whole.code == 0
    _at_least(whole.calls, SECOND)

    for stop_after in range(1, len(whole.calls) + 1):
        folder = _folder(tmp_path, str(stop_after), before)
        killed = _publish_killed(folder, SECOND, stop_after)
        assert len(killed.calls) == stop_after
        wanted = _files(folder, SECOND)
        for place in SECOND:
            new = dict(SECOND[place])
            old = dict(before.get(place, {}))
            assert _seen(folder, place) in (old, new), (stop_after, killed.calls[-1])
        pending = {place: files for place, files in wanted.items() if not is_published(place, files)}
        publish(pending)
        for place, files in wanted.items():
            assert is_published(place, files)
            assert _seen(folder, Path(place).name) == SECOND[Path(place).name]
            names = {each.name for each in Path(place).iterdir()}
            assert {name for name in names if not name.startswith("..")} == {
                name.split("/")[0] for name in SECOND[Path(place).name]
            }
            assert {"..data-new", "..link-new"} & names == set()


def test_a_trace_that_finds_too_few_calls_fails(tmp_path: Path) -> None:
    """The check of the trace itself notices a call that is missing."""
    whole = _publish_killed(_folder(tmp_path, "whole", {}), SECOND)
    for name in ("mkdir", "symlink", "rename", "fsync", "write"):
        without = [call for call in whole.calls if call.name != name]
        with pytest.raises(AssertionError):
            _at_least(without, SECOND)
