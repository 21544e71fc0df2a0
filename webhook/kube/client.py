"""Read and write objects of a cluster as raw JSON, with the official client.

Facts
- The client's typed models drop unknown fields, so its generic calls are used.
- Its discovery caches in a file with a guessable name in the temporary folder, so it is not used.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import urllib3
from kubernetes.client import ApiClient, ApiException
from kubernetes.dynamic import DynamicClient

from vault.connection_diagnoses import diagnose
from vault.contract.shown import shown
from webhook.kube.connection import connect
from webhook.kube.errors import MOST_WORDS, ClusterConflict, ClusterFailed, ClusterRefused

PAGE = 500
# a dry run calls all matching webhooks, one after the other
DRY_RUN_SECONDS = 30.0
SECONDS = 30.0
_NOT_FOUND = 404
_CONFLICT = 409
_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"

Object = dict[str, Any]
_calls = logging.getLogger("omamori.calls")


class Cluster:
    """A cluster, found like kubectl does: by a kubeconfig, or by the ServiceAccount of our own Pod."""

    def __init__(self, kubeconfig: str | None = None, context: str | None = None, seconds: float = SECONDS) -> None:
        """Set up without connecting. `kubeconfig` may be several paths, as in KUBECONFIG; None is ~/.kube/config.

        `context` None is the current one; a call times out after `seconds`. Raises ClusterFailed.
        """
        generic: Any = DynamicClient  # which has no types
        self._client = generic(connect(kubeconfig, context), discoverer=lambda _client, _cache_file: None)
        self._host = str(self._client.configuration.host)
        self._resources = cache(self._read_resources)
        self._seconds = seconds

    def list_objects(self, api_version: str, kind: str, namespace: str) -> list[dict[str, Any]] | None:
        """Return all objects of a kind in a namespace. None: this API has no such kind. Raises ClusterFailed."""
        name = self._resources(api_version).get(kind)
        if name is None:
            return None
        path = f"{_root(api_version)}/namespaces/{namespace}/{name}"
        # only the list has apiVersion and kind, not its items
        return [{"apiVersion": api_version, "kind": kind, **each} for each in self.items(path)]

    def items(self, path: str, label_selector: str | None = None) -> Iterator[Object]:
        """Yield the objects of the list at a path, page by page; none if the list is missing. Raises ClusterFailed."""
        page = ""
        while True:
            answer = self._get(path, limit=PAGE, _continue=page or None, label_selector=label_selector) or {}
            yield from answer.get("items") or ()
            page = (answer.get("metadata") or {}).get("continue") or ""
            if not page:
                return

    def now(self) -> datetime:
        """Return the API server's time, in whole seconds. Raises ClusterFailed."""
        try:
            return parsedate_to_datetime(self._send("get", "/version").headers["Date"])
        except (KeyError, ValueError) as error:
            raise translate(ValueError(), self._host) from error

    def read(self, path: str) -> Object | None:
        """Return the object at a path of the API. None: there is none. Raises ClusterFailed."""
        return self._get(path)

    def create(self, folder: str, body: Object, *, dry_run: bool = False) -> Object:
        """Create an object, or only simulate it with `dry_run`. Returns the resulting object.

        Raises ClusterConflict if an object of that name exists, and ClusterFailed.
        """
        query = [("dryRun", "All")] if dry_run else []
        seconds = max(self._seconds, DRY_RUN_SECONDS) if dry_run else self._seconds
        return self._call("post", folder, body=body, query_params=query, _request_timeout=seconds) or {}

    def replace(self, path: str, body: Object) -> None:
        """Replace the object with this resourceVersion. Raises ClusterConflict and ClusterFailed."""
        self._call("put", path, body=body)

    def apply(self, path: str, body: Object, manager: str) -> None:
        """Apply exactly these fields by server-side apply, and take over their ownership. Raises ClusterFailed."""
        owner = [("fieldManager", manager), ("force", "true")]
        self._call("patch", path, body=body, content_type=_APPLY, query_params=owner)

    @property
    def api_client(self) -> ApiClient:
        """The underlying official client, for leader election."""
        client: ApiClient = self._client.client
        return client

    def _read_resources(self, api_version: str) -> dict[str, str]:
        """Return the resource names of an API's namespaced kinds, by kind."""
        answer = self._get(_root(api_version)) or {}
        return {
            each["kind"]: each["name"]
            for each in answer.get("resources") or ()
            if each["namespaced"] and "/" not in each["name"]
        }

    def _get(self, path: str, **parameters: Any) -> Object | None:
        """Return the answer. None: not found."""
        try:
            return self._call("get", path, **parameters)
        except ClusterRefused as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def _call(self, method: str, path: str, **parameters: Any) -> Object | None:
        try:
            found = json.loads(self._send(method, path, **parameters).data)
        except ValueError as error:
            raise translate(error, self._host) from None
        return found if isinstance(found, dict) else None

    def _send(self, method: str, path: str, **parameters: Any) -> Any:
        usual = {"query_params": [], "header_params": {}, "content_type": _JSON, "_request_timeout": self._seconds}
        started = time.monotonic()
        try:
            answer = self._client.request(method, path, serialize=False, **usual | parameters)
        except (ApiException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            _log_call(method, path, getattr(error, "status", None) or "no answer", started)
            raise translate(error, self._host) from None
        _log_call(method, path, answer.status, started)
        return answer


def _log_call(method: str, path: str, status: object, started: float) -> None:
    _calls.debug("the API server: %s %s: %s, %.0f ms", method, path, status, (time.monotonic() - started) * 1000)


def translate(error: Exception, host: str) -> ClusterFailed:
    """Translate an error. Of the server's answer only the message is shown, which names users and objects."""
    status = getattr(error, "status", 0)
    if isinstance(error, ApiException) and status:
        kind = ClusterConflict if status == _CONFLICT else ClusterRefused
        words = shown(_message(error), MOST_WORDS)
        return kind(f"the API server {host} refuses: {words} ({status})", status, words)
    if isinstance(error, ValueError):
        return ClusterFailed(f"the server at {host} is not a Kubernetes API server")
    found = diagnose(error, host)
    return ClusterFailed(f"the API server {host} {found.what}; is the context right (KUBECONFIG, --context)?")


def _message(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, TypeError, KeyError):
        return str(error.reason)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
