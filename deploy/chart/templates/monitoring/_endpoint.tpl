{{/* How Prometheus asks one replica: `monitor` has the values of a ServiceMonitor or a PodMonitor. */}}
{{- define "omamori.endpoint" -}}
port: https
scheme: https
path: /metrics
{{- range $field := list "interval" "scrapeTimeout" }}
{{- with index $.monitor $field }}
{{ $field }}: {{ . }}
{{- end }}
{{- end }}
{{- if .monitor.honorLabels }}
honorLabels: true
{{- end }}
{{- range $field := list "relabelings" "metricRelabelings" }}
{{- with index $.monitor $field }}
{{ $field }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
tlsConfig:
  {{- with .monitor.tlsConfig }}
  {{- toYaml (merge (deepCopy .) (dict "serverName" (include "omamori.serverName" $.root))) | nindent 2 }}
  {{- else }}
  serverName: {{ include "omamori.serverName" .root }}
  # the CA beside the certificate: cert-manager and the controller write it there
  ca:
    secret: {name: {{ include "omamori.tlsSecret" .root }}, key: ca.crt}
  {{- end }}
{{- end -}}
