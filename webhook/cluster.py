"""Rule: how a cluster is asked for objects: read-only, as raw JSON, by the official client, imported here alone.

Facts
- The client's typed models drop fields that they do not know, so its generic calls are used.
- Its own discovery keeps what it finds in a file of the folder for temporary files, whose name anybody can guess; it is
  not used.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import urllib3
from kubernetes import config
from kubernetes.client import ApiClient, ApiException, Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.dynamic import DynamicClient

from webhook.errors import ClusterFailed, ClusterRefused

PAGE = 500
SECONDS = 30
_NOT_FOUND = 404


class Cluster:
    """A cluster, as kubectl finds it: by a kubeconfig, or by the ServiceAccount of the Pod that this is in."""

    def __init__(self, kubeconfig: str | None = None, context: str | None = None) -> None:
        """Connect to nothing yet. `kubeconfig` may be several paths, as in KUBECONFIG; None is ~/.kube/config.

        `context` None is the current one. Raises ClusterFailed.
        """
        generic: Any = DynamicClient  # which has no types
        self._client = generic(_api_client(kubeconfig, context), discoverer=lambda _client, _cache_file: None)
        self._host = str(self._client.configuration.host)
        self._resources = cache(self._read_resources)

    def list_objects(self, api_version: str, kind: str, namespace: str) -> list[dict[str, Any]] | None:
        """Give all objects of a kind in a namespace; None: this API has no such kind. Raises ClusterFailed."""
        name = self._resources(api_version).get(kind)
        if name is None:
            return None
        path = f"{_root(api_version)}/namespaces/{namespace}/{name}"
        found: list[dict[str, Any]] = []
        page = ""
        while True:
            answer = self._get(path, limit=PAGE, _continue=page or None) or {}
            # an object of a list does not say what it is: the list does
            found += [{"apiVersion": api_version, "kind": kind, **each} for each in answer.get("items") or ()]
            page = (answer.get("metadata") or {}).get("continue") or ""
            if not page:
                return found

    def _read_resources(self, api_version: str) -> dict[str, str]:
        """The names that an API has for its namespaced kinds in paths, by kind."""
        answer = self._get(_root(api_version)) or {}
        return {
            each["kind"]: each["name"]
            for each in answer.get("resources") or ()
            if each["namespaced"] and "/" not in each["name"]
        }

    def _get(self, path: str, **parameters: Any) -> dict[str, Any] | None:
        """Give the answer; None: there is nothing."""
        try:
            answer = self._client.request(
                "get", path, serialize=False, query_params=[], header_params={}, _request_timeout=SECONDS, **parameters
            )
            found = json.loads(answer.data)
        except (ApiException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            if isinstance(error, ApiException) and error.status == _NOT_FOUND:
                return None
            raise translate(error, self._host) from None
        return found if isinstance(found, dict) else None


def translate(error: Exception, host: str) -> ClusterFailed:
    """Give ours for theirs. Of the server's answer only its message is told, which names users and objects."""
    status = getattr(error, "status", 0)
    if isinstance(error, ApiException) and status:
        return ClusterRefused(f"the API server {host} refuses: {_message(error)} ({status})")
    if isinstance(error, ValueError):
        return ClusterFailed(f"what answers at {host} is no API server of Kubernetes")
    return ClusterFailed(f"the API server {host} does not answer: {type(error).__name__}; is the context right?")


def _message(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, TypeError, KeyError):
        return str(error.reason)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _api_client(kubeconfig: str | None, context: str | None) -> ApiClient:
    loading: Any = config  # which has no types
    try:
        client: ApiClient = loading.new_client_from_config(kubeconfig, context, persist_config=False)
    except ConfigException as error:
        inside = None if kubeconfig or context else _in_cluster_client(loading)
        if inside is None:
            raise ClusterFailed(f"no cluster is set up: {error}; set KUBECONFIG, or give --context") from None
        return inside
    except Exception as error:  # noqa: BLE001 - the reader of kubeconfigs fails in any way on what is not one
        raise ClusterFailed(f"the kubeconfig cannot be read: {type(error).__name__}; see KUBECONFIG") from None
    return client


def _in_cluster_client(loading: Any) -> ApiClient | None:
    """Give the client of the Pod that this is in; None: it is in none."""
    settings = Configuration()
    try:
        loading.load_incluster_config(client_configuration=settings)
    except ConfigException:
        return None
    return ApiClient(settings)
