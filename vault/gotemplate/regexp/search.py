"""Searches one text for a pattern: whether, where, and with the places of groups. As regexp/exec.go."""

from __future__ import annotations

from vault.gotemplate.regexp.machine import DEAD, NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.machine import Machine

_STEPS_AT_ONCE = 64
_PLACE_BYTES = 8
_SKIPPED_A_STEP = 1024


class Search:
    """A text to be searched. A search is leftmost, and among the matches there the one that backtracking finds first.

    Steps are counted before they are taken, up to _STEPS_AT_ONCE of them together.
    """

    __slots__ = ("_budget", "_credit", "_is_anchored", "_letters", "_machine", "_most_places", "_prefix", "text")

    def __init__(self, machine: Machine, text: bytes, budget: Budget) -> None:
        """Take the text."""
        self._machine = machine
        self._budget = budget
        self.text = text
        self._letters = machine.alphabet.letters_of(text)
        self._is_anchored = machine.program.is_anchored
        self._prefix = machine.program.prefix
        self._credit = 0
        self._most_places = 0

    def _lend(self, cost: int) -> int:
        """Count steps, at least so many, and return how many."""
        count = max(cost, _STEPS_AT_ONCE)
        self._budget.step(count)
        return count

    def _skip(self, at: int) -> int:
        """Return where the next match may begin, NONE if nowhere: what every match begins with is found by itself."""
        if not self._prefix:
            return at
        # C finds it: a KiB takes no longer than a step, so it is counted when it is known how far that was
        found = self.text.find(self._prefix, at)
        self._budget.step(((found if found >= 0 else len(self.text)) - at) // _SKIPPED_A_STEP)
        return found

    def span(self, at: int, *, is_enough_to_match: bool = False) -> tuple[int, int] | None:
        """Return where the first match from `at` on begins and ends.

        `is_enough_to_match`: the end may be of any match, so the search ends with the first that is seen.
        """
        if self._is_anchored and at > 0:
            return None
        at = self._skip(at)
        if at < 0:
            return None
        machine, letters = self._machine, self._letters
        known, beginnings, credit = machine.steps, machine.beginnings, self._credit
        state = machine.begin(self.text, at, is_searching=not self._is_anchored)
        begins = [at]
        found = None
        while True:
            step = known[state][letters[at]] or machine.step(state, letters[at])
            credit -= step.cost
            if credit < 0:
                credit += self._lend(-credit)
            if step.has_new:
                begins[-1] = at
            if step.matched != NONE:
                found = begins[step.matched], at
                if is_enough_to_match:
                    break
            if step.is_moved:
                begins = [begins[each] for each in step.moves]
            state = step.to
            if state == DEAD:
                break
            at += 1
            if state in beginnings and self._prefix:
                at = self._skip(at)
                if at < 0:
                    break
                state = machine.begin(self.text, at, is_searching=True)
        self._credit = credit
        return found

    def places(self, begin: int) -> tuple[int, ...]:
        """Return the places of the match that begins at `begin`: a pair for the whole and for each group.

        A pair is -1 twice for a group that has no part in the match.
        """
        machine, letters, at = self._machine, self._letters, begin
        known, credit = machine.steps, self._credit
        state = machine.begin(self.text, at, is_searching=False)
        threads = [[begin, *[NONE] * (machine.program.places - 1)]]
        found: list[int] = []
        while state != DEAD:
            step = known[state][letters[at]] or machine.step(state, letters[at])
            credit -= step.cost + step.save_cost
            if credit < 0:
                credit += self._lend(-credit)
            if step.matched != NONE:
                found = _saved(threads[step.matched], step.match_saves, at)
                found[1] = at
            if step.saves is not None:
                self._hold(len(step.moves) * machine.program.places)
                threads = [
                    _saved(threads[each], saves, at) if saves else threads[each]
                    for each, saves in zip(step.moves, step.saves)  # noqa: B905 - strict= costs more than the rest
                ]
            elif step.is_moved:
                threads = [threads[each] for each in step.moves]
            state = step.to
            at += 1
        self._credit = credit
        return tuple(found)

    def _hold(self, places: int) -> None:
        """Count the memory of all places of all threads; it is paid for once, and again only if it grows."""
        if places > self._most_places:
            self._budget.make(_PLACE_BYTES * (places - self._most_places))
            self._most_places = places


def _saved(places: list[int], saves: tuple[int, ...], at: int) -> list[int]:
    """Return a copy with a place at those that are saved."""
    copy = places[:]
    for each in saves:
        copy[each] = at
    return copy
