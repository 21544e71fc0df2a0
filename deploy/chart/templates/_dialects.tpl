{{- /* written by deploy/chart/generate.py from webhook/admission/annotations/dialects.py */ -}}
{{- define "omamori.dialects" -}}
[{"domain": "omamori.dev", "switchOn": "", "switchOff": "omamori.dev/inject", "injectedBy": []}]
{{- end -}}
