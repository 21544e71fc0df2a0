"""Kinds whose annotations reach no Pod although users try them first, and where to write them instead."""

from __future__ import annotations

from collections.abc import Mapping

INSTEAD: Mapping[tuple[str, str], str] = {
    # by API group and kind
    ("argoproj.io", "Application"): "put it in the values or patches of its source",
    ("argoproj.io", "ApplicationSet"): "put it in the values or patches of its source",
    ("flagger.app", "Canary"): "put it in the Pod template of spec.targetRef",
    ("helm.toolkit.fluxcd.io", "HelmRelease"): "put it in spec.values or spec.postRenderers",
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): "put it in spec.patches",
    ("bitnami.com", "SealedSecret"): "its template is for a Secret, whose annotations reach no Pod",
}
