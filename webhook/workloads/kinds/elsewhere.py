"""Kinds whose annotations reach no Pod, though people look there first, and where to write them instead."""

from __future__ import annotations

from collections.abc import Mapping

INSTEAD: Mapping[tuple[str, str], str] = {
    # by API group and kind
    ("argoproj.io", "Application"): "it belongs into the values or patches of its source",
    ("argoproj.io", "ApplicationSet"): "it belongs into the values or patches of its source",
    ("flagger.app", "Canary"): "it belongs into the Pod template of spec.targetRef",
    ("helm.toolkit.fluxcd.io", "HelmRelease"): "it belongs into spec.values or spec.postRenderers",
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): "it belongs into spec.patches",
    ("bitnami.com", "SealedSecret"): "its template is of a Secret, which no Pod takes annotations from",
}
