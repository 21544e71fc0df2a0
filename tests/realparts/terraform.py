"""Terraform, as it is on the machine, with its state in a folder of the run and AWS at moto.

The provider is 700 MB and comes from Terraform's registry. Where that is out of reach, OMAMORI_TERRAFORM_PLUGINS names
a folder that holds it, as `terraform init -plugin-dir` wants it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realparts.dynamodb import CREDENTIALS
from tests.realparts.sandbox import Sandbox, sandbox

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    from tests.realparts.aws import Aws

PROJECT = Path(__file__).parents[2] / "terraform"
SECONDS = 300.0


class TerraformMissing(RuntimeError):
    """There is no Terraform on this machine; the message says how to have one."""


@dataclass(frozen=True, slots=True)
class Terraform:
    """One folder of a configuration, initialized."""

    box: Sandbox
    folder: Path
    variables: dict[str, str] = field(repr=False)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a subcommand. Raises CommandFailed if it ends with another code than 0, unless check is false."""
        command = ["terraform", f"-chdir={self.folder}", *arguments]
        return self.box.run(command, env=self.variables, check=check, seconds=SECONDS)

    @contextlib.contextmanager
    def changed(self, changes: Sequence[tuple[str, str, str]]) -> Iterator[None]:
        """Change this copy of the configuration for a while: in a file, a text that stands there once, to another."""
        before = {file: (self.folder / file).read_text() for file, _, _ in changes}
        for file, old, new in changes:
            text = (self.folder / file).read_text()
            if text.count(old) != 1:
                raise ValueError(f"{old!r} stands {text.count(old)} times in {file}")
            (self.folder / file).write_text(text.replace(old, new))
        try:
            yield
        finally:
            for file, text in before.items():
                (self.folder / file).write_text(text)


@contextlib.contextmanager
def terraform_box() -> Iterator[Sandbox]:
    """Make a run for Terraform: cut off from everything, unless its registry must be asked for the provider."""
    if shutil.which("terraform") is None:
        raise TerraformMissing("there is no `terraform` on the PATH: install 1.9 or later")
    with sandbox(own_network=_plugins() is not None) as box:
        yield box


def terraform(box: Sandbox, configuration: str, cloud: Aws | None = None, main: str | None = None) -> Terraform:
    """Copy our terraform/ into the run and initialize one folder of the copy, such as `modules/storage`.

    With `main` the folder is a new one beside `modules`, with this as its main.tf.
    """
    copy = Path(tempfile.mkdtemp(prefix="terraform-", dir=box.folder))
    shutil.copytree(PROJECT, copy, dirs_exist_ok=True)
    if main is not None:
        (copy / configuration).mkdir()
        (copy / configuration / "main.tf").write_text(main)
    variables = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_CLI_ARGS": "-no-color"}
    if cloud is not None:
        variables |= {**CREDENTIALS, "AWS_ENDPOINT_URL": cloud.endpoint}
    made = Terraform(box, copy / configuration, variables)
    plugins = _plugins()
    made.run("init", *([f"-plugin-dir={plugins}"] if plugins else []))
    return made


def _plugins() -> str | None:
    return os.environ.get("OMAMORI_TERRAFORM_PLUGINS") or None
