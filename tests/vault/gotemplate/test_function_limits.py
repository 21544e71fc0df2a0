"""What functions make and go through is counted before they do."""

from __future__ import annotations

import tracemalloc

import pytest

from vault.gotemplate.errors import LimitExceeded
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.limits import Limits
from vault.gotemplate.template import parse

MIB = 1024 * 1024
LIMITS = Limits(steps=50_000, output_bytes=100_000, made_bytes=MIB)
DATA = {
    b"long": b"a\n" * 20_000,
    b"list": [b"aaaa"] * 10_000,
    b"numbers": [1] * 10_000,
    b"map": {b"%d" % each: each for each in range(2_000)},
    b"deep": {b"a/" * 10_000 + b"b": 1},
    b"nested": b"[" * 20_000,
}
REPEATED = "{{{{range 100000}}}}{{{{$x := {} }}}}{{{{end}}}}"
# what a template does, and a word of the limit at which it ends
HOSTILE = {
    "{{indent 9223372036854775807 $.long}}": "on the way",
    "{{indent 1000 $.long}}": "on the way",
    '{{replaceAll "a" $.long $.long}}': "on the way",
    '{{replaceAll "" $.long $.long}}': "on the way",
    '{{split "" $.long}}': "on the way",
    '{{splitToMap "\\n" "" $.long}}': "on the way",
    "{{range loop 9223372036854775807}}{{end}}": "steps",
    "{{range loop -9223372036854775808 9223372036854775807}}{{continue}}{{end}}": "steps",
    "{{containsAll $.list $.list}}{{containsNone $.list $.numbers}}": "steps",
    "{{parseJSON $.nested}}": "on the way|deep",
    "{{explodeMap $.deep}}": "on the way",
    '{{define "x"}}{{executeTemplate "x"}}{{end}}{{executeTemplate "x"}}': "deep",
    '{{define "x"}}{{executeTemplate "y"}}{{executeTemplate "y"}}{{end}}{{define "y"}}{{$.long}}{{end}}'
    '{{range 100}}{{$x := executeTemplate "x" .}}{{end}}{{range 200}}{{$x := toJSON $.list}}{{end}}': "on the way",
    '{{range 100000}}{{scratch.Set (print .) "x"}}{{end}}': "on the way|steps",
    '{{range 100000}}{{scratch.MapSet "a" (print .) "x"}}{{end}}': "on the way|steps",
    '{{$x := split "n" (toJSON $.long)}}{{range 100}}{{$s := join $.long $x}}{{end}}': "on the way",
    **{
        REPEATED.format(each): "on the way|steps"
        for each in (
            "base64Encode $.long",
            "base64Decode (base64Encode $.long)",
            "base64URLEncode $.long",
            'hmacSHA256Hex $.long "k"',
            "md5sum $.long",
            "sha256Hex $.long",
            "toLower $.long",
            "toUpper $.long",
            "toTitle $.long",
            "toJSON $.list",
            "toJSONPretty $.map",
            "toUnescapedJSON $.long",
            "toYAML $.list",
            "toYAML $.map",
            "toYAML $.long",
            "toTOML $.map",
            'in $.long "zzz"',
            "in $.numbers 2",
            'trim "xyz" $.long',
            "trimSpace $.long",
            'trimPrefix "a" $.long',
            "trimSuffix $.long $.long",
            'parseFloat "1"',
            "mergeMap $.map $.map",
            "mergeMapWithOverride $.map $.map",
            "add 1 2",
        )
    },
}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_template_ends_at_a_limit(text: str) -> None:
    """It ends in an error of the limit, without having taken much memory."""
    template = parse(text.encode(), functions=LIBRARY)
    tracemalloc.start()

    with pytest.raises(LimitExceeded, match=HOSTILE[text]):
        template.execute(DATA, limits=LIMITS)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * MIB


def test_a_value_in_itself() -> None:
    """A map that a template has put into itself is too deep for what goes through it."""
    text = b'{{scratch.MapSet "a" "b" 1}}{{scratch.MapSet "a" "b" (scratch.Get "a")}}{{%s (scratch.Get "a")}}'
    for name in (b"toJSON", b"toYAML", b"toTOML", b"print"):
        with pytest.raises(LimitExceeded, match=r"too deep|on the way|steps"):
            parse(text % name, functions=LIBRARY).execute(None)
