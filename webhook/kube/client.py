"""How a cluster is asked for objects, and told of them: raw JSON, by the official client, imported here alone.

Facts
- The client's typed models drop fields that they do not know, so its generic calls are used.
- Its own discovery keeps what it finds in a file of the folder for temporary files, whose name anybody can guess; it is
  not used.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import urllib3
from kubernetes import config
from kubernetes.client import ApiClient, ApiException, Configuration
from kubernetes.client.api.coordination_v1_api import CoordinationV1Api
from kubernetes.config import kube_config
from kubernetes.config.config_exception import ConfigException
from kubernetes.dynamic import DynamicClient
from kubernetes.leaderelection.electionconfig import Config
from kubernetes.leaderelection.leaderelection import LeaderElection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

from vault.contract.shown import shown
from vault.diagnoses import diagnose
from webhook.kube.errors import ClusterConflict, ClusterFailed, ClusterRefused

PAGE = 500
_MOST_WORDS = 1000
# a dry run goes through every webhook that is called for it, one behind the other
DRY_RUN_SECONDS = 30.0
SECONDS = 30.0
_NOT_FOUND = 404
_CONFLICT = 409
_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"

Object = dict[str, Any]
_calls = logging.getLogger("omamori.calls")


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How long a Lease is held without renewal, when its holder gives up renewing it, and how often both sides try."""

    duration_seconds: int = 15
    renewal_seconds: int = 10
    retry_seconds: int = 2


class Cluster:
    """A cluster, as kubectl finds it: by a kubeconfig, or by the ServiceAccount of the Pod that this is in."""

    def __init__(self, kubeconfig: str | None = None, context: str | None = None, seconds: float = SECONDS) -> None:
        """Connect to nothing yet. `kubeconfig` may be several paths, as in KUBECONFIG; None is ~/.kube/config.

        `context` None is the current one; a call ends after `seconds`. Raises ClusterFailed.
        """
        generic: Any = DynamicClient  # which has no types
        self._client = generic(_api_client(kubeconfig, context), discoverer=lambda _client, _cache_file: None)
        self._host = str(self._client.configuration.host)
        self._resources = cache(self._read_resources)
        self._seconds = seconds

    def list_objects(self, api_version: str, kind: str, namespace: str) -> list[dict[str, Any]] | None:
        """Give all objects of a kind in a namespace; None: this API has no such kind. Raises ClusterFailed."""
        name = self._resources(api_version).get(kind)
        if name is None:
            return None
        path = f"{_root(api_version)}/namespaces/{namespace}/{name}"
        # an object of a list does not say what it is: the list does
        return [{"apiVersion": api_version, "kind": kind, **each} for each in self.items(path)]

    def items(self, path: str, label_selector: str | None = None) -> Iterator[Object]:
        """Give the objects of the list at a path, page by page; none: there is no such list. Raises ClusterFailed."""
        page = ""
        while True:
            answer = self._get(path, limit=PAGE, _continue=page or None, label_selector=label_selector) or {}
            yield from answer.get("items") or ()
            page = (answer.get("metadata") or {}).get("continue") or ""
            if not page:
                return

    def now(self) -> datetime:
        """Give the API server's own time, to the second. Raises ClusterFailed."""
        try:
            return parsedate_to_datetime(self._send("get", "/version").headers["Date"])
        except (KeyError, ValueError) as error:
            raise translate(ValueError(), self._host) from error

    def read(self, path: str) -> Object | None:
        """Give the object at a path of the API; None: there is none. Raises ClusterFailed."""
        return self._get(path)

    def create(self, folder: str, body: Object, *, dry_run: bool = False) -> Object:
        """Create an object, or go all the way but the last with `dry_run`. Gives what was, or would have been, made.

        Raises ClusterConflict where there is one of the name, and ClusterFailed.
        """
        query = [("dryRun", "All")] if dry_run else []
        seconds = max(self._seconds, DRY_RUN_SECONDS) if dry_run else self._seconds
        return self._call("post", folder, body=body, query_params=query, _request_timeout=seconds) or {}

    def replace(self, path: str, body: Object) -> None:
        """Write an object over the one whose resourceVersion it has. Raises ClusterConflict, and ClusterFailed."""
        self._call("put", path, body=body)

    def apply(self, path: str, body: Object, manager: str) -> None:
        """Own the given fields, and only these, by server-side apply, whoever had them. Raises ClusterFailed."""
        owner = [("fieldManager", manager), ("force", "true")]
        self._call("patch", path, body=body, content_type=_APPLY, query_params=owner)

    def lead(self, namespace: str, name: str, identity: str, work: Callable[[], None], lease: LeaseTimes) -> None:
        """Wait to be elected by a Lease, do `work` in a thread, and come back once the Lease is lost."""
        lock = _PatientLease(name, namespace, identity)
        lock.api_instance = CoordinationV1Api(self._client.client)
        times = (lease.duration_seconds, lease.renewal_seconds, lease.retry_seconds)
        LeaderElection(Config(lock, *times, onstarted_leading=work, onstopped_leading=lambda: None)).run()

    def _read_resources(self, api_version: str) -> dict[str, str]:
        """The names that an API has for its namespaced kinds in paths, by kind."""
        answer = self._get(_root(api_version)) or {}
        return {
            each["kind"]: each["name"]
            for each in answer.get("resources") or ()
            if each["namespaced"] and "/" not in each["name"]
        }

    def _get(self, path: str, **parameters: Any) -> Object | None:
        """Give the answer; None: there is nothing."""
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


class _PatientLease(LeaseLock):  # type: ignore[misc]  # the client is taken without types
    """The official client's lock, which an API server that does not answer does not end."""

    def get(self, name: str, namespace: str) -> Any:
        try:
            return super().get(name, namespace)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return False, ApiException(status=0, reason=type(error).__name__)

    def create(self, name: str, namespace: str, election_record: Any) -> Any:
        try:
            return super().create(name, namespace, election_record)
        except (urllib3.exceptions.HTTPError, OSError):
            return False

    def update(self, name: str, namespace: str, updated_record: Any) -> Any:
        try:
            return super().update(name, namespace, updated_record)
        except (urllib3.exceptions.HTTPError, OSError):
            return False


def _log_call(method: str, path: str, status: object, started: float) -> None:
    _calls.debug("the API server: %s %s: %s, %.0f ms", method, path, status, (time.monotonic() - started) * 1000)


def translate(error: Exception, host: str) -> ClusterFailed:
    """Give ours for theirs. Of the server's answer only its message is told, which names users and objects."""
    status = getattr(error, "status", 0)
    if isinstance(error, ApiException) and status:
        kind = ClusterConflict if status == _CONFLICT else ClusterRefused
        words = shown(_message(error), _MOST_WORDS)
        return kind(f"the API server {host} refuses: {words} ({status})", status, words)
    if isinstance(error, ValueError):
        return ClusterFailed(f"what answers at {host} is no API server of Kubernetes")
    found = diagnose(error, host)
    return ClusterFailed(f"the API server {host} {found.what}; is the context right (KUBECONFIG, --context)?")


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
            raise ClusterFailed(_not_set_up(kubeconfig, context, error)) from None
        return inside
    except Exception:  # noqa: BLE001 - the reader of kubeconfigs fails in any way on what is not one
        named = ", ".join(map(str, _files(kubeconfig)))
        raise ClusterFailed(f"the kubeconfig {named} cannot be read: it is none; see KUBECONFIG") from None
    return client


def _not_set_up(kubeconfig: str | None, context: str | None, error: ConfigException) -> str:
    """Say which file is not there, or what is missing in those that are."""
    files = _files(kubeconfig)
    named = ", ".join(map(str, files))
    if not any(file.exists() for file in files):
        return f"no cluster is set up: the kubeconfig {named} does not exist; set KUBECONFIG, or give --kubeconfig"
    what = f"has no context {shown(context)}, or not all of it" if context else "cannot be used"
    words = shown(str(error), _MOST_WORDS)
    return f"no cluster is set up: the kubeconfig {named} {what}: {words}; set KUBECONFIG, or give --context"


def _files(kubeconfig: str | None) -> list[Path]:
    """Give where a kubeconfig is looked for; it may be several."""
    default: Any = kube_config.KUBE_CONFIG_DEFAULT_LOCATION
    return [Path(each).expanduser() for each in str(kubeconfig or default).split(os.pathsep) if each]


def _in_cluster_client(loading: Any) -> ApiClient | None:
    """Give the client of the Pod that this is in; None: it is in none."""
    settings = Configuration()
    try:
        loading.load_incluster_config(client_configuration=settings)
    except ConfigException:
        return None
    return ApiClient(settings)
