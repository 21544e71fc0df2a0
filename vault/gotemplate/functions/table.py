"""Which functions there are, in which module, and why others are refused."""

from __future__ import annotations

from vault.gotemplate.functions.sprig import table as sprig

_BY_MODULE = {
    "arithmetic": ("add", "subtract", "multiply", "divide", "modulo", "minimum", "maximum"),
    "casing": ("toLower", "toTitle", "toUpper"),
    "definitions": ("executeTemplate",),
    "digests": ("hmacSHA256Hex", "md5sum", "sha256Hex"),
    "encodings": ("base64Decode", "base64Encode", "base64URLDecode", "base64URLEncode"),
    "jsonreader": ("parseJSON",),
    "jsonwriter": ("toJSON", "toJSONPretty", "toUnescapedJSON", "toUnescapedJSONPretty"),
    "maps": ("explodeMap", "mergeMap", "mergeMapWithOverride"),
    "membership": ("contains", "containsAll", "containsAny", "containsNone", "containsNotAll", "in"),
    "moments": ("timestamp",),
    "numbers": ("loop", "parseBool", "parseFloat", "parseInt", "parseUint"),
    "patterns": ("regexMatch", "regexReplaceAll"),
    "scratch": ("scratch",),
    "strings": (
        "indent",
        "join",
        "replaceAll",
        "split",
        "splitToMap",
        "trim",
        "trimPrefix",
        "trimSpace",
        "trimSuffix",
    ),
    "tomlwriter": ("toTOML",),
    "yamlreader": ("parseYAML",),
    "yamlwriter": ("toYAML",),
}
MODULES = {name: module for module, names in _BY_MODULE.items() for name in names}
MODULES |= {f"sprig_{name}": f"sprig.{module}" for module, names in sprig.BY_MODULE.items() for name in names}

_BY_REASON = {
    "it reads from Consul, and templates here read from Vault alone": (
        "caLeaf",
        "caRoots",
        "connect",
        "datacenters",
        "exportedServices",
        "key",
        "keyExists",
        "keyOrDefault",
        "ls",
        "node",
        "nodes",
        "partitions",
        "peerings",
        "safeLs",
        "safeTree",
        "service",
        "services",
        "tree",
    ),
    "it reads from Nomad, and templates here read from Vault alone": (
        "nomadService",
        "nomadServices",
        "nomadVar",
        "nomadVarExists",
        "nomadVarList",
        "nomadVarListSafe",
    ),
    "it takes what Consul or Nomad gave, and templates here read from Vault alone": (
        "byKey",
        "byMeta",
        "byPort",
        "byTag",
        "explode",
    ),
    "it starts a program": ("plugin",),
    "it reads the addresses of the node": ("sockaddr",),
    'it is for debugging; `printf "%#v"` shows a value with its types': (
        "spew_dump",
        "spew_printf",
        "spew_sdump",
        "spew_sprintf",
    ),
}
REFUSED = {name: reason for reason, names in _BY_REASON.items() for name in names}
REFUSED |= {f"sprig_{name}": reason for reason, names in sprig.BY_REASON.items() for name in names}
