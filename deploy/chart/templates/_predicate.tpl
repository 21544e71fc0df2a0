{{/*
Which Pods are ours, in CEL: the one source of the webhook's matchConditions and of the backstop.

An annotation is ours by its prefix: a dialect's domain or a subdomain of it, in any case of letters, since Kubernetes
compares prefixes without regard to case; and so is the bare domain. A misspelt prefix reaches the webhook, to be refused.
A dialect with a switch is asked for by that annotation alone, with any value but those that mean no, and only where its
namespaces are. They are told by their names, which nobody can change: a label a namespace's owner could set.
tests/chart/test_predicate.py compares this with what the webhook's own code takes for its.
*/}}
{{- define "omamori.annotated" -}}
{{- $domains := list -}}
{{- $switches := list -}}
{{- range include "omamori.dialects" . | fromJsonArray -}}
{{- if .switchOn -}}
{{- $on := printf "(%s'%s' in object.metadata.annotations && " (include "omamori.inNamespaces" .) .switchOn -}}
{{- $switches = append $switches (printf "%s!(object.metadata.annotations['%s'] in ['%s']))" $on .switchOn (join "', '" .offValues)) -}}
{{- else -}}
{{- $domains = append $domains (printf "('.' + k.lowerAscii().split('/')[0]).endsWith('.%s')" .domain) -}}
{{- end -}}
{{- end -}}
{{- $asks := prepend $switches (printf "object.metadata.annotations.exists(k, %s)" ($domains | uniq | join " || ")) -}}
has(object.metadata.annotations) && {{ if $switches }}({{ end }}{{ join " || " $asks }}{{ if $switches }}){{ end }}
{{- end -}}

{{/* The beginning of a condition: whether a dialect is served in the request's namespace; nothing where it is in all. */}}
{{- define "omamori.inNamespaces" -}}
{{- with .served }}request.namespace in ['{{ join "', '" . }}'] && {{ end -}}
{{- with .left }}!(request.namespace in ['{{ join "', '" . }}']) && {{ end -}}
{{- end -}}

{{/*
The annotations by which a Pod asks for a secret in one dialect and has got nothing: a list. What is under the domain
itself says how, not what: a Pod with nothing else asks for nothing.
*/}}
{{- define "omamori.unserved" -}}
{{- $asks := list -}}
{{- if .switchOn -}}
{{- $asks = append $asks (printf "%s!(variables.annotations[?'%s'].orValue('') in ['%s'])" (include "omamori.inNamespaces" .) .switchOn (join "', '" .offValues)) -}}
{{- end -}}
{{- $nothing := list -}}
{{- range .nothingWith -}}
{{- $nothing = append $nothing (printf "variables.annotations[?'%s'].orValue('-') in ['%s']" (index . 0) (join "', '" (index . 1))) -}}
{{- end -}}
{{- if $nothing -}}
{{- $asks = append $asks (printf "!(%s)" (join " && " $nothing)) -}}
{{- end -}}
{{- if .switchOff -}}
{{- $asks = append $asks (printf "variables.annotations[?'%s'].orValue('') != 'false'" .switchOff) -}}
{{- end -}}
{{- range .injectedBy -}}
{{- $asks = append $asks (printf "!variables.containers.exists(c, c == '%s')" .) -}}
{{- end -}}
{{- $names := printf "variables.annotations.filter(k, k.lowerAscii().split('/')[0].endsWith('.%s'))" .domain -}}
{{- if .switchOn -}}
{{- $starts := list -}}
{{- range .askingWith -}}
{{- $starts = append $starts (printf "k.startsWith('%s')" .) -}}
{{- end -}}
{{- $off := printf "!(variables.annotations[k] in ['%s'])" (join "', '" .offValues) -}}
{{- $names = printf "variables.annotations.filter(k, (%s) && %s)" (join " || " $starts) $off -}}
{{- end -}}
({{ join " && " $asks | default "true" }} ? {{ $names }} : [])
{{- end -}}
