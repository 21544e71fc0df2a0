"""Go's text/template in Python: what `vault agent` and Consul-Template run their templates with.

    template = parse(b'{{ with .password }}{{ . }}{{ end }}')
    output = template.execute(from_json({"password": "x"}))

`parse` is in `template`, `from_json` in `data`. The way of a template: `lexer` makes tokens of it, `parser` a tree of
`nodes`, `walker` goes through its statements, `evaluator` through what is between delimiters; `builtins` are the
functions that every template has, `printer` and `formats` are fmt. The rules are those of Go 1.26: of text/template,
fmt and strconv. Where we differ by choice, the module says so.

Pure, on the standard library alone, and without dataclasses, re or typing: the program in a Pod imports it.
A template can neither hang a node nor exhaust it: what it takes is counted before it is taken (`limits`).
"""
