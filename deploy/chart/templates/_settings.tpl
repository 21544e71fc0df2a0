{{/*
The values as the webhook's environment variables (docs/settings.md). What has a default in values.yaml is always
written; what is empty is left to the webhook. What stands between marks is made by deploy/chart/generate.py from the
table of settings (webhook/config); the rest is what a value alone does not say.
*/}}
{{- define "omamori.settings" -}}
{{- $values := .Values -}}
{{- /* generated: settings */ -}}
{{- $settings := dict
  "ONE_TRUST_DOMAIN" $values.oneTrustDomain
  "ALLOWED_NAMESPACES" (join "," $values.namespaces.allowed)
  "TOOL_CONTAINERS" (join "," $values.toolContainers)
  "ENV_FILES" $values.envFiles
  "ALLOW_RESTART" $values.allowRestart
  "DIALECT_VAULTK8S" $values.dialects.vaultK8s.enabled
  "DIALECT_VAULTK8S_SERVED" (join "," $values.dialects.vaultK8s.servedNamespaces)
  "DIALECT_VAULTK8S_LEFT" (join "," $values.dialects.vaultK8s.leftNamespaces)
  "DIRECTORY" $values.directory
  "AGENT_PULL_POLICY" $values.agent.pullPolicy
  "AGENT_PULL_SECRETS" (join "," $values.agent.pullSecrets)
  "AGENT_CPU_REQUEST" $values.agent.resources.requests.cpu
  "AGENT_CPU_LIMIT" $values.agent.resources.limits.cpu
  "AGENT_MEMORY_REQUEST" $values.agent.resources.requests.memory
  "AGENT_MEMORY_LIMIT" $values.agent.resources.limits.memory
  "AGENT_EPHEMERAL_STORAGE_REQUEST" (index $values.agent.resources.requests "ephemeral-storage")
  "AGENT_EPHEMERAL_STORAGE_LIMIT" (index $values.agent.resources.limits "ephemeral-storage")
  "AGENT_DEADLINE_SECONDS" $values.agent.deadlineSeconds
  "AGENT_TOKEN_SECONDS" $values.agent.tokenSeconds
  "SIDECAR_GATE" $values.agent.sidecarGate
  "SIDECAR_GATE_SECONDS" $values.agent.sidecarGateSeconds
  "INIT_START" $values.agent.initStart
  "AGENT_UNSET_USER" $values.agent.unsetUser
  "DRAIN_SECONDS" $values.drainSeconds
  "LISTEN_HOST" $values.listenHost
  "LISTEN_PORT" $values.port
  "LOG_LEVEL" $values.logLevel
-}}
{{- /* /generated */ -}}
{{- $_ := set $settings "VAULTS" (include "omamori.vaultNames" .) -}}
{{- $_ := set $settings "AGENT_IMAGE" (include "omamori.image" (dict "root" . "which" "agent")) -}}
{{- if $values.openshift -}}
{{- $_ := set $settings "AGENT_UNSET_USER" true -}}
{{- end -}}
{{- $_ := set $settings "TLS_CERTIFICATE_FILE" "/tls/tls.crt" -}}
{{- $_ := set $settings "TLS_KEY_FILE" "/tls/tls.key" -}}
{{- if $values.clientCA -}}
{{- $_ := set $settings "TLS_CLIENT_CA_FILE" "/trust/client-ca.crt" -}}
{{- end -}}
{{- range $name, $vault := $values.vaults -}}
{{- $prefix := printf "VAULT_%s_" ($name | upper | replace "-" "_") -}}
{{- /* generated: vault */ -}}
{{- $words := dict
  "ADDRESS" $vault.address
  "INSECURE_HTTP" $vault.insecureHttp
  "AUTH_KIND" $vault.authKind
  "AUTH_MOUNT" $vault.authMount
  "AUDIENCE" $vault.audience
  "VAULTK8S_AUDIENCE" $vault.vaultK8sAudience
  "VAULTK8S_AUTH_METHODS" (join "," $vault.vaultK8sAuthMethods)
  "AWS_STS_ADDRESS" $vault.awsStsAddress
  "AWS_STS_CA_DIRECTORY" $vault.awsStsCaDirectory
  "ROLE_PATTERN" $vault.rolePattern
  "NAMESPACE" $vault.namespace
  "CA_DIRECTORY" $vault.caDirectory
  "TLS_SERVER_NAME" $vault.tlsServerName
  "CLIENT_SECRET" $vault.clientSecret
  "PROXY" $vault.proxy
  "PROXY_SECRET" $vault.proxySecret
  "POD_NAMESPACES" (join "," $vault.podNamespaces)
-}}
{{- /* /generated */ -}}
{{- with $vault.caConfigMap -}}
{{- $_ := set $words "CA_CONFIG_MAP" (printf "%s/%s" .name .key) -}}
{{- end -}}
{{- with $vault.caSecret -}}
{{- $_ := set $words "CA_SECRET" (printf "%s/%s" .name .key) -}}
{{- end -}}
{{- if $vault.ca -}}
{{- $_ := set $words "CA_FILE" (printf "/trust/vault-%s.crt" $name) -}}
{{- end -}}
{{- range $word, $value := $words -}}
{{- $_ := set $settings (printf "%s%s" $prefix $word) $value -}}
{{- end -}}
{{- end -}}
{{- range $setting, $value := $settings }}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
- name: OMAMORI_{{ $setting }}
  value: {{ toString $value | quote }}
{{- end }}
{{- end }}
{{- /* generated: lists, of which an empty one is not the default: nobody is denied */}}
- name: OMAMORI_DENIED_NAMESPACES
  value: {{ join "," $values.namespaces.denied | quote }}
{{- /* /generated */}}
{{- end -}}

{{/* What the controller's container has of its settings that are values; a number of 0 is left to the controller. */}}
{{- define "omamori.controllerSettings" -}}
{{- $values := .Values -}}
{{- /* generated: controller */ -}}
{{- $settings := dict
  "CONTROLLER_AUTHORITY_SECONDS" $values.controller.authoritySeconds
  "CONTROLLER_AUTHORITY_RENEWAL_SECONDS" $values.controller.authorityRenewalSeconds
  "CONTROLLER_SERVING_SECONDS" $values.controller.servingSeconds
  "CONTROLLER_SERVING_RENEWAL_SECONDS" $values.controller.servingRenewalSeconds
  "CONTROLLER_PUBLISHING_SECONDS" $values.controller.publishingSeconds
  "CONTROLLER_SETTLING_SECONDS" $values.controller.settlingSeconds
  "CONTROLLER_LOOK_SECONDS" $values.controller.lookSeconds
-}}
{{- /* /generated */ -}}
{{- range $setting, $value := $settings }}
{{- if $value }}
- name: OMAMORI_{{ $setting }}
  value: {{ int64 $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The Vault for Pods that name none: the one that is named, or the only one. */}}
{{- define "omamori.defaultVault" -}}
{{- .Values.defaultVault | default (keys .Values.vaults | sortAlpha | first) -}}
{{- end -}}

{{/* The Vaults' names, the default one first. */}}
{{- define "omamori.vaultNames" -}}
{{- $default := include "omamori.defaultVault" . -}}
{{- prepend (without (keys .Values.vaults | sortAlpha) $default) $default | join "," -}}
{{- end -}}

{{/* The CAs that the webhook reads from files: contents by file name, "" where there is none. */}}
{{- define "omamori.trust" -}}
{{- $files := dict -}}
{{- range $name, $vault := .Values.vaults -}}
{{- with $vault.ca -}}
{{- $_ := set $files (printf "vault-%s.crt" $name) . -}}
{{- end -}}
{{- end -}}
{{- with .Values.clientCA -}}
{{- $_ := set $files "client-ca.crt" . -}}
{{- end -}}
{{- with $files -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}
