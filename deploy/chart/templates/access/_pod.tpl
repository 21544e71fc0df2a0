{{/* The Pod of the Job that applies access files. It has a file of its own, since the Job is called after what it says. */}}
{{- define "omamori.accessPod" -}}
{{- $name := printf "%s-access" (include "omamori.name" .) -}}
{{- $component := dict "root" . "component" "access" -}}
{{- with .Values.accessFiles -}}
{{- $vaultName := .vault | default (include "omamori.defaultVault" $) -}}
{{- $vault := index $.Values.vaults $vaultName | default dict -}}
metadata:
  labels: {{- include "omamori.labels" $component | nindent 4 }}
spec:
  {{- include "omamori.pod" (dict "root" $ "own" . "account" (include "omamori.account" (dict "root" $ "of" "accessFiles"))) | nindent 2 }}
  restartPolicy: Never
  containers:
    - name: apply
      image: {{ include "omamori.image" (dict "root" $ "which" "tools") }}
      imagePullPolicy: {{ $.Values.images.pullPolicy }}
      args:
        - policy
        - apply
        # by name: a mounted ConfigMap has each file twice, the other time under ..data
        {{- range $file, $_ := .files }}
        - --file=/access/{{ $file }}
        {{- end }}
        {{- if .auth }}
        - --auth={{ .auth }}
        - --jwt-file=/token/token
        {{- else }}
        - --vault-token-file=/token/{{ .tokenSecret.key }}
        {{- end }}
        {{- if .prune }}
        - --prune
        {{- with .pruneAtMost }}
        - --prune-at-most={{ . }}
        {{- end }}
        {{- end }}
        {{- range $token, $secret := .reviewerTokens }}
        - --reviewer-token={{ $token }}=/reviewers/{{ $token }}/{{ $secret.key }}
        {{- end }}
      env:
        - name: VAULT_ADDR
          value: {{ $vault.address | quote }}
        {{- if or $vault.ca $vault.caConfigMap $vault.caSecret }}
        - name: VAULT_CACERT
          value: /trust/ca.crt
        {{- end }}
        {{- with $vault.namespace }}
        - name: VAULT_NAMESPACE
          value: {{ . | quote }}
        {{- end }}
        {{- with $vault.tlsServerName }}
        - name: VAULT_TLS_SERVER_NAME
          value: {{ . | quote }}
        {{- end }}
        # who holds the lock, as others read it
        - name: LOGNAME
          value: {{ $name }}
        {{- with .extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      securityContext: {{- toYaml $.Values.securityContext | nindent 8 }}
      resources: {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - {name: access, mountPath: /access, readOnly: true}
        - {name: token, mountPath: /token, readOnly: true}
        {{- range $token, $_ := .reviewerTokens }}
        - {name: reviewer-{{ $token }}, mountPath: /reviewers/{{ $token }}, readOnly: true}
        {{- end }}
        {{- if or $vault.ca $vault.caConfigMap $vault.caSecret }}
        - {name: trust, mountPath: /trust, readOnly: true}
        {{- end }}
  volumes:
    - name: access
      configMap:
        name: {{ $name }}
    - name: token
      {{- if .auth }}
      projected:
        defaultMode: 288 # 0440
        sources:
          - serviceAccountToken: {audience: {{ .audience | default $vault.audience | default "vault" | quote }}, expirationSeconds: 600, path: token}
      {{- else }}
      secret:
        secretName: {{ .tokenSecret.name }}
        defaultMode: 288 # 0440
      {{- end }}
    {{- range $token, $secret := .reviewerTokens }}
    - name: reviewer-{{ $token }}
      secret:
        secretName: {{ $secret.name }}
        items: [{key: {{ $secret.key }}, path: {{ $secret.key }}}]
        defaultMode: 288 # 0440
    {{- end }}
    {{- if $vault.ca }}
    - name: trust
      configMap:
        name: {{ include "omamori.name" $ }}-trust
        items: [{key: vault-{{ $vaultName }}.crt, path: ca.crt}]
    {{- else if $vault.caConfigMap }}
    - name: trust
      configMap:
        name: {{ $vault.caConfigMap.name }}
        items: [{key: {{ $vault.caConfigMap.key }}, path: ca.crt}]
    {{- else if $vault.caSecret }}
    - name: trust
      secret:
        secretName: {{ $vault.caSecret.name }}
        items: [{key: {{ $vault.caSecret.key }}, path: ca.crt}]
        defaultMode: 288 # 0440
    {{- end }}
{{- end -}}
{{- end -}}
