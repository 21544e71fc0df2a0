{{/* What things are called and how they are labelled; and the images. */}}

{{/* The name of everything: the release's, with the chart's in it. The longest suffix has 15 characters, of 63. */}}
{{- define "omamori.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What a component's Pods are selected by: never changed, since a Deployment's selector cannot be. */}}
{{- define "omamori.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "omamori.labels" -}}
{{ include "omamori.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- end -}}

{{/* One of the images, by its name under `images`. */}}
{{- define "omamori.image" -}}
{{- $images := .root.Values.images -}}
{{- $image := index $images .which -}}
{{- $tag := printf ":%s" ($images.tag | default .root.Chart.AppVersion) -}}
{{- printf "%s/%s%s" $images.registry $image.name (empty $image.digest | ternary $tag (printf "@%s" $image.digest)) -}}
{{- end -}}

{{- define "omamori.tlsSecret" -}}
{{- .Values.certificates.secretName | default (printf "%s-tls" (include "omamori.name" .)) -}}
{{- end -}}

{{/* The name by which the API server calls: the certificate must have it. */}}
{{- define "omamori.serverName" -}}
{{- printf "%s.%s.svc" (include "omamori.name" .) .Release.Namespace -}}
{{- end -}}
