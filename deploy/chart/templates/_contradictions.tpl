{{/* Values of which each is right and which do not go together: all of them are told at once, with what to do. */}}
{{- define "omamori.refuseContradictions" -}}
{{- $values := .Values -}}
{{- $told := list -}}
{{- $registries := list -}}
{{- range $which := list "webhook" "agent" "tools" -}}
{{- if not (include "omamori.registry" (dict "root" $ "which" $which)) -}}
{{- $registries = append $registries $which -}}
{{- end -}}
{{- end -}}
{{- if $registries -}}
{{- $told = append $told (printf "images.registry is missing (for %s): where did you push the images that `make images` builds? For example registry.example.com/omamori" (join ", " $registries)) -}}
{{- end -}}
{{- if not $values.vaults -}}
{{- $told = append $told "vaults is empty: name a Vault, for example vaults.main.address=https://vault.example.com:8200" -}}
{{- else if $values.defaultVault -}}
{{- if not (hasKey $values.vaults $values.defaultVault) -}}
{{- $told = append $told (printf "defaultVault is %q, which is none of vaults: %s" $values.defaultVault (keys $values.vaults | sortAlpha | join ", ")) -}}
{{- end -}}
{{- else if gt (len $values.vaults) 1 -}}
{{- $told = append $told (printf "defaultVault is missing: which is for Pods that name none: %s?" (keys $values.vaults | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $path := $values.directory -}}
{{- if regexMatch "/[.](/|$)|^/(proc|sys|dev|omamori|etc/hosts|etc/hostname|etc/resolv.conf)(/|$)" $path -}}
{{- $told = append $told (printf "directory is %s, where no container can have files" $path) -}}
{{- else if regexMatch "^/(etc|usr|bin|sbin|lib|lib32|lib64|libx32|var|run|var/run|(var/)?run/secrets(/kubernetes.io(/.*)?)?|usr/(bin|sbin|lib|lib32|lib64|libexec|local|local/bin|local/sbin|local/lib))$" $path -}}
{{- $told = append $told (printf "directory is %s, which the image or the token for the API server needs; choose one inside it" $path) -}}
{{- end -}}
{{- $audiences := dict -}}
{{- range $name, $vault := $values.vaults -}}
{{- if and (hasPrefix "http://" $vault.address) (not $vault.insecureHttp) -}}
{{- $told = append $told (printf "vaults.%s.address is %s: without TLS anybody on the network reads the secrets; use https://, or set vaults.%s.insecureHttp=true" $name $vault.address $name) -}}
{{- end -}}
{{- $given := list -}}
{{- range $way := list "ca" "caConfigMap" "caSecret" "caDirectory" -}}
{{- if index $vault $way -}}
{{- $given = append $given $way -}}
{{- end -}}
{{- end -}}
{{- if gt (len $given) 1 -}}
{{- $told = append $told (printf "vaults.%s has %s, which exclude each other: give one" $name (join " and " $given)) -}}
{{- end -}}
{{- if regexMatch "^/*(v1|auth)/" (default "" $vault.authMount) -}}
{{- $told = append $told (printf "vaults.%s.authMount is %s: write it without auth/, for example kubernetes" $name $vault.authMount) -}}
{{- end -}}
{{- if regexMatch "(^|/)[.][.]?(/|$)" (printf "%s %s" (default "" $vault.authMount) (default "" $vault.namespace) | replace " " "/") -}}
{{- $told = append $told (printf "vaults.%s: authMount and namespace have no segments '.' and '..'" $name) -}}
{{- end -}}
{{- if gt (len (regexFindAll "[{]namespace[}]" (default "" $vault.namespace) -1)) 1 -}}
{{- $told = append $told (printf "vaults.%s.namespace has {namespace} twice" $name) -}}
{{- end -}}
{{- if and $vault.proxySecret (not $vault.proxy) -}}
{{- $told = append $told (printf "vaults.%s.proxySecret is for a proxy: set vaults.%s.proxy" $name $name) -}}
{{- end -}}
{{- $audience := $vault.audience | default "vault" -}}
{{- if and (hasKey $audiences $audience) (not $values.oneTrustDomain) -}}
{{- $told = append $told (printf "vaults.%s and vaults.%s have the audience %q, so that one could log in at the other as a Pod: give each its own, or set oneTrustDomain=true" (index $audiences $audience) $name $audience) -}}
{{- end -}}
{{- $_ := set $audiences $audience $name -}}
{{- end -}}
{{- range $values.namespaces.allowed -}}
{{- if has . (concat $values.namespaces.excluded $values.namespaces.denied (list "kube-system" (include "omamori.namespace" $))) -}}
{{- $told = append $told (printf "namespaces.allowed has %s, which is also denied or excluded: its Pods are never served" .) -}}
{{- end -}}
{{- end -}}
{{- range $values.dialects.vaultK8s.leftNamespaces -}}
{{- if has . $values.dialects.vaultK8s.servedNamespaces -}}
{{- $told = append $told (printf "dialects.vaultK8s has %s in servedNamespaces and in leftNamespaces: which injector serves it?" .) -}}
{{- end -}}
{{- end -}}
{{- if and $values.backstop.keep (not $values.backstop.enabled) -}}
{{- $told = append $told "backstop.keep asks for what backstop.enabled=false leaves out" -}}
{{- end -}}
{{- with $values.accessFiles -}}
{{- if and .enabled (not .files) -}}
{{- $told = append $told "accessFiles.files is empty: which files are applied?" -}}
{{- end -}}
{{- if and .enabled (not .tokenSecret.name) (not .auth) -}}
{{- $told = append $told "accessFiles.auth and accessFiles.tokenSecret.name are missing: how does the Job log in to Vault?" -}}
{{- end -}}
{{- if and .auth .tokenSecret.name -}}
{{- $told = append $told "accessFiles has auth and tokenSecret: give one" -}}
{{- end -}}
{{- if and .audience (not .auth) -}}
{{- $told = append $told "accessFiles.audience is for accessFiles.auth" -}}
{{- end -}}
{{- if and .pruneAtMost (not .prune) -}}
{{- $told = append $told "accessFiles.pruneAtMost bounds what accessFiles.prune=true deletes" -}}
{{- end -}}
{{- if and .vault (not (hasKey $values.vaults .vault)) -}}
{{- $told = append $told (printf "accessFiles.vault is %q, which is none of vaults" .vault) -}}
{{- end -}}
{{- if and .enabled $values.vaults -}}
{{- $name := .vault | default (include "omamori.defaultVault" $) -}}
{{- if contains "{namespace}" (dig $name "namespace" "" $values.vaults) -}}
{{- $told = append $told (printf "accessFiles: vaults.%s.namespace has {namespace}, and files are applied to one namespace of Vault: apply them by `omamori policy apply`, once for each" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range list "omamori.impossibleCertificates" "omamori.impossiblePods" "omamori.impossibleObjects" -}}
{{- $told = concat $told (include . $ | fromJsonArray) -}}
{{- end -}}
{{- if $told -}}
{{- fail (printf "\n%d of the chart's values cannot be:\n- %s" (len $told) (join "\n- " $told)) -}}
{{- end -}}
{{- end -}}
