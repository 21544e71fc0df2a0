"""What the functions of sprig take and give, by the kinds of arguments that are generated; names are without prefix.

One `*` before a kind: so many of it as wanted. `count` is a small literal, where a large one would take Go's memory.
"""

from __future__ import annotations

ROWS = """
abbrev: int string -> string
abbrevboth: int int string -> string
add: *number -> number
add1: number -> number
add1f: float -> number
addf: *float -> number
adler32sum: string -> string
all: *any -> bool
any: *any -> bool
append: list any -> list
atoi: digits -> int
b32dec: base32 -> string
b32enc: string -> string
b64dec: base64 -> string
b64enc: string -> string
base: path -> string
biggest: number *number -> number
camelcase: words -> string
cat: *any -> string
ceil: float -> number
chunk: int list -> list
clean: path -> string
coalesce: *any -> any
compact: list -> list
concat: *list -> list
contains: short string -> bool
deepCopy: any -> any
deepEqual: any any -> bool
default: any any -> any
dict: *any -> map
dig: key key any map -> any
dir: path -> string
div: number number -> number
divf: float *float -> number
duration: seconds -> string
durationRound: length -> string
empty: any -> bool
ext: path -> string
fail: string -> string
first: list -> any
float64: number -> number
floor: float -> number
fromJson: json -> any
get: map key -> any
has: any list -> bool
hasKey: map key -> bool
hasPrefix: short string -> bool
hasSuffix: short string -> bool
hello: -> string
indent: count string -> string
initial: list -> list
initials: string -> string
int: number -> int
int64: number -> number
isAbs: path -> bool
join: short list -> string
kebabcase: words -> string
keys: *map -> strings
kindIs: kind any -> bool
kindOf: any -> string
last: list -> any
list: *any -> list
lower: string -> string
max: number *number -> number
maxf: float *float -> number
merge: fresh *fresh -> map
mergeOverwrite: fresh *fresh -> map
min: number *number -> number
minf: float *float -> number
mod: number number -> number
mul: number *number -> number
mulf: float *float -> number
mustAppend: list any -> list
mustChunk: int list -> list
mustCompact: list -> list
mustDateModify: length time -> time
mustDeepCopy: any -> any
mustFirst: list -> any
mustFromJson: json -> any
mustHas: any list -> bool
mustInitial: list -> list
mustLast: list -> any
mustMerge: fresh *fresh -> map
mustMergeOverwrite: fresh *fresh -> map
mustPrepend: list any -> list
mustPush: list any -> list
mustRegexFind: pattern string -> string
mustRegexFindAll: pattern string int -> strings
mustRegexMatch: pattern string -> bool
mustRegexReplaceAll: pattern string replacement -> string
mustRegexReplaceAllLiteral: pattern string replacement -> string
mustRegexSplit: pattern string int -> strings
mustRest: list -> list
mustReverse: list -> list
mustSlice: list count count -> list
mustToDate: layout moment -> time
mustToJson: any -> string
mustToPrettyJson: any -> string
mustToRawJson: any -> string
mustUniq: list -> list
mustWithout: list *any -> list
must_date_modify: length time -> time
nindent: count string -> string
nospace: string -> string
omit: map *key -> map
osBase: path -> string
osClean: path -> string
osDir: path -> string
osExt: path -> string
osIsAbs: path -> bool
pick: map *key -> map
pluck: key *map -> list
plural: short short int -> string
prepend: list any -> list
push: list any -> list
quote: *any -> string
randInt: count count -> int
regexFind: pattern string -> string
regexFindAll: pattern string int -> strings
regexMatch: pattern string -> bool
regexQuoteMeta: string -> string
regexReplaceAll: pattern string replacement -> string
regexReplaceAllLiteral: pattern string replacement -> string
regexSplit: pattern string int -> strings
repeat: count string -> string
replace: short short string -> string
rest: list -> list
reverse: list -> list
round: float places -> number
semver: version -> version
semverCompare: constraint version -> bool
seq: *count -> string
set: fresh key any -> map
sha1sum: string -> string
sha256sum: string -> string
sha512sum: string -> string
shuffle: string -> strings
slice: list count count -> list
snakecase: words -> string
sortAlpha: list -> strings
split: short string -> any
splitList: short string -> strings
splitn: short int string -> any
squote: *any -> string
sub: number number -> number
subf: float *float -> number
substr: int int string -> string
swapcase: words -> string
ternary: any any bool -> any
title: words -> string
toDate: layout moment -> time
toDecimal: digits -> number
toJson: any -> string
toPrettyJson: any -> string
toRawJson: any -> string
toString: any -> string
toStrings: list -> strings
trim: string -> string
trimAll: short string -> string
trimPrefix: short string -> string
trimSuffix: short string -> string
trimall: short string -> string
trunc: int string -> string
tuple: *any -> list
typeIs: kind any -> bool
typeIsLike: kind any -> bool
typeOf: any -> string
uniq: list -> list
unixEpoch: time -> string
unset: fresh key -> map
until: count -> list
untilStep: count count count -> list
untitle: words -> string
upper: string -> string
urlJoin: urlmap -> string
urlParse: url -> map
values: map -> strings
without: list *any -> list
wrap: int string -> string
wrapWith: int short string -> string
"""


def _row(line: str) -> tuple[str, tuple[tuple[str, ...], str]]:
    name, _colon, rest = line.partition(":")
    arguments, _arrow, result = rest.partition("->")
    return f"sprig_{name}", (tuple(arguments.split()), result.strip())


SPRIG_SIGNATURES = dict(_row(line) for line in ROWS.strip().splitlines())
OWN_SIGNATURES: dict[str, tuple[tuple[str, ...], str]] = {
    "parseYAML": (("yaml",), "any"),
    "regexMatch": (("pattern", "string"), "bool"),
    "regexReplaceAll": (("pattern", "replacement", "string"), "string"),
}
