{{/* What of the certificates' values does not go together: a JSON list of sentences. */}}
{{- define "omamori.impossibleCertificates" -}}
{{- $values := .Values -}}
{{- $told := list -}}
{{- if and (eq $values.certificates.mode "cert-manager") (not $values.certificates.issuer.name) -}}
{{- $told = append $told "certificates.issuer.name is missing: which issuer of cert-manager signs?" -}}
{{- end -}}
{{- if and $values.certificates.secretName (eq $values.certificates.mode "controller") -}}
{{- $told = append $told "certificates.secretName belongs to the modes secret and cert-manager: the controller names its own" -}}
{{- end -}}
{{- $isGiven := and (eq $values.certificates.mode "controller") (eq $values.certificates.authority "given") -}}
{{- if and (eq $values.certificates.authority "given") (not $isGiven) -}}
{{- $told = append $told "certificates.authority=given belongs to the mode controller" -}}
{{- end -}}
{{- if and $isGiven (not $values.certificates.caBundle) -}}
{{- $told = append $told "certificates.caBundle is missing: with certificates.authority=given nobody else tells the API server whom to trust" -}}
{{- end -}}
{{- if and $values.certificates.caBundle (ne $values.certificates.mode "secret") (not $isGiven) -}}
{{- $told = append $told (printf "certificates.caBundle belongs to the mode secret: in the mode %s another one writes it" $values.certificates.mode) -}}
{{- end -}}
{{- if ne $values.certificates.mode "cert-manager" -}}
{{- range $name := list "renewBefore" "dnsNames" -}}
{{- if index $values.certificates $name -}}
{{- $told = append $told (printf "certificates.%s belongs to the mode cert-manager" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $values.certificates.renewBefore -}}
{{- if ge (trimSuffix "h" . | int64) (trimSuffix "h" $values.certificates.duration | int64) -}}
{{- $told = append $told (printf "certificates.renewBefore is %s, and the certificate lives %s: it would be renewed again and again" . $values.certificates.duration) -}}
{{- end -}}
{{- end -}}
{{- $key := $values.certificates.privateKey -}}
{{- $sizes := get (dict "ECDSA" (list 256 384 521) "RSA" (list 2048 3072 4096 8192) "Ed25519" (list 0)) $key.algorithm -}}
{{- if not (has (int $key.size) $sizes) -}}
{{- $told = append $told (printf "certificates.privateKey.size is %v, and %s keys have %s" $key.size $key.algorithm (join " or " $sizes)) -}}
{{- end -}}
{{- with $values.controller -}}
{{- $slowest := add .settlingSeconds .lookSeconds -}}
{{- $renewal := .servingRenewalSeconds | default (div (mul .servingSeconds 2) 3) -}}
{{- if lt (sub .servingSeconds $renewal) $slowest -}}
{{- $told = append $told "controller.servingSeconds is too short: after servingRenewalSeconds a certificate must last for settlingSeconds and lookSeconds" -}}
{{- end -}}
{{- $renewal := .authorityRenewalSeconds | default (div (mul .authoritySeconds 2) 3) -}}
{{- if lt (sub .authoritySeconds $renewal) (add $slowest .publishingSeconds) -}}
{{- $told = append $told "controller.authoritySeconds is too short: after authorityRenewalSeconds an authority must last for publishingSeconds, settlingSeconds and lookSeconds" -}}
{{- end -}}
{{- end -}}
{{- toJson $told -}}
{{- end -}}
