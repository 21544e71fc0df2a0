{{/* What things are called and how they are labelled; and the images. */}}

{{- define "omamori.chartName" -}}
{{- .Values.nameOverride | default .Chart.Name -}}
{{- end -}}

{{/* The name of everything: the release's, with the chart's in it. The longest suffix has 15 characters, of 63. */}}
{{- define "omamori.name" -}}
{{- $chart := include "omamori.chartName" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $chart .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $chart | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The namespace of everything that has one. */}}
{{- define "omamori.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{/* What a component's Pods are selected by: never changed, since a Deployment's selector cannot be. */}}
{{- define "omamori.selector" -}}
app.kubernetes.io/name: {{ include "omamori.chartName" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The labels of an object: the selector's, those of all objects, and `more`, which win over them. */}}
{{- define "omamori.labels" -}}
{{ include "omamori.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- with mergeOverwrite dict (deepCopy .root.Values.commonLabels) (.more | default dict) }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The registry of one of the images, by its name under `images`; "" where nothing says it. */}}
{{- define "omamori.registry" -}}
{{- $images := .root.Values.images -}}
{{- (index $images .which).registry | default $images.registry | default (.root.Values.global | default dict).imageRegistry -}}
{{- end -}}

{{/* One of the images, by its name under `images`. */}}
{{- define "omamori.image" -}}
{{- $images := .root.Values.images -}}
{{- $image := index $images .which -}}
{{- $tag := printf ":%s" ($image.tag | default $images.tag | default .root.Chart.AppVersion) -}}
{{- printf "%s/%s%s" (include "omamori.registry" .) $image.repository (empty $image.digest | ternary $tag (printf "@%s" $image.digest)) -}}
{{- end -}}

{{/* The pull secrets of the chart's own Pods, each once: a JSON list of names. */}}
{{- define "omamori.pullSecrets" -}}
{{- $names := list -}}
{{- range concat ((.Values.global | default dict).imagePullSecrets | default list) .Values.images.pullSecrets -}}
{{- if kindIs "string" . -}}
{{- $names = append $names . -}}
{{- else -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{- define "omamori.tlsSecret" -}}
{{- .Values.certificates.secretName | default (printf "%s-tls" (include "omamori.name" .)) -}}
{{- end -}}

{{/* The name by which the API server calls: the certificate must have it. */}}
{{- define "omamori.serverName" -}}
{{- printf "%s.%s.svc" (include "omamori.name" .) (include "omamori.namespace" .) -}}
{{- end -}}
