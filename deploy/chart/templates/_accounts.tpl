{{/* The ServiceAccounts: `of` is where a component's values are, `webhook`, `controller` or `accessFiles`. */}}

{{- define "omamori.account" -}}
{{- $suffix := get (dict "webhook" "" "controller" "-controller" "accessFiles" "-access") .of -}}
{{- (index .root.Values .of).serviceAccount.name | default (printf "%s%s" (include "omamori.name" .root) $suffix) -}}
{{- end -}}

{{/* No token of it is mounted by itself: a Pod that needs one says so. */}}
{{- define "omamori.serviceAccount" -}}
{{- $own := (index .root.Values .of).serviceAccount -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "omamori.account" . }}
  namespace: {{ include "omamori.namespace" .root }}
  labels: {{- include "omamori.labels" (dict "root" .root "component" .component "more" $own.labels) | nindent 4 }}
  {{- with $own.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
