{{/*
What all Pods of the chart have in common: no token of the API server's but the controller's, nothing to write to. What a
component has of its own (`own`, its values) stands in the place of what is for all.
*/}}
{{- define "omamori.pod" -}}
{{- $values := .root.Values -}}
{{- $own := .own -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: {{ .callsApi | default false }}
enableServiceLinks: false
{{- with include "omamori.pullSecrets" .root | fromJsonArray }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- range $field := list "priorityClassName" "runtimeClassName" "schedulerName" }}
{{- with index $values $field }}
{{ $field }}: {{ . }}
{{- end }}
{{- end }}
{{- if $own.hostNetwork }}
hostNetwork: true
{{- end }}
{{- if kindIs "bool" $values.hostUsers }}
hostUsers: {{ $values.hostUsers }}
{{- end }}
{{- if or $values.dnsPolicy $own.hostNetwork }}
dnsPolicy: {{ $values.dnsPolicy | default "ClusterFirstWithHostNet" }}
{{- end }}
{{- with $values.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- $context := $values.podSecurityContext }}
{{- if $values.openshift }}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" }}
{{- end }}
securityContext: {{- toYaml $context | nindent 2 }}
{{- range $field := list "nodeSelector" "tolerations" "affinity" }}
{{- with index $own $field | default (index $values $field) }}
{{ $field }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Spread constraints, each of the component's own Pods where it does not say of which. */}}
{{- define "omamori.spread" -}}
{{- $selector := dict "matchLabels" (include "omamori.selector" . | fromYaml) -}}
{{- range .constraints }}
- {{ toYaml (hasKey . "labelSelector" | ternary . (set (deepCopy .) "labelSelector" $selector)) | nindent 2 | trim }}
{{- end }}
{{- end -}}
