"""AES-256 in CBC mode, encryption alone (FIPS 197; NIST SP 800-38A), padded as PKCS #7 says.

Python's library gives no cipher. This one is not for secrets that somebody could time: what it protects goes into a
file in memory, beside its password.
"""

from __future__ import annotations

_BLOCK = 16
_ROUNDS = 14
_MASK = 0xFFFFFFFF


def encrypt_cbc(key: bytes, vector: bytes, plain: bytes) -> bytes:
    """Encrypt with a key of 32 bytes and a vector of 16."""
    padding = _BLOCK - len(plain) % _BLOCK
    plain += bytes([padding]) * padding
    keys, tables, box = _expanded(key), _TABLES, _BOX
    previous = int.from_bytes(vector, "big")
    blocks = []
    for start in range(0, len(plain), _BLOCK):
        previous = _encrypt_block(previous ^ int.from_bytes(plain[start : start + _BLOCK], "big"), keys, tables, box)
        blocks.append(previous.to_bytes(_BLOCK, "big"))
    return b"".join(blocks)


def _encrypt_block(block: int, keys: list[int], tables: list[list[int]], box: bytes) -> int:
    one, two, three, four = tables
    a, b, c, d = ((block >> shift & _MASK) ^ key for shift, key in zip((96, 64, 32, 0), keys[:4], strict=True))
    for at in range(4, 4 * _ROUNDS, 4):
        a, b, c, d = (
            one[a >> 24] ^ two[b >> 16 & 255] ^ three[c >> 8 & 255] ^ four[d & 255] ^ keys[at],
            one[b >> 24] ^ two[c >> 16 & 255] ^ three[d >> 8 & 255] ^ four[a & 255] ^ keys[at + 1],
            one[c >> 24] ^ two[d >> 16 & 255] ^ three[a >> 8 & 255] ^ four[b & 255] ^ keys[at + 2],
            one[d >> 24] ^ two[a >> 16 & 255] ^ three[b >> 8 & 255] ^ four[c & 255] ^ keys[at + 3],
        )
    words = ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))
    block = 0
    for (w, x, y, z), key in zip(words, keys[-4:], strict=True):
        word = box[w >> 24] << 24 | box[x >> 16 & 255] << 16 | box[y >> 8 & 255] << 8 | box[z & 255]
        block = block << 32 | word ^ key
    return block


def _expanded(key: bytes) -> list[int]:
    """Return the words of all rounds' keys."""
    words = [int.from_bytes(key[start : start + 4], "big") for start in range(0, 32, 4)]
    constant = 1
    for number in range(8, 4 * (_ROUNDS + 1)):
        word = words[-1]
        if number % 8 == 0:
            word = _substituted((word << 8 | word >> 24) & _MASK) ^ constant << 24
            constant = _doubled(constant)
        elif number % 8 == 4:  # noqa: PLR2004 - of a key of 256 bits alone
            word = _substituted(word)
        words.append(words[number - 8] ^ word)
    return words


def _substituted(word: int) -> int:
    return int.from_bytes(bytes(_BOX[each] for each in word.to_bytes(4, "big")), "big")


def _doubled(value: int) -> int:
    """Return a value of the field GF(2^8) times x."""
    value <<= 1
    return value ^ 0x11B if value & 0x100 else value


def _make_box() -> bytes:
    """Make the S-box: of each value the inverse in GF(2^8), then an affine map (FIPS 197, 5.1.1)."""
    box = bytearray(256)
    value, inverse = 1, 1
    while True:
        value ^= _doubled(value)  # times 3, which generates the field
        for shift in (1, 2, 4):  # and the inverse by 3
            inverse ^= inverse << shift
        inverse &= 0xFF
        if inverse & 0x80:
            inverse ^= 0x09
        turned = inverse * 0x101  # the byte twice, so that a part of it is the byte turned
        box[value] = (inverse ^ turned >> 7 ^ turned >> 6 ^ turned >> 5 ^ turned >> 4) & 0xFF ^ 0x63
        if value == 1:
            break
    box[0] = 0x63
    return bytes(box)


def _make_tables(box: bytes) -> list[list[int]]:
    """Make for each byte of a column what substitution and mixing give of it (FIPS 197, 5.1.3)."""
    first = [_doubled(s) << 24 | s << 16 | s << 8 | _doubled(s) ^ s for s in box]
    tables = [first]
    for _ in range(3):
        tables.append([(each >> 8 | each << 24) & _MASK for each in tables[-1]])
    return tables


_BOX = _make_box()
_TABLES = _make_tables(_BOX)
