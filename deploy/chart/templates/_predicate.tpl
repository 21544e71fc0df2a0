{{/*
Which Pods are ours, in CEL: the one source of the webhook's matchConditions and of the backstop.

An annotation is ours by its prefix: a dialect's domain or a subdomain of it, in any case of letters, since Kubernetes
compares prefixes without regard to case; and so is the bare domain. A misspelt prefix reaches the webhook, to be refused.
tests/chart/test_predicate.py compares this with what the webhook's own code takes for its.
*/}}
{{- define "omamori.annotated" -}}
{{- $domains := list -}}
{{- range include "omamori.dialects" . | fromJsonArray -}}
{{- $domains = append $domains (printf "('.' + k.lowerAscii().split('/')[0]).endsWith('.%s')" .domain) -}}
{{- end -}}
has(object.metadata.annotations) && object.metadata.annotations.exists(k, {{ $domains | uniq | join " || " }})
{{- end -}}

{{/*
The annotations by which a Pod asks for a secret in one dialect and has got nothing: a list. What is under the domain
itself says how, not what: a Pod with nothing else asks for nothing.
*/}}
{{- define "omamori.unserved" -}}
{{- $asks := list -}}
{{- if .switchOn -}}
{{- $asks = append $asks (printf "variables.annotations[?'%s'].orValue('') == 'true'" .switchOn) -}}
{{- end -}}
{{- if .switchOff -}}
{{- $asks = append $asks (printf "variables.annotations[?'%s'].orValue('') != 'false'" .switchOff) -}}
{{- end -}}
{{- range .injectedBy -}}
{{- $asks = append $asks (printf "!variables.containers.exists(c, c == '%s')" .) -}}
{{- end -}}
{{- $names := printf "variables.annotations.filter(k, k.lowerAscii().split('/')[0].endsWith('.%s'))" .domain -}}
{{- if .switchOn -}}
{{- $names = printf "['%s']" .switchOn -}}
{{- end -}}
({{ join " && " $asks | default "true" }} ? {{ $names }} : [])
{{- end -}}
