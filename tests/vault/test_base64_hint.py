"""What is said of a text that is not the base64 that was asked for."""

from __future__ import annotations

import base64

import pytest

from vault.agent.render.files import render_files
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output

OUTPUT = Output(directory="/d", name="f", mode="0444", key="k", decode="base64")


@pytest.mark.parametrize("text", ["AAEC/w==", " AAEC\n/w== ", ""])
def test_base64_is_decoded(text: str) -> None:
    """With padding, and blanks and line ends anywhere."""
    (file,) = render_files(OUTPUT, {"k": text})
    assert file.contents.reveal() == (b"\x00\x01\x02\xff" if text else b"")


@pytest.mark.parametrize("text", ["-_-_", "AAEC_w", "AAEC_w==", " AAEC\n_w ", ""])
def test_base64url_is_decoded(text: str) -> None:
    """With padding or without; blanks and line ends anywhere."""
    (file,) = render_files(OUTPUT.replace(decode="base64url"), {"k": text})
    assert file.contents.reveal() == base64.urlsafe_b64decode("".join(text.split()).rstrip("=") + "==")


@pytest.mark.parametrize("text", ["AAEC+w", "AAEC/w==", "AAEC_w=", "AAECw!", "A", "é"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    """The other alphabet, half a padding, and what is none at all."""
    with pytest.raises(NotRepresentable, match="the key 'k' is not base64url") as refused:
        render_files(OUTPUT.replace(decode="base64url"), {"k": text})
    assert ("write decode=base64" in str(refused.value.hint)) == ("+" in text or "/" in text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AAEC_w==", "it may be base64url"),
        ("AAEC_w", "it may be base64url"),
        ("-_-_", "it may be base64url"),
        ("AAEC/w", "it may be base64 without padding"),
        ("AAEC/w=", "it may be base64 without padding"),
        ("AAEC/w====", "its padding is not valid base64"),
        ("data:;base64,AAEC/w==", "it is a data: URL"),
        ("p w!", "remove decode=base64"),
        ("é", "remove decode=base64"),
        ("====", "remove decode=base64"),
    ],
)
def test_another_alphabet_has_a_hint(text: str, words: str) -> None:
    """The alphabet of URLs and a missing padding are named, without the text."""
    with pytest.raises(NotRepresentable, match="the key 'k' is not base64") as refused:
        render_files(OUTPUT, {"k": text})

    assert words in refused.value.hint
    assert text not in refused.value.message + refused.value.hint
