"""The functions that Consul-Template adds to Go's templates, as far as they need nothing but their arguments.

    template = parse(b'{{ .list | join "," }}', functions=LIBRARY)

`LIBRARY` is in `library`, the names in `table`. A module has those on one subject, in `FUNCTIONS`, and is loaded when
the parser meets the first of their names. sprig's are in `sprig`, and Go's package time, as they need it, in `time`.
A clock and random bytes come from the caller of `execute` (`gotemplate.chance`).

The rules are those of Consul-Template 0.41.1 and of what it is made with. Where we differ by choice, the module says
so. What Go puts into its errors of a value is not in ours.
"""
