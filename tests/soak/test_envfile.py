"""An env file by its real reader, the kubelet's parser: what we say of a variable is so, whatever is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings

from tests.realparts.kubeenv import EnvFile, env_file
from tests.support.scale import keep, scaled
from tests.support.vault.envfile import Malformed, read_env_file
from tests.support.vault.variables import CONTENTS, VARIABLES, Case, raw, table
from vault.agent.render.envfile import render_env_file
from vault.contract.errors import NotRepresentable

pytestmark = [pytest.mark.real, pytest.mark.timeout(0)]

FILES = scaled(2_000, 50_000)


@pytest.fixture(scope="module")
def kubelet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EnvFile]:
    """The real reader, one process for all cases."""
    with env_file(tmp_path_factory.mktemp("envfile")) as made:
        yield made


def is_carried(kubelet: EnvFile, name: str, value: bytes) -> bool:
    """Whether a container would have the variable if it were written without a thought."""
    [answer] = kubelet.ask(b"%b='%b'\n" % (raw(name), value), [name])
    return answer.environ == environ(name, value)


def environ(name: str, value: bytes) -> bytes:
    """Give the environment of a process that has one variable."""
    return b"%b=%b\0" % (raw(name), value)


@pytest.mark.parametrize("case", table(), ids=lambda case: f"{case.name!r}={case.value[:20]!r}")
def test_the_table_is_true(kubelet: EnvFile, case: Case) -> None:
    """The real reader gives each value that the table has written, and none that it has refused."""
    assert is_carried(kubelet, case.name, case.value) == (case.written is not None)


def test_any_variables(kubelet: EnvFile) -> None:
    """Of any file each variable arrives byte for byte; no variable is refused that would have arrived."""
    count: Counter[str] = Counter()

    @settings(max_examples=FILES)
    @given(VARIABLES)
    def check(variables: dict[str, bytes]) -> None:
        carried = {}
        for name, value in variables.items():
            try:
                render_env_file({name: value})
            except NotRepresentable:
                count["refused"] += 1
                assert not is_carried(kubelet, name, value)
            else:
                carried[name] = value
        answers = kubelet.ask(render_env_file(carried), list(carried))
        assert [each.environ for each in answers] == [environ(*each) for each in carried.items()]
        count["files"] += 1
        count["carried"] += len(carried)

    check()
    keep("envfile", dict(count))
    assert min(count["carried"], count["refused"]) > FILES / 2


@settings(max_examples=FILES)
@given(CONTENTS)
@example(b"A='\xff\r\n'")
def test_the_reading_of_the_fast_tests_is_true(kubelet: EnvFile, contents: bytes) -> None:
    """Of any bytes, the reading that the fast tests go by gives what the real reader gives, and refuses the same."""
    for key, answer in zip("AB", kubelet.ask(contents, ["A", "B"]), strict=True):
        try:
            assert read_env_file(contents, key.encode()) == answer.parsed
        except Malformed:
            assert answer.parsed is None
