"""Texts for generated templates that mean something: patterns, layouts and times, versions, URLs, paths, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

PATTERNS = (
    "a", "[a-z]+", "(a)(b)?", "^", "$", "", "\\b", "(?i)WORD", "a|b|", "x*", "(?P<n>[0-9]+)", ".", "\\s+", "[^a]",
    "é", "(", "a**", "[z-a]", "\\pL", "(?:ab)+?", "\\d{2,3}", "a{1001}", "\\xff", "(?s).+", "\\z", "[[:alpha:]]+", ",",
)  # fmt: skip
REPLACEMENTS = ("", "x", "$1", "${1}x", "$0$0", "$n", "$$", "${n}", "$1x", "\\1", "é", "$")
LAYOUTS = (
    "2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.999999999Z07:00", "Jan _2, 2006 at 3:04pm (MST)",
    "Monday, 02-Jan-06 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05 -0700", "January 2 2006 03:04:05 PM", "2006-002",
    "15:04:05.000", "2006__2", "06-1-2 -07:00:00", "Z0700 -07 -070000 Z07:00:00 Z070000 Z07", "_2006 5 4 3",
    "02/01/2006", "", "2006-01-02 15:04:05 -0700 MST", "05,999 .00", "Januaryx Janx Mony MSTT", "2006-01-02 15:04",
    "unix", "é2006", "3PM", "1504.09", "Mon Jan _2 15:04:05 MST 2006", "15h", "  2006 ",
)  # fmt: skip
MOMENTS = (
    "2020-02-29", "2021-02-29", "1999-12-31", "0001-01-01", "2006-01-02T15:04:05Z", "2024-02-30",
    "2006-01-02T15:04:05.123456789+01:30",
    "2006-01-02T15:04:05,5-23:59", "Feb  3, 2013 at 7:54pm (PST)", "Feb 13, 2013 at 12:54am (GMT+3)",
    "Thursday, 29-Feb-96 23:59:59 UTC", "thu, 29 feb 1996 23:59:59 -0730", "March 5 2012 12:00:00 AM", "2012-366",
    "2011-366", "2012-060",
    "12:30:45.678", "24:00:00.000", "2006 45", "99-13-1 +01:02:03", "70-1-2 -00:00:01", "Z Z Z Z Z Z",
    "+0100 +01 +010000 +01:00:00 Z Z", "12/31/2020",
    "31/12/2020", "", "2020-02-29 10:00:00 +0000 UTC", "2020-02-29 10:00:00 +0100 CET", "2020-02-29 25:00", "é2020",
    "1PM", "13AM", "0030.12", "Thu Feb  4 21:00:57 WITA 2010", "Thu Feb 4 21:00:57 ABCDE 2010", "10h", "2020",
    "Thu Feb 4 21:00:57 +03 2010", "Thu Feb 4 21:00:57 -24 2010", "Thu Feb 4 21:00:57 GMT-12 2010",
)  # fmt: skip
LENGTHS = (
    "1h", "-1h30m", "1.5h", "300ms", "2us", "2\u00b5s", "3\u03bcs", "7ns", "0", "", "+5s", "-", "1", "1x", "1h1", ".5m",
    "1.m", ".s", "9223372036854775807ns", "9223372036854775808ns", "-9223372036854775808ns", "2562047h47m16.854775807s",
    "2562048h", "0.00000000000000000001h", "1d", "26h3m", "9000h", "800h", "59s", "1m1s", "0.9999999999999999999s",
)  # fmt: skip
VERSIONS = (
    "1.2.3", "v1.2.3", "1", "1.2", "v2", "1.2.3-alpha.1", "1.2.3-alpha.beta", "1.2.3+build.5", "1.2.3-rc.1+b-7",
    "0.0.0", "0.1.0", "0.0.3", "01.2.3", "1.2.3-01", "1.2.3-0a", "1.2.3-", "a", "", "1.2.3.4",
    "18446744073709551615.0.0",
    "18446744073709551616.0.0", "1.2.3-99", "1.2.3-103", "2.0.0-1", " 1.2", "1.4.9", "1.3.0", "2.1.0", "0.2.9",
)  # fmt: skip
CONSTRAINTS = (
    "1.2.3", "=1.2.3", "!=1.2.3", ">1.2", "<2", ">=1.2.3", "=>1", "<=1.2", "=<2", "~1.2.3", "~>1.2", "^1.2", "^0.2.3",
    "^0.0.3", "^0.0", "^0", "1.x", "1.2.x", "*", "", ">=1.2 <2", ">= 1.2, < 3.0.0", "1.2 - 1.4.5", "~1 || ^2",
    "!=1.x", "!=1.2.x", ">1.x", ">1.2.x", "<=1.x", "x.1", ">=1.2.3-alpha", "~1.2.3-beta", "^1.2.3-alpha.1", "1.2.3-a.b",
    "<1.2.3-zz", "a", "1.2.3,", "||", "1.2 || x", ">=1.2.3-0 <2", "~0.0.0", "~*", "^*", "!=*", ">*", "<*", "1|2",
    "1.0 - 2.0 3.0 - 4.0", "=1.2", "v1.2.3", "!= 1.2.3-alpha.1", "1 - 2 || 3", "01.2", "1.2.3-01",
)  # fmt: skip
URLS = (
    "https://user:p%40ss@host.example:8443/a/b%20c?q=1&r=%20#frag%20x", "http://h", "postgres://a:b@h1:1,h2:2/db?x",
    "mailto:a@b.c", "/path/only", "//host/path", "///path", "rel/path", "a:b", "1a:b", ":x", "*", "", "?q", "#f", "/?",
    "http://[::1]:80/", "http://[fe80::1%25en0]/", "http://[1.2.3.4]/", "http://[::ffff:1.2.3.4]", "http://[::1",
    "x[y]",
    "http://a b/", "http://h:80x/", "http://h:1:2/", "ftp://h:1:2/", "http://u@v@h/", "http://u%/", "/a%2fb", "/%zz",
    "HTTP://H/é", "http://h/a;b=c,d", "http://user@/", "http://h%41/", "http://h%C3%A9/", "a/b:c", "./b:c", "\x7f",
    "http:opaque?q", "http:/one", "s://", 'http://h#%41%20"', "urn:x:y#z", "http://[1:2:3:4:5:6:7::]/", "jdbc:x://h/",
    "http://[1::2::3]", "http://[fe80::1%25]", "http://u:@h", "http://:p@h", "http://h:", 'http://<h>"/', "http://h^",
)  # fmt: skip
PATHS = (
    "", "/", "a", "/a/b.txt", "a/../b", "../a", "/../a", "a//b/./c", "a/b/", "//", ".", "..", "a/..", "/a/./../b.c.d",
    ".bashrc", "a.b/c", "é/ü.x", "a/b/../../..", "./a", "/.", "a.", "/a/..", "a/b/..//c",
)  # fmt: skip
WORDS = (
    "FirstName", "HTTPServer", "NoHTTPS", "GO_PATH", "GO PATH", "GO-PATH", "http2xx", "HTTP20xOK", "Duration2m3s",
    "Bld4Floor3rd", "some_words", "http_server", "no_https", "_complex__case_", "some words", "GOLANG_IS_GREAT", "-a",
    "a-", "--", "A", "aB", "AbC1", "1a2B", "a.b,c", "x$y", "foo  bar", " lead", "ABc", "a1", "1", "A1b", "a_1", "1_a",
    "don't stop", "it's 5 o'clock", "ünï wörd", "ǆ ß ﬁ", "日本 word", "A1.b2", "+a+B", "word\tTab\nline", "İstanbul",
    "Ⅷ ⓐ ª", "a1B2c3", "X-2-y", "ABC123def", "hello world", "HELLO", "a!B?c", "1.2.3", "x86_64", "e2e",
)  # fmt: skip
KINDS = (
    "string", "int", "int64", "float64", "bool", "map", "slice", "invalid", "ptr", "uint8", "uint64", "<nil>",
    "[]string", "[]interface {}", "map[string]interface {}", "json.Number", "struct", "time.Time", "semver.Version",
    "*semver.Version", "[]uint8",
)  # fmt: skip
FLOATS = (
    "0", "1", "-1", "0.1", "0.2", "0.3", "2.5", "-2.5", "3", "7", "1e3", "123.555", "-0.5", "0.005", "1e-7", "1e15",
    "1e22",    "9007199254740993", "123456789.987654321", '"1.5"', '"x"', '"0x10"', '"1_000"', '"inf"', "nil", "true",
    '(parseFloat "nan")', '(parseFloat "inf")', '(parseFloat "-0")', "1e300", "1e-300", "5e-324",
    "1.7976931348623157e308", "$d.v", '(parseUint "18446744073709551615")', "1.005", "2.675",
)  # fmt: skip


def piece(random: Random, texts: tuple[str, ...]) -> str:
    """Return one of the texts, seldom with a character too few or too many."""
    made = random.choice(texts)
    if random.random() < 0.06:
        at = random.randrange(len(made) + 1)
        made = (
            made[:at] + random.choice(("", " ", "1", ".", "-", "%", "é", ":", "/")) + made[at + random.choice((0, 1)) :]
        )
    return made
