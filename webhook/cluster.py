"""Rule: the way to a cluster's API server: the official client, imported here and nowhere else, its errors made ours.

Objects are raw JSON, and what they are is said by their path in the API (`/api/v1/namespaces/shop/secrets/db`): typed
models drop fields that they do not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from kubernetes.leaderelection.electionconfig import Config
from kubernetes.leaderelection.leaderelection import LeaderElection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

Object = dict[str, Any]

_APPLY = "application/apply-patch+yaml"
_JSON = "application/json"
_PAGE = 500
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How long a Lease is held without renewal, when its holder gives up renewing it, and how often both sides try."""

    duration_seconds: int = 15
    renewal_seconds: int = 10
    retry_seconds: int = 2


class ClusterError(Exception):
    """Abstract: only the classes below are raised. `status` is HTTP's, 0 where there was no answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ClusterUnreachable(ClusterError):
    """There is no configuration, no connection, no trust, or an answer that says "later"."""


class ClusterRefused(ClusterError):
    """The API server does not do it: no right, no such kind, not valid."""


class ClusterConflict(ClusterError):
    """Somebody has changed or made the object meanwhile: read it again."""


class Cluster:
    """One API server. Raises ClusterError and nothing else."""

    def __init__(self, context: str = "", *, config_file: str = "", in_cluster: bool = False) -> None:
        """Read a kubeconfig (KUBECONFIG, ~/.kube/config), or what a Pod has. Connects to nothing yet."""
        settings = client.Configuration()
        try:
            if in_cluster:
                config.load_incluster_config(client_configuration=settings)
            else:
                config.load_kube_config(config_file or None, context or None, client_configuration=settings)
        except (ConfigException, OSError, ValueError, TypeError) as error:
            raise ClusterUnreachable(f"there is no way to a cluster: {error}") from None
        self._settings = settings
        self._client = client.ApiClient(settings)

    @property
    def address(self) -> str:
        """The API server's address."""
        return str(self._settings.host)

    def read(self, path: str) -> Object | None:
        """Give an object; None: there is none."""
        try:
            return self.call("GET", path)
        except ClusterRefused as error:
            if error.status == 404:  # noqa: PLR2004 - HTTP's
                return None
            raise

    def list(self, path: str, **query: str) -> Iterator[Object]:
        """Give each object of a kind, page by page."""
        page: dict[str, str] = {"limit": str(_PAGE), **query}
        while True:
            answer = self.call("GET", f"{path}?{urlencode(page)}")
            yield from answer.get("items") or ()
            page["continue"] = (answer.get("metadata") or {}).get("continue") or ""
            if not page["continue"]:
                return

    def create(self, path: str, body: Object, *, dry_run: bool = False) -> Object:
        """Create an object in a folder. Raises ClusterConflict where there is one of the name."""
        return self.call("POST", f"{path}?dryRun=All" if dry_run else path, body)

    def replace(self, path: str, body: Object) -> Object:
        """Write an object over the one whose resourceVersion it has. Raises ClusterConflict."""
        return self.call("PUT", path, body)

    def apply(self, path: str, body: Object, manager: str) -> Object:
        """Own the given fields, and only these, by server-side apply, whoever had them."""
        return self.call("PATCH", f"{path}?fieldManager={quote(manager)}&force=true", body, content_type=_APPLY)

    def call(self, method: str, path: str, body: Object | None = None, *, content_type: str = _JSON) -> Object:
        """Send one request and give the answer's JSON."""
        headers = {"Accept": _JSON, "Content-Type": content_type}
        url = f"{self.address}{path}"
        # of a body that is not plain JSON the client wants the text
        sent: Any = body if content_type == _JSON or body is None else json.dumps(body)
        try:
            self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
            answer = self._client.rest_client.request(method, url, headers, sent, _request_timeout=_SECONDS)
            data = answer.read()
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise ClusterUnreachable(f"{self.address} does not answer: {type(error).__name__}") from None
        return _answered(method, path, answer.status, data)

    def lead(self, namespace: str, name: str, identity: str, work: Callable[[], None], lease: LeaseTimes) -> None:
        """Wait to be elected by a Lease, do `work` in a thread, and come back once the Lease is lost."""
        lock = _PatientLease(name, namespace, identity)
        lock.api_instance = client.CoordinationV1Api(self._client)
        times = (lease.duration_seconds, lease.renewal_seconds, lease.retry_seconds)
        LeaderElection(Config(lock, *times, onstarted_leading=work, onstopped_leading=lambda: None)).run()


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


def _answered(method: str, path: str, status: int, data: bytes) -> Object:
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ClusterUnreachable(f"{method} {path}: the answer is none of an API server's", status)
    if status < 300:  # noqa: PLR2004 - HTTP's
        return answer
    words = f"{method} {path.partition('?')[0]}: {answer.get('message') or status}"
    if status == 409:  # noqa: PLR2004 - HTTP's
        raise ClusterConflict(words, status)
    if status == 429 or status >= 500:  # noqa: PLR2004 - HTTP's
        raise ClusterUnreachable(words, status)
    raise ClusterRefused(words, status)
