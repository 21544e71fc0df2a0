{{/* What of labels, the Service and monitoring does not go together: a JSON list of sentences. */}}
{{- define "omamori.impossibleObjects" -}}
{{- $values := .Values -}}
{{- $told := list -}}
{{- $monitoring := $values.monitoring -}}
{{- $labels := dict "commonLabels" $values.commonLabels "podLabels" $values.podLabels "service.labels" $values.service.labels -}}
{{- range $component := list "webhook" "controller" "accessFiles" -}}
{{- $_ := set $labels (printf "%s.serviceAccount.labels" $component) (index $values $component).serviceAccount.labels -}}
{{- end -}}
{{- range $object, $own := $monitoring -}}
{{- $_ := set $labels (printf "monitoring.%s.labels" $object) $own.labels -}}
{{- end -}}
{{- range $value, $map := $labels -}}
{{- range $label := list "name" "instance" "component" "version" -}}
{{- $label = printf "app.kubernetes.io/%s" $label -}}
{{- if hasKey $map $label -}}
{{- $told = append $told (printf "%s has %s, by which the chart finds its own Pods: leave it out" $value $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (has "IPv6" $values.service.ipFamilies) (not (contains ":" $values.listenHost)) -}}
{{- $told = append $told (printf "service.ipFamilies has IPv6, and listenHost is %s: set listenHost=::, which is for both families" $values.listenHost) -}}
{{- end -}}
{{- if and $monitoring.serviceMonitor.enabled $monitoring.podMonitor.enabled -}}
{{- $told = append $told "monitoring.serviceMonitor and monitoring.podMonitor exclude each other: each replica would be counted twice" -}}
{{- end -}}
{{- range $name := list "serviceMonitor" "podMonitor" -}}
{{- with index $monitoring $name -}}
{{- if and .enabled .namespace (ne .namespace (include "omamori.namespace" $)) (not .tlsConfig) -}}
{{- $told = append $told (printf "monitoring.%s.tlsConfig is missing: in the namespace %s the Secret %s is not there, whose ca.crt it trusts; name a Secret or ConfigMap of that namespace, for example tlsConfig.ca.configMap" $name .namespace (include "omamori.tlsSecret" $)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $values.namespaces.selector.matchExpressions -}}
{{- $needs := has .operator (list "In" "NotIn") -}}
{{- if ne $needs (not (empty .values)) -}}
{{- $told = append $told (printf "namespaces.selector.matchExpressions: %s with the operator %s has %s" .key .operator ($needs | ternary "no values" "values")) -}}
{{- end -}}
{{- end -}}
{{- toJson $told -}}
{{- end -}}
