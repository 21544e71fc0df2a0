"""`omamori policy suggest` of templates: the paths that their texts say, and what is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.vault.access import Ground
from tests.webhook.policy_calls import Call
from tests.webhook.suggested import SECRET, Suggest, granted, written

T = "template.omamori.dev/t"
SHOP = '[[ with secret "secret/data/shop/db" ]][[ .Data.data.x ]][[ end ]]'


def test_paths_of_a_template(suggest: Suggest, tmp_path: Path) -> None:
    """What a template reads, lists and writes is granted, and beside it what files ask for."""
    text = (
        SHOP
        + '[[ secrets "secret/metadata/shop" ]][[ pkiCert "pki/issue/shop" "ttl=1h" ]][[ secret "database/creds/x" ]]'
    )
    annotations = {T: text, "file.omamori.dev/x": "secret/data/shop/mail#password"}
    code, out, told = suggest(written(tmp_path, annotations=annotations))

    assert (code, told) == (0, [])
    assert granted(out)[0][2] == {
        "database/creds/x": "read",
        "pki/issue/shop": "update",
        "secret/data/shop/db": "read",
        "secret/data/shop/mail": "read",
        "secret/metadata/shop": "list",
    }


def test_a_sidecar_watches(suggest: Suggest, tmp_path: Path) -> None:
    """A sidecar watches what a template reads, but not one version of it."""
    annotations = {T: SHOP + '[[ secret "secret/data/old?version=2" ]]', "omamori.dev/mode": "sidecar"}
    code, out, _ = suggest(written(tmp_path, annotations=annotations))
    assert code == 0
    assert granted(out)[0][2] == {"secret/data/old": "read", "secret/data/shop/db": "read watch"}


def test_short_paths_beside_whole_ones(suggest: Suggest, tmp_path: Path) -> None:
    """Where other paths show that a mount is KV version 2, a short path is meant as Consul-Template means it."""
    reads = '[[ secret "secret/shop/app" ]][[ secret "secret/data/whole" ]]'
    text = reads + '[[ secrets "secret/shop" ]][[ secrets "secret" ]]'
    code, out, told = suggest(written(tmp_path, annotations={T: text, **SECRET}))

    assert (code, told) == (0, [])
    assert granted(out)[0][2] == {
        "secret/data/shop/app": "read",
        "secret/data/shop/db": "read",
        "secret/data/whole": "read",
        "secret/metadata/": "list",
        "secret/metadata/shop": "list",
    }


def test_short_paths_alone(suggest: Suggest, tmp_path: Path) -> None:
    """Where nothing shows it, the path is granted as it is, and a warning says what it may mean."""
    code, out, told = suggest(written(tmp_path, annotations={T: '[[ secret "secret/shop/app" ]]'}))

    assert code == 0
    assert granted(out)[0][2] == {"secret/shop/app": "read"}
    (warning,) = told
    assert warning.startswith("warning: shop/checkout: a template names secret/shop/app; if secret is KV version 2")
    assert "--vault-address finds out" in warning


def test_a_vault_knows(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The mounts of a Vault say whether a path is short."""
    ground.enable()
    file = written(tmp_path, annotations={T: f'[[ secret "{ground.mount}/app" ]][[ secret "kv1/app" ]]'})

    assert call("suggest", file) == 0

    out, err = capsys.readouterr()
    assert granted(out)[0][2] == {f"{ground.mount}/data/app": "read", "kv1/app": "read"}
    assert "a template names" not in err


UNKNOWN = {
    "computed": (
        {T: SHOP + "[[ secret .x ]]"},
        [],
        "template.omamori.dev/t: computes paths, which are unknown here; grant them by hand",
    ),
    "in a volume": (
        {T: SHOP, "template.omamori.dev/u": "volume:conf/a"},
        ["  volumes: [{name: conf, configMap: {name: x}}]\n"],
        "template.omamori.dev/u: is a file of the volume conf, so its paths are unknown here",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown_paths(case: str, suggest: Suggest, tmp_path: Path) -> None:
    """A template whose paths cannot be known is named in a warning; what is known is granted."""
    annotations, more, words = UNKNOWN[case]
    file = written(tmp_path, annotations=annotations)
    file.write_text(file.read_text() + "".join(more))
    code, out, told = suggest(file)

    assert code == 0
    assert granted(out)[0][2] == {"secret/data/shop/db": "read"}
    assert any(words in line and line.startswith("warning: ") for line in told), told


def test_nothing_is_known(suggest: Suggest, tmp_path: Path) -> None:
    """Where no path is known at all, there is no file, and the reason is told."""
    code, out, told = suggest(written(tmp_path, annotations={T: "[[ secret .x ]]"}))
    assert (code, out) == (1, "")
    assert "no path is known of what is asked of the Vault main; 1 objects were looked at" in told


def test_a_call_that_cannot_be(suggest: Suggest, tmp_path: Path) -> None:
    """A path that the agent refuses is a problem; the template's other paths are suggested."""
    code, out, told = suggest(written(tmp_path, annotations={T: SHOP + '[[ secret "kv/a#k" ]]'}))
    assert code == 1
    assert granted(out)[0][2] == {"secret/data/shop/db": "read"}
    assert any("template.omamori.dev/t: secret: the path has a" in line for line in told), told


def test_no_template(suggest: Suggest, tmp_path: Path) -> None:
    """A text that no template engine takes is a problem already here, with its line."""
    code, _, told = suggest(written(tmp_path, annotations={T: "x\n\n    [[ if ]]", **SECRET}))
    assert code == 1
    assert any("template.omamori.dev/t: template: template:2: missing value for if" in line for line in told), told
