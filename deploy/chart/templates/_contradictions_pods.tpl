{{/* What of the Pods' values does not go together: a JSON list of sentences. */}}
{{- define "omamori.impossiblePods" -}}
{{- $values := .Values -}}
{{- $told := list -}}
{{- $ours := dict "webhook" list "controller" list "accessFiles" (list "LOGNAME" "VAULT_ADDR" "VAULT_CACERT" "VAULT_NAMESPACE") -}}
{{- range $component, $names := $ours -}}
{{- $own := index $values $component -}}
{{- range $own.extraEnv -}}
{{- if hasPrefix "OMAMORI_" (upper .name) -}}
{{- $told = append $told (printf "%s.extraEnv has %s: settings are values of the chart (docs/settings.md says which)" $component .name) -}}
{{- else if has .name $names -}}
{{- $told = append $told (printf "%s.extraEnv has %s, which the chart sets itself" $component .name) -}}
{{- else if and (eq $component "accessFiles") (eq .name "VAULT_TOKEN") -}}
{{- $told = append $told "accessFiles.extraEnv has VAULT_TOKEN: the token is read from a Secret, accessFiles.tokenSecret" -}}
{{- end -}}
{{- end -}}
{{- if and (not $own.serviceAccount.create) (not $own.serviceAccount.name) -}}
{{- $told = append $told (printf "%s.serviceAccount.name is missing: which account is there already?" $component) -}}
{{- end -}}
{{- if and $own.hostNetwork (eq (toString $values.hostUsers) "false") -}}
{{- $told = append $told (printf "hostUsers=false and %s.hostNetwork exclude each other: a user namespace has no host network" $component) -}}
{{- end -}}
{{- end -}}
{{- if and $values.webhook.hostNetwork $values.networkPolicy.enabled $values.networkPolicy.from -}}
{{- $told = append $told "networkPolicy.from does nothing with webhook.hostNetwork, where no NetworkPolicy applies: leave it empty, and let clientCA or a firewall say who may call" -}}
{{- end -}}
{{- if and (eq $values.dnsPolicy "None") (not $values.dnsConfig.nameservers) -}}
{{- $told = append $told "dnsPolicy=None needs dnsConfig.nameservers: who else would be asked?" -}}
{{- end -}}
{{- $accounts := dict -}}
{{- range $component := list "webhook" (eq $values.certificates.mode "controller" | ternary "controller" "") ($values.accessFiles.enabled | ternary "accessFiles" "") | compact -}}
{{- $account := include "omamori.account" (dict "root" $ "of" $component) -}}
{{- if hasKey $accounts $account -}}
{{- $told = append $told (printf "%s and %s have the ServiceAccount %s: each needs its own, since only the controller's has rights" (get $accounts $account) $component $account) -}}
{{- end -}}
{{- $_ := set $accounts $account $component -}}
{{- end -}}
{{- range $values.webhook.extraVolumes -}}
{{- if has .name (list "tls" "trust") -}}
{{- $told = append $told (printf "webhook.extraVolumes has %s, which is a volume of the chart: choose another name" .name) -}}
{{- end -}}
{{- end -}}
{{- range $values.webhook.extraVolumeMounts -}}
{{- if regexMatch "^/+(tls|trust)(/|$)" (toString .mountPath) -}}
{{- $told = append $told (printf "webhook.extraVolumeMounts has %s, where the chart mounts its own files" .mountPath) -}}
{{- end -}}
{{- end -}}
{{- with $values.podDisruptionBudget -}}
{{- $least := toString .minAvailable -}}
{{- if and $least (toString .maxUnavailable) -}}
{{- $told = append $told "podDisruptionBudget has minAvailable and maxUnavailable, which exclude each other: give one" -}}
{{- end -}}
{{- if or (eq $least "100%") (and (regexMatch "^[0-9]+$" $least) (ge (int $least) (int $values.replicas))) -}}
{{- $told = append $told (printf "podDisruptionBudget.minAvailable is %s of %v replicas: no node of theirs could ever be drained" $least $values.replicas) -}}
{{- end -}}
{{- end -}}
{{- toJson $told -}}
{{- end -}}
