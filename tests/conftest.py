"""Fixtures for all tests: a certificate authority and a real Vault-compatible server, once a run; figures for people.

Properties are tried on the same examples in each run; HYPOTHESIS_PROFILE=explore looks for new ones, `few` takes less.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import trustme

    from tests.support.vault.server import VaultServer

settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=50)
# where each example takes seconds: in an emulator
settings.register_profile("few", derandomize=True, deadline=None, database=None, max_examples=3)
settings.register_profile("explore", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# what brings a cluster up: one after the other, in one process, since there are never two clusters at once
_ON_A_CLUSTER = (
    "tests/e2e/",
    "tests/ecosystem/live/",
    "tests/install/",
    "tests/realparts/test_cluster.py",
    "tests/soak/test_failover.py",
)
# folders whose tests share their servers
_WITH_SERVERS = ("tests/chart", "tests/integration", "tests/launcher", "tests/release", "tests/terraform")


class Figures:
    """Prints what tests have measured, in the process that prints, as their reports come in."""

    def __init__(self, config: pytest.Config) -> None:
        """Print by the reporter of this run, which comes later."""
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print the figures of a test that has ended."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.when == "teardown" and reporter is not None:
            for name, text in report.user_properties:
                if name == "figure":
                    reporter.write_line(f"\n    {text}")


def pytest_configure(config: pytest.Config) -> None:
    """Print figures, unless this is one of several processes that run tests: those hand their reports on.

    A shell lets what it starts in the background ignore Ctrl-C, and so would every program that a test starts.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Figures(config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Say which tests run in one process, for `--dist loadgroup`: those of a cluster, of a folder, of a file.

    xdist's own marks for that have no effect with pytest 9.2, which no longer reads the name that xdist changes.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    # where there are several processes alone; it has no types
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # noqa: PLC0415

    class ByServers(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            folder = str(PurePath(path).parent)
            return "cluster" if path.startswith(_ON_A_CLUSTER) else folder if folder in _WITH_SERVERS else path

    return ByServers(config, log)


@pytest.fixture
def show(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Print a figure for people, when the test has ended."""
    return lambda text: record_property("figure", text)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The certificate authority that servers of the tests have their certificates from."""
    import trustme  # noqa: PLC0415 - half of the tests need none of this

    return trustme.CA()


@pytest.fixture(scope="session")
def vault_server(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[VaultServer]:
    """A real server; tests/support/vault/server.py says what is in it. Tests add to it, and change nothing in it."""
    from tests.support.vault.server import running_vault  # noqa: PLC0415 - as above

    with running_vault(tmp_path_factory.mktemp("vault"), authority) as server:
        yield server
