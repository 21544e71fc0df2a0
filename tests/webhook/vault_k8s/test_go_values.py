"""Values as Go parses them: what vault-k8s takes is taken, what it refuses is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.admission.annotations.vault_k8s import go_values

SECOND = 10**9
LIKELY = st.text(alphabet="0123456789.-+hmsuµn_eEtrufalTRUFL \n") | st.text(max_size=8)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true(text: str) -> None:
    """Six words are true."""
    assert go_values.parse_bool(text) is True


@pytest.mark.parametrize("text", ["", "0", "f", "F", "FALSE", "false", "False"])
def test_false(text: str) -> None:
    """Six words are false, and an empty text."""
    assert go_values.parse_bool(text) is False


@pytest.mark.parametrize("text", ["tRuE", "yes", "no", "on", " true", "true ", "2", "-1", "TrUe", "null", "\uff11"])
def test_no_boolean(text: str) -> None:
    """Any other word is refused."""
    with pytest.raises(ValueError, match="write true or false"):
        go_values.parse_bool(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("0", 0),
        ("007", 7),
        ("+5", 5),
        ("-5", -5),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_int(text: str, expected: int) -> None:
    """A whole number has a sign or none, and 64 bits."""
    assert go_values.parse_int(text) == expected


@pytest.mark.parametrize(
    "text", ["a", "1.0", " 1", "1_000", "0x10", "9223372036854775808", "--1", "+", "9" * 100, "\u0661"]
)
def test_no_int(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="write a whole number"):
        go_values.parse_int(text)


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("12", 12), ("18446744073709551615", 2**64 - 1)])
def test_uint(text: str, expected: int) -> None:
    """A whole number without a sign has 64 bits, too."""
    assert go_values.parse_uint(text) == expected


@pytest.mark.parametrize("text", ["-1", "+1", "18446744073709551616", "1s", "9" * 100])
def test_no_uint(text: str) -> None:
    """It takes no sign."""
    with pytest.raises(ValueError, match="without a sign"):
        go_values.parse_uint(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-0", 0),
        ("5s", 5 * SECOND),
        ("1h30m", 5400 * SECOND),
        ("1.5s", SECOND * 3 // 2),
        (".5m", 30 * SECOND),
        ("1.s", SECOND),
        ("-2m", -120 * SECOND),
        ("+1ms", 10**6),
        ("1us1µs1μs", 3000),
        ("1.9ns", 1),
        ("1m1m", 120 * SECOND),
        ("2562047h47m16.854775807s", 2**63 - 1),
    ],
)
def test_duration(text: str, expected: int) -> None:
    """Times have units, fractions and a sign, as Go writes and reads them."""
    assert go_values.parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "5", "-", "+", ".", "s", ".s", "1", "1d", "1 s", "s1", "5m ", "1h1", "3000000h", "9" * 200 + "s", "00"]
)
def test_no_duration(text: str) -> None:
    """A number without a unit is no time, but for 0; nor is what takes more than 64 bits of nanoseconds."""
    with pytest.raises(ValueError, match="write a time with a unit"):
        go_values.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("", None), ("300", 300), ("5m", 300), ("1500ms", 1), ("-1500ms", -1), ("-3", -3), ("0s", 0)]
)
def test_seconds(text: str, expected: int | None) -> None:
    """Where Vault itself parses a time, digits alone are seconds."""
    assert go_values.parse_seconds(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("", 0.0), ("0.9", 0.9), (".5", 0.5), ("1e-1", 0.1), ("-2.", -2.0)])
def test_float(text: str, expected: float) -> None:
    """Decimal numbers."""
    assert go_values.parse_float(text) == expected


@pytest.mark.parametrize("text", ["a", "1,5", "e5", "1e", "0x1p-2", "9" * 100])
def test_no_float(text: str) -> None:
    """Nothing else."""
    with pytest.raises(ValueError, match="write a number"):
        go_values.parse_float(text)


@given(LIKELY)
def test_any_text(text: str) -> None:
    """Any text gives a value, or our error."""
    for parse in (
        go_values.parse_bool,
        go_values.parse_int,
        go_values.parse_uint,
        go_values.parse_float,
        go_values.parse_duration,
        go_values.parse_seconds,
    ):
        try:
            parse(text)
        except ValueError as error:
            assert str(error).startswith("is ")
