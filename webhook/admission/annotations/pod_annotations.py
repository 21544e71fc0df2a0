"""The table of the annotations for a whole Pod, one row each, and the parsed request of a Pod's author.

A field that is a row says its name, its parser, what it means and an example: the parsers read by these rows, and the
tables of docs/annotations.md are made of them. What is parsed is well formed; whether this Pod can have it is for
planning to say. None means that the author left the choice to the administrator's settings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from webhook.admission.annotations import parsers
from webhook.admission.annotations.secret_annotations import (
    EnvFromSpec,
    EnvSpec,
    FileSpec,
    OpenDirectory,
    PlacedFile,
    TemplateSpec,
    TokenSpec,
    VariablesSpec,
)
from webhook.admission.annotations.values import (
    USUAL_CONTAINER,
    USUAL_LOGIN,
    AgentConfiguration,
    AgentContainer,
    Delivery,
    Login,
    Mode,
    OnChange,
    Position,
    VaultRole,
)
from webhook.config.directories import parse_directory
from webhook.config.row import row
from webhook.config.settings import DEFAULT_DIRECTORY, DEFAULT_ROLE_PATTERN, Start

__all__ = [
    "EnvFromSpec",
    "EnvSpec",
    "FileSpec",
    "InjectionSpec",
    "OpenDirectory",
    "PlacedFile",
    "TemplateSpec",
    "TokenSpec",
    "VariablesSpec",
]


@dataclass(frozen=True, slots=True, eq=False)
class InjectionSpec:
    """All of it. `annotations` is what it was parsed from: where they are equal, so is all else.

    What is no row is for dialects other than our own: `login` and `container` are what such an author says of our
    login and our container; `serves_init_containers`: the init containers behind ours get files as well;
    `shares_processes`: the Pod shall share its process namespace; `configuration` says in the Pod which files there are
    in the `directories`, and by which role; `renamed` are the names of annotations that stand for a row of ours, by the
    row's name.
    """

    annotations: tuple[tuple[str, str], ...]
    files: tuple[FileSpec, ...] = ()
    variables: tuple[EnvSpec, ...] = ()
    variable_sets: tuple[EnvFromSpec, ...] = ()
    templates: tuple[TemplateSpec, ...] = ()
    tokens: tuple[TokenSpec, ...] = ()
    directories: tuple[OpenDirectory, ...] = ()
    role: str | None = row(
        "role",
        parsers.parse_role,
        None,
        f"the Vault role; default: the administrator's pattern (`{DEFAULT_ROLE_PATTERN.text}`)",
        example="shop.checkout",
    )
    vault: str | None = row(
        "vault", parsers.parse_vault, None, "the Vault's name; default: the administrator's first", example="eu-west"
    )
    containers: tuple[str, ...] | None = row(
        "containers",
        parsers.parse_names,
        None,
        "containers that get files and variables; default: `spec.containers` that no tool added",
        example="app,worker",
    )
    mode: Mode = row(
        "mode",
        parsers.parse_running,
        "init",
        "`init`: fetch once, before the application; `sidecar`: also keep secrets fresh; see below",
        example="sidecar",
    )
    start: Start | None = row(
        "start",
        parsers.parse_start,
        None,
        "how mode `init` runs: `init`, an init container; `fast`, a native sidecar that stays and does nothing, behind "
        "which the application starts a second earlier; default: the administrator's choice (`init`); see below",
        example="fast",
    )
    on_change: OnChange | None = row(
        "on-change",
        parsers.parse_on_change,
        None,
        "what a sidecar does after a change, besides writing the files; default: nothing; see below",
        example="signal=HUP process=nginx",
    )
    refresh_seconds: int | None = row(
        "refresh",
        parsers.parse_duration,
        None,
        "approximate interval at which a sidecar checks for changes; default: 60s",
        example="5m",
    )
    env_delivery: Delivery = row(
        "env-delivery",
        parsers.parse_delivery,
        "kubelet",
        "what sets variables: the kubelet; a launcher in front of the command (`exec`); or the launcher where a "
        "container states its command, and else the kubelet (`auto`); see below",
        example="exec",
    )
    position: Position = row(
        "position",
        parsers.parse_position,
        Position(),
        "position of omamori's container among the init containers; default: first",
        example="after:migrate",
    )
    run_as_user: int | None = row(
        "run-as-user",
        parsers.parse_user,
        None,
        "the user of the application's image, if the Pod does not set it: files then belong to it, with mode 0400",
        example="1000",
    )
    resources: tuple[tuple[str, str], ...] = row(
        "resources",
        parsers.parse_resources,
        (),
        "requests and limits of omamori's container",
        example="cpu=50m memory=64Mi",
    )
    directory: str | None = row(
        "dir",
        parse_directory,
        None,
        f"directory of the files; default: the administrator's choice (`{DEFAULT_DIRECTORY}`)",
        example="/srv/secrets",
    )
    warnings: tuple[str, ...] = ()
    login: Login = USUAL_LOGIN
    container: AgentContainer = USUAL_CONTAINER
    serves_init_containers: bool = False
    shares_processes: bool = False
    configuration: AgentConfiguration | None = None
    renamed: tuple[tuple[str, str], ...] = ()

    def annotation_of(self, name: str) -> str:
        """Return the annotation that says what the row `name` says."""
        return dict(self.renamed).get(name, f"omamori.dev/{name}")

    @property
    def secrets(self) -> tuple[FileSpec | EnvSpec | EnvFromSpec, ...]:
        """What is asked for by its path in Vault."""
        return (*self.files, *self.environment)

    @property
    def environment(self) -> tuple[VariablesSpec, ...]:
        """What becomes environment variables."""
        return (*self.variables, *self.variable_sets)

    @property
    def placed(self) -> tuple[PlacedFile, ...]:
        """What becomes a file."""
        return (*self.files, *self.templates, *self.tokens, *self.directories)

    @property
    def asked(self) -> tuple[PlacedFile | VariablesSpec, ...]:
        """All that is asked for, as a file or as a variable."""
        return (*self.placed, *self.environment)

    def vault_role_of(self, secret: PlacedFile | VariablesSpec) -> VaultRole:
        """Return which Vault and role a secret is read by: its own, or else the Pod's."""
        return VaultRole(secret.vault or self.vault, secret.role or self.role)

    @property
    def vault_roles(self) -> tuple[VaultRole, ...]:
        """The Vaults and roles that are asked for, each once."""
        return tuple(dict.fromkeys(self.vault_role_of(each) for each in self.asked))

    @property
    def vaults(self) -> dict[str | None, str]:
        """The Vaults that are asked for, by name, None the default one; each with the annotation that asks for it."""
        found: dict[str | None, str] = {}
        for each in self.asked:
            found.setdefault(each.vault or self.vault, each.annotation if each.vault else self.annotation_of("vault"))
        return found

    def part_of(self, wanted: VaultRole) -> InjectionSpec:
        """Return the part that is read by one Vault and role."""
        return replace(
            self,
            files=tuple(each for each in self.files if self.vault_role_of(each) == wanted),
            variables=tuple(each for each in self.variables if self.vault_role_of(each) == wanted),
            variable_sets=tuple(each for each in self.variable_sets if self.vault_role_of(each) == wanted),
            templates=tuple(each for each in self.templates if self.vault_role_of(each) == wanted),
            tokens=tuple(each for each in self.tokens if self.vault_role_of(each) == wanted),
        )

    @property
    def has_single_files(self) -> bool:
        """Whether a file is mounted by itself, and not its directory."""
        return any(each.is_single for each in self.placed)

    @property
    def asks(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.asked)

    @property
    def read_volumes(self) -> frozenset[str]:
        """The Pod's volumes of which it matters what is in them: those of templates, and of a token for AWS."""
        aws = self.login.aws
        return self.template_volumes | {aws.volume} if aws and aws.volume else self.template_volumes

    @property
    def template_volumes(self) -> frozenset[str]:
        """The Pod's volumes that templates are in, or may be."""
        found = [each.volume for each in self.templates if each.volume]
        sources = self.configuration.sources if self.configuration is not None else ()
        return frozenset([*found, *(volume for _, volume, _ in sources)])
