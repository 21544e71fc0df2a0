"""The machine of threads (Thompson's and Pike's), with its steps remembered.

A thread is an instruction that is reached. A state is the list of all threads at a place, the preferred ones first,
before the instructions that take no rune are followed: for that the next rune has to be known, which decides what the
assertions say. A step takes a state over a letter to the next state, and says for each thread of that from which it
comes and which places it saves on the way. It depends on nothing else, so it is computed once and then looked up.

The work for a letter is at most the size of the program, as without the memory, and the memory is bounded. Where a
step was forgotten at once, ordinary patterns took 5 to 35 ms for a KB; remembered, 0.3 to 1 ms.
"""

from __future__ import annotations

from vault.gotemplate.regexp.alphabet import CONTINUATION, NEW_LINE, NO_RUNE, OTHER, WORD_RUNE, Alphabet
from vault.gotemplate.regexp.nodes import (
    BEGIN_LINE,
    BEGIN_TEXT,
    END_LINE,
    END_TEXT,
    NO_WORD_BOUNDARY,
    WORD_BOUNDARY,
)
from vault.gotemplate.regexp.program import ASSERT, MATCH, RUNES, SAVE, SPLIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.program import Program

    _Key = tuple[tuple[int, ...], bool, bool, int]
    _Saves = tuple[int, "_Saves"] | None  # the last one first

DEAD = 0  # the state without a thread
NONE = -1
MOST_HELD = 30_000  # threads and moves that are remembered, some 32 bytes each
_HELD_BYTES = 32
_MOVES_A_STEP = 8
_COPIES_A_STEP = 32


class Step:
    """One step. `moves` has for each thread of the state `to` which of the threads before it comes from.

    `saves` has the places that each of them saves, None if none does. `is_moved` is False if every thread stays where
    it is in the list. `matched` is the thread that matches before the letter is taken, or NONE, and `match_saves` what
    that saves. `has_new`: the last thread before is one that begins here. The costs are in steps of a budget, that of
    saving for itself.
    """

    __slots__ = ("cost", "has_new", "is_moved", "match_saves", "matched", "moves", "save_cost", "saves", "to")

    def __init__(self, to: int, moves: tuple[int, ...], before: int) -> None:
        """Take where it goes, from so many threads; what else there is to say is set by who makes it."""
        self.to = to
        self.moves = moves
        self.is_moved = moves != tuple(range(before))
        self.saves: tuple[tuple[int, ...], ...] | None = None
        self.matched = NONE
        self.match_saves: tuple[int, ...] = ()
        self.has_new = False
        self.cost = 1 + (len(moves) // _MOVES_A_STEP if self.is_moved else 0)
        self.save_cost = 0


class Machine:
    """The states of a program. `steps` has a list for each state, with the step over each letter, None if unknown.

    `beginnings` are the states in which only a match may begin.
    """

    __slots__ = (
        "_budget",
        "_held",
        "_keys",
        "_most_held",
        "_numbers",
        "_paid",
        "alphabet",
        "beginnings",
        "program",
        "steps",
    )

    def __init__(self, program: Program, budget: Budget, most_held: int = MOST_HELD) -> None:
        """Know no state yet, and never more than about so much."""
        self._most_held = most_held
        self.program = program
        self.alphabet = Alphabet(program.sets, budget, with_kinds=program.has_assertions)
        self._budget = budget
        self._paid = 0
        self.steps: list[list[Step | None]] = []
        self.beginnings: set[int] = set()
        self._keys: list[_Key] = []
        self._numbers: dict[_Key, int] = {}
        self._forget()

    def _forget(self) -> None:
        self.steps.clear()
        self.beginnings.clear()
        self._keys.clear()
        self._numbers.clear()
        self._held = 0
        self._state((), False, False, OTHER)  # DEAD

    def begin(self, text: bytes, at: int, *, is_searching: bool) -> int:
        """Return the state in which a match begins at a place, or, while searching, there or later."""
        return self._state((self.program.start,), is_searching, is_searching, self.alphabet.kind_before(text, at))

    def _state(self, threads: tuple[int, ...], is_searching: bool, has_new: bool, before: int) -> int:  # noqa: FBT001
        """Return the number of a state: its threads, whether a match may begin later, and the rune's kind before."""
        key = (threads, is_searching, has_new, before)
        number = self._numbers.get(key)
        if number is None:
            number = len(self._keys)
            self._hold(len(threads) + self.alphabet.end)
            self._keys.append(key)
            self._numbers[key] = number
            self.steps.append([None] * (self.alphabet.end + 1))
            if has_new and len(threads) == 1:
                self.beginnings.add(number)
        return number

    def _hold(self, count: int) -> None:
        """Count what is remembered; it is paid for once, and again only if it grows."""
        self._held += count
        if self._held > self._paid:
            self._budget.make(_HELD_BYTES * (self._held - self._paid))
            self._paid = self._held

    def step(self, state: int, letter: int) -> Step:
        """Compute and remember a step. All that is remembered may be forgotten before: only its `to` is known then."""
        key = self._keys[state]
        if self._held > self._most_held:
            self._forget()
            state = self._state(*key)
        made = _unchanged(state, len(key[0])) if letter == CONTINUATION else self._step(key, letter)
        self._hold(len(made.moves) + 4)
        self.steps[state][letter] = made
        return made

    def _step(self, key: _Key, letter: int) -> Step:
        threads, is_searching, has_new, before = key
        kind = self.alphabet.kinds[letter]
        walk = _Walk(self.program, self.alphabet.accepted, self._budget)
        walk.letter = letter
        walk.satisfied = _satisfied(before, kind) if self.program.has_assertions else 0
        matched = NONE
        for source, thread in enumerate(threads):
            if walk.follow(thread, source):
                matched = source
                break
        targets = walk.targets
        is_searching = is_searching and matched == NONE and letter != self.alphabet.end
        last = len(threads) - 1
        uses_new = has_new and (matched == last or any(source == last for source, _ in targets.values()))
        next_new = is_searching and self.program.start not in targets
        if next_new:
            targets[self.program.start] = (last, None)
        to = self._state(tuple(targets), is_searching, next_new, kind if targets else OTHER)
        step = Step(to, tuple(source for source, _ in targets.values()), len(threads))
        step.has_new = uses_new
        step.matched = matched
        self._budget.step(len(targets))
        step.match_saves = self._listed(walk.match_saves)
        copying = self.program.places // _COPIES_A_STEP
        if matched != NONE:
            step.save_cost = 1 + copying + len(step.match_saves)
        if any(saves for _, saves in targets.values()):
            step.saves = tuple(self._listed(saves) for _, saves in targets.values())
            saved = [each for each in step.saves if each]
            step.save_cost += len(targets) + sum(len(each) + copying for each in saved)
            self._hold(sum(len(each) for each in saved))
        return step

    def _listed(self, saves: _Saves) -> tuple[int, ...]:
        """Return the places that are saved, each once: it is the same place for all."""
        places = set()
        while saves:
            self._budget.step()
            places.add(saves[0])
            saves = saves[1]
        return tuple(places)


def _unchanged(state: int, threads: int) -> Step:
    return Step(state, tuple(range(threads)), threads)


class _Walk:
    """Follows the threads of a state up to the instructions that take the letter; each instruction is visited once.

    `targets` are those after them, with the number of the thread that came there first and what it saves.
    """

    __slots__ = ("_accepted", "_budget", "_program", "_seen", "letter", "match_saves", "satisfied", "targets")

    def __init__(self, program: Program, accepted: list[frozenset[int]], budget: Budget) -> None:
        self._program = program
        self._accepted = accepted
        self._budget = budget
        self._seen: set[int] = set()
        self.letter = 0
        self.satisfied = 0
        self.targets: dict[int, tuple[int, _Saves]] = {}
        self.match_saves: _Saves = None

    def follow(self, thread: int, source: int) -> bool:
        """Follow a thread; returns whether it matches, so that those after it count for nothing."""
        instructions = self._program.instructions
        waiting: list[tuple[int, _Saves]] = [(thread, None)]
        while waiting:
            at, saves = waiting.pop()
            if at in self._seen:
                continue
            self._budget.step()
            self._seen.add(at)
            instruction = instructions[at]
            operation = instruction.operation
            if operation == RUNES:
                if self.letter in self._accepted[instruction.other]:
                    self.targets.setdefault(instruction.out, (source, saves))
            elif operation == SPLIT:
                waiting.append((instruction.other, saves))
                waiting.append((instruction.out, saves))
            elif operation == SAVE:
                waiting.append((instruction.out, (instruction.other, saves)))
            elif operation == ASSERT:
                if instruction.other & self.satisfied:
                    waiting.append((instruction.out, saves))
            elif operation == MATCH:
                self.match_saves = saves
                return True
        return False


def _satisfied(before: int, after: int) -> int:
    """Return the assertions that hold between runes of two kinds, as bits."""
    places = WORD_BOUNDARY if (before == WORD_RUNE) != (after == WORD_RUNE) else NO_WORD_BOUNDARY
    if before in (NEW_LINE, NO_RUNE):
        places |= BEGIN_LINE
    if before == NO_RUNE:
        places |= BEGIN_TEXT
    if after in (NEW_LINE, NO_RUNE):
        places |= END_LINE
    if after == NO_RUNE:
        places |= END_TEXT
    return places
