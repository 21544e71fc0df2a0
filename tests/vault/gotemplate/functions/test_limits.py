"""What each function makes and goes through is counted before it does, whatever it is given."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import pytest

from tests.support.vault.chance import Chance
from vault.gotemplate.errors import LimitExceeded, TemplateError
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.functions.table import MODULES
from vault.gotemplate.functions.time.moment import Moment
from vault.gotemplate.limits import Limits
from vault.gotemplate.template import parse
from vault.gotemplate.values import Slice

MIB = 1024 * 1024
LIMITS = Limits(steps=50_000, output_bytes=100_000, made_bytes=MIB)
LONG = b"a\n" * 20_000
MAP = {b"%d" % each: each for each in range(2_000)}
LIST = [b"aaaa"] * 10_000
# by the type of a parameter
VALUES: dict[str, tuple[Any, ...]] = {
    "string": (LONG, b"[" * 20_000, b"1h2006 A-b/.." * 2_000),
    "int": (1 << 62, -7),
    "float64": (1e308,),
    "bool": (True,),
    "map[string]interface {}": (MAP,),
    "[]interface {}": (LIST,),
    "[]string": (Slice(LIST, type_name="[]string"),),
    "time.Time": (Moment(10**18),),
    "interface {}": (LIST, MAP, LONG, 1e308),
}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_function_takes_little_memory(name: str) -> None:
    """It gives a value or is refused, and has not taken more than the limit allows."""
    function = LIBRARY.get(name)
    assert function is not None
    types = [*function.parameters, *[function.variadic] * (3 if function.variadic else 0)]
    for values in itertools.islice(itertools.product(*(VALUES[each] for each in types)), 40):
        data = {b"v%d" % position: each for position, each in enumerate(values)}
        arguments = (f"$.v{position}" for position in range(len(values)))
        template = parse(f"{{{{$x := {' '.join((name, *arguments))}}}}}".encode(), functions=LIBRARY)
        tracemalloc.start()
        try:
            template.execute(data, limits=LIMITS, chance=Chance())
        except TemplateError as error:
            assert error.reason
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * MIB


def test_a_long_quotient() -> None:
    """Each division by a small float makes the quotient longer: it ends at a limit, not after seconds."""
    call = f"sprig_divf 1e308 {'1e-308 ' * 10_000}"
    with pytest.raises(LimitExceeded, match=r"on the way|steps"):
        parse(f"{{{{{call}}}}}".encode(), functions=LIBRARY).execute(None)


@pytest.mark.parametrize(
    "call",
    [
        "sprig_repeat 9223372036854775807 `ab`", "sprig_until 9223372036854775807",
        "sprig_untilStep 0 -9223372036854775808 -1",
        "sprig_seq 1 9223372036854775807", "sprig_indent 9223372036854775807 $.long", "sprig_chunk 1 $.list",
        "sprig_uniq $.numbers", "sprig_without $.numbers 1 2 3", "sprig_wrapWith 1 $.long $.long",
        "sprig_replace `a` $.long $.long", "sprig_regexReplaceAll `a` $.long $.long", "sprig_regexFindAll `` $.long -1",
        "sprig_mulf 1e308 1e308 1e308 1e308 | sprig_deepCopy", "sprig_splitList `` $.long", "sprig_shuffle $.long",
        "sprig_deepEqual $.list $.list2", "sprig_quote $.list $.long $.long", "timestamp $.long",
    ],
)  # fmt: skip
def test_a_hostile_call_ends(call: str) -> None:
    """Called again and again it ends at a limit, without having taken much memory."""
    data = {b"long": LONG, b"list": LIST, b"list2": list(LIST), b"numbers": list(range(3_000))}
    template = parse(f"{{{{range 100000}}}}{{{{$x := {call}}}}}{{{{end}}}}".encode(), functions=LIBRARY)
    tracemalloc.start()

    with pytest.raises(TemplateError, match=r"on the way|steps"):
        template.execute(data, limits=LIMITS, chance=Chance())

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * MIB
