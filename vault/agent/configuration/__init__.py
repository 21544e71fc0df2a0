"""An agent configuration, as vault agent has it, to parts of a Plan: pure, and loaded by Pods alone that have one.

options       what a row of the table is; the rows are in `rows_…`, all together in `table`
values        parsers of an option's value
given         a file by the table: its values, with what is wrong and what there is to say
login         the login of a file; `templates` and `sinks`, its files; `places`, where they are
configured    all files of a Pod to a Plan
"""
