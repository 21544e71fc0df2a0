"""Go templates (vault/gotemplate) with the functions that ask Vault; loaded only where a Plan has a template.

What a template reads is known only while it runs. So it runs with what was read until then: at the first path that is
not there it stops, the path is read, and it runs again from its start. What it reads, draws at random or takes from
the clock is the same each time, so the last run is as if all had been there from the first.
"""
