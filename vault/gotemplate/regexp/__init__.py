r"""Go's package regexp in Python: RE2's syntax, and searches that take linear time.

    regexp = compile(rb"(?P<key>\w+)=(\w+)", budget)
    regexp.replace_all(b"a=1", b"${key}: $2")

The way of a pattern: `parser` makes a tree of it, `compiler` a program, `machine` runs the program, and `search` does
so over a text. The rules are those of Go 1.26, of regexp and regexp/syntax, which has neither backreferences nor
lookaround: Python's own `re` backtracks, so that a pattern could hang a node. Where ours differs, by choice:

  - Unicode classes (\pL, \p{Greek}) are refused by name. Go's tables of 38 categories and 170 scripts are thousands
    of ranges, which Python's str does not tell apart either; unicodedata, which knows categories, is neither in the
    agent's image nor of Go's version. [[:alpha:]], \w and ranges such as [a-f] are there.
  - Groups and repetitions may be MOST_HEIGHT deep in each other, not 1000.
  - A program that is large is refused by the budget, long before Go's limit of three million instructions.
  - \x{D800} and the other surrogates match nothing; in Go ^\x{D800} matches U+FFFD.

Pure, on the standard library alone, and without re. Everything is counted in a Budget before it is taken.
"""
