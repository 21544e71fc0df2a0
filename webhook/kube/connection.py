"""Find a cluster like kubectl does: by a kubeconfig, or by the ServiceAccount of our own Pod."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import kube_config
from kubernetes.config.config_exception import ConfigException

from vault.contract.shown import shown
from webhook.kube.errors import MOST_WORDS, ClusterFailed


def connect(kubeconfig: str | None, context: str | None) -> ApiClient:
    """Return the official client for a kubeconfig (one or more paths) and a context. Raises ClusterFailed."""
    loading: Any = config  # which has no types
    try:
        client: ApiClient = loading.new_client_from_config(kubeconfig, context, persist_config=False)
    except ConfigException as error:
        inside = None if kubeconfig or context else _in_cluster_client(loading)
        if inside is None:
            raise ClusterFailed(_not_set_up(kubeconfig, context, error)) from None
        return inside
    except Exception:  # noqa: BLE001 - the reader of kubeconfigs fails in any way on what is not one
        named = ", ".join(map(str, _files(kubeconfig)))
        raise ClusterFailed(f"the kubeconfig {named} cannot be read: it is not a kubeconfig; see KUBECONFIG") from None
    return client


def _not_set_up(kubeconfig: str | None, context: str | None, error: ConfigException) -> str:
    """Make the error for a missing kubeconfig, or for one that is incomplete."""
    files = _files(kubeconfig)
    named = ", ".join(map(str, files))
    if not any(file.exists() for file in files):
        return f"no cluster is set up: the kubeconfig {named} does not exist; set KUBECONFIG, or give --kubeconfig"
    what = f"has no complete context {shown(context)}" if context else "cannot be used"
    words = shown(str(error), MOST_WORDS)
    return f"no cluster is set up: the kubeconfig {named} {what}: {words}; set KUBECONFIG, or give --context"


def _files(kubeconfig: str | None) -> list[Path]:
    """Return the paths of the kubeconfig."""
    default: Any = kube_config.KUBE_CONFIG_DEFAULT_LOCATION
    return [Path(each).expanduser() for each in str(kubeconfig or default).split(os.pathsep) if each]


def _in_cluster_client(loading: Any) -> ApiClient | None:
    """Return the client of our own Pod. None: we do not run in a Pod."""
    settings = Configuration()
    try:
        loading.load_incluster_config(client_configuration=settings)
    except ConfigException:
        return None
    return ApiClient(settings)
