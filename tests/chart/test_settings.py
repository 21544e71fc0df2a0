"""Every setting of the webhook has a value in the chart, and the chart's defaults are the webhook's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from tests.support.cluster.rendering import Rendered, kits, render
from tests.support.version import VERSION
from tests.support.webhook.recording import Recording
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.patterns import NamespacePattern, RolePattern
from webhook.config.settings import AgentSettings, ObjectKey, VaultSettings, from_environ
from webhook.sources.chart_values import settings_of_values

pytestmark = pytest.mark.real

IMAGE = f"registry.example.com/omamori/omamori-agent:{VERSION}"
SERVING = {"TLS_CERTIFICATE_FILE": "/tls/tls.crt", "TLS_KEY_FILE": "/tls/tls.key"}
TRUST = "/trust"


def environment(rendered: Rendered) -> dict[str, str]:
    """Give the settings of the webhook's container; each is there once."""
    listed = [each for each in rendered.containers()["webhook"]["env"] if each["name"].startswith(PREFIX)]
    variables = {each["name"]: each["value"] for each in listed}
    assert len(variables) == len(listed) > 0
    return variables


def mounted(rendered: Rendered, folder: Path) -> dict[str, str]:
    """Give the variables, the files that they name being those of the ConfigMap that is mounted there."""
    (mount,) = [each for each in rendered.containers()["webhook"]["volumeMounts"] if each["mountPath"] == TRUST]
    (pod,) = [each for each in rendered.pods() if each["containers"][0]["name"] == "webhook"]
    (volume,) = [each for each in pod["volumes"] if each["name"] == mount["name"]]
    for name, text in rendered["ConfigMap", volume["configMap"]["name"]]["data"].items():
        (folder / name).write_text(text)
    return {name: value.replace(TRUST, str(folder)) for name, value in environment(rendered).items()}


def test_defaults_are_the_webhooks() -> None:
    """With the chart's defaults the webhook has the settings that it has with none."""
    least = {"VAULTS": "main", "VAULT_MAIN_ADDRESS": "https://vault.example.com:8200", "AGENT_IMAGE": IMAGE}
    own = from_environ({f"{PREFIX}{name}": value for name, value in {**least, **SERVING}.items()})

    chart = from_environ(environment(render(kits()["least"])))

    assert [asdict(each) for each in chart] == [asdict(each) for each in own]


@pytest.mark.parametrize("kit", sorted(kits()))
def test_offline(kit: str) -> None:
    """A command that is given the values decides as the webhook that the chart installs with them."""
    unimportant = {"AGENT_IMAGE": IMAGE, **SERVING}
    found = [settings_of_values(kits()[kit]), environment(render(kits()[kit]))]
    decisive = [
        {name: value for name, value in each.items() if not name.endswith(("_CA_FILE", "CLIENT_CA_FILE"))}
        | {f"{PREFIX}{name}": value for name, value in unimportant.items()}
        for each in found
    ]
    offline, installed = (asdict(from_environ(each)[0]) for each in decisive)
    assert offline == installed


def test_no_setting_without_a_value(tmp_path: Path) -> None:
    """With every value set, every variable that the webhook reads is there, and every setting is another one."""
    variables = mounted(render(kits()["everything"]), tmp_path)
    asked = Recording({f"{PREFIX}VAULTS": "name"})
    with suppress(SettingsInvalid):
        from_environ(asked)
    wanted = {name.replace("_VAULT_NAME_", "_VAULT_<NAME>_") for name in asked.read}
    names = {
        name.replace(f"_VAULT_{vault}_", "_VAULT_<NAME>_")
        for name in variables
        for vault in ("MAIN", "EU_WEST", "US", "ASIA")
        if vault in name or "_VAULT_" not in name
    }
    assert names == wanted

    settings, server = from_environ(variables)
    own, own_server = from_environ(environment(render(kits()["least"])))
    constant = {"certificate_file", "key_file"}  # where the chart mounts the Secret
    for made, default in ((settings, own), (settings.agent, own.agent), (server, own_server)):
        same = {each.name for each in fields(made) if getattr(made, each.name) == getattr(default, each.name)}
        assert same <= constant, type(made)


def test_each_value_is_its_setting(tmp_path: Path) -> None:
    """Each value becomes that setting and no other; the default Vault is the first."""
    settings, server = from_environ(mounted(render(kits()["everything"]), tmp_path))

    assert list(settings.vaults) == ["us", "asia", "eu-west", "main"]
    assert settings.default_vault == "us"
    assert settings.vaults["main"] == VaultSettings(
        name="main",
        address="http://vault.example.com:8200",
        auth_kind="jwt",
        auth_mount="cluster-1",
        audience="vault-main",
        vault_k8s_audience="https://kubernetes.default.svc",
        vault_k8s_auth_methods=("approle", "aws"),
        aws_sts_address="https://sts.example.com",
        aws_sts_ca_directory="/etc/ssl/aws",
        namespace=NamespacePattern("team"),
        client_secret="vault-client",
        proxy="http://proxy.example.com:3128",
        proxy_secret="proxy-login",
        ca_pem=kits()["everything"]["vaults"]["main"]["ca"],
        tls_server_name="vault.internal",
        role_pattern=RolePattern("k8s.{namespace}.{service_account}"),
        pod_namespaces=("shop", "mail"),
        insecure=True,
    )
    assert settings.vaults["eu-west"].ca_config_map == ObjectKey("company-ca", "ca.crt")
    assert settings.vaults["asia"].ca_secret == ObjectKey("vault-tls", "ca.crt")
    assert settings.vaults["eu-west"].namespace == NamespacePattern("teams/{namespace}")
    assert settings.vaults["us"].ca_directory == "/etc/ssl/us"
    assert settings.agent == AgentSettings(
        image=f"agents.example.com/team/agent@sha256:1123456789abcdef{'0123456789abcdef' * 3}",
        pull_policy="Always",
        pull_secrets=("registry", "mirror.login"),
        cpu_request="21m",
        cpu_limit="501m",
        memory_request="33Mi",
        memory_limit="65Mi",
        storage_request="11Mi",
        storage_limit="12Mi",
        deadline_seconds=120,
        token_seconds=1200,
        gate="probe",
        gate_seconds=30,
        init_start="fast",
        unset_user=True,
    )
    assert (settings.directory, settings.env_files, settings.allow_restart) == ("/secrets", "require", True)
    assert (settings.allowed_namespaces, settings.denied_namespaces) == (("shop", "mail"), ("kube-public",))
    assert settings.tool_containers == ("fluent-bit",)
    assert settings.vault_k8s
    assert (server.host, server.port, server.log_level, server.drain_seconds) == ("::", 9443, "debug", 20)
    assert Path(server.client_ca_file).read_text() == kits()["everything"]["clientCA"]


def test_nobody_denied() -> None:
    """An empty list of denied namespaces denies none, where no variable at all would deny the usual ones."""
    settings, _ = from_environ(environment(render({**kits()["least"], "namespaces": {"denied": []}})))
    assert settings.denied_namespaces == ()


def test_change_of_a_ca_makes_new_pods() -> None:
    """The webhook reads a CA at start, so another one is another Pod."""
    annotations = []
    for letter in "AB":
        ca = f"-----BEGIN CERTIFICATE-----\n{letter}\n-----END CERTIFICATE-----\n"
        values = {**kits()["least"], "vaults": {"main": {"address": "https://vault.example.com:8200", "ca": ca}}}
        annotations.append(render(values)["Deployment", "omamori"]["spec"]["template"]["metadata"]["annotations"])
    assert annotations[0] != annotations[1]
