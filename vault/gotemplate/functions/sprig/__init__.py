"""Masterminds/sprig 3.3.0 as Consul-Template has it: under the prefix `sprig_`, and the hermetic functions alone.

So there is no `sprig_now`, `sprig_date`, `sprig_randAlphaNum` or `sprig_uuidv4`, as in Consul-Template: what gives
something else each time it leaves out (but for `ago`, `randInt` and `shuffle`). The names are in `table`, with those
that are refused. A module has those on one subject, in `FUNCTIONS`, and says where it differs by choice.
"""
