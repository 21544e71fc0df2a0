"""Which of sprig's functions there are, in which module, and why others are refused; names are without the prefix."""

from __future__ import annotations

BY_MODULE = {
    "casing": ("camelcase", "lower", "swapcase", "title", "untitle", "upper"),
    "conversion": ("atoi", "float64", "int", "int64", "toDecimal"),
    "dates": (
        "ago", "duration", "durationRound", "mustDateModify", "mustToDate", "must_date_modify", "toDate", "unixEpoch",
    ),
    "decimals": ("add1f", "addf", "divf", "mulf", "subf"),
    "defaults": ("all", "any", "coalesce", "default", "empty", "fail", "ternary"),
    "dicts": (
        "deepCopy", "dict", "dig", "get", "hasKey", "keys", "merge", "mergeOverwrite", "mustDeepCopy", "mustMerge",
        "mustMergeOverwrite", "omit", "pick", "pluck", "set", "unset", "values",
    ),
    "digests": ("adler32sum", "sha1sum", "sha256sum", "sha512sum"),
    "encodings": ("b32dec", "b32enc", "b64dec", "b64enc"),
    "json": (
        "fromJson", "mustFromJson", "mustToJson", "mustToPrettyJson", "mustToRawJson", "toJson", "toPrettyJson",
        "toRawJson",
    ),
    "lists": (
        "append", "chunk", "compact", "concat", "first", "has", "initial", "last", "list", "mustAppend", "mustChunk",
        "mustCompact", "mustFirst", "mustHas", "mustInitial", "mustLast", "mustPrepend", "mustPush", "mustRest",
        "mustReverse", "mustSlice", "mustUniq", "mustWithout", "prepend", "push", "rest", "reverse", "slice", "tuple",
        "uniq", "without",
    ),
    "maths": (
        "add", "add1", "biggest", "ceil", "div", "floor", "max", "maxf", "min", "minf", "mod", "mul", "round", "sub",
    ),
    "paths": ("base", "clean", "dir", "ext", "isAbs", "osBase", "osClean", "osDir", "osExt", "osIsAbs"),
    "random": ("randInt", "shuffle"),
    "reflection": ("deepEqual", "kindIs", "kindOf", "typeIs", "typeIsLike", "typeOf"),
    "regexps": (
        "mustRegexFind", "mustRegexFindAll", "mustRegexMatch", "mustRegexReplaceAll", "mustRegexReplaceAllLiteral",
        "mustRegexSplit", "regexFind", "regexFindAll", "regexMatch", "regexQuoteMeta", "regexReplaceAll",
        "regexReplaceAllLiteral", "regexSplit",
    ),
    "sequences": ("seq", "until", "untilStep"),
    "splitting": ("join", "sortAlpha", "split", "splitList", "splitn", "toStrings"),
    "strings": (
        "abbrev", "abbrevboth", "cat", "contains", "hasPrefix", "hasSuffix", "hello", "indent", "initials", "nindent",
        "nospace", "plural", "quote", "repeat", "replace", "squote", "substr", "toString", "trim", "trimAll",
        "trimPrefix", "trimSuffix", "trimall", "trunc",
    ),
    "urls": ("urlJoin", "urlParse"),
    "versions": ("semver", "semverCompare"),
    "words": ("kebabcase", "snakecase", "wrap", "wrapWith"),
}  # fmt: skip

BY_REASON = {
    "Consul-Template has it not, as it gives something else each time": (
        "date", "dateInZone", "dateModify", "date_in_zone", "date_modify", "htmlDate", "htmlDateInZone", "now",
        "randAlpha", "randAlphaNum", "randAscii", "randBytes", "randNumeric", "uuidv4",
    ),
    "Consul-Template has it not, as it reads from the node": ("env", "expandenv", "getHostByName"),
    "it makes a key or a certificate; let Vault make it": (
        "buildCustomCert", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert", "genSelfSignedCertWithKey",
        "genSignedCert", "genSignedCertWithKey",
    ),
    "it needs a cipher that the program in the Pod has not; Vault's transit engine has it": (
        "decryptAES", "encryptAES",
    ),
    "it would take the Pod a second of its processor; store the result in Vault": (
        "bcrypt", "derivePassword", "htpasswd",
    ),
}  # fmt: skip
