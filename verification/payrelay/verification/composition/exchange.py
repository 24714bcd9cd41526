"""Exchanges: two things that are alike change places in a packed system.

What the system says is only which names change (`alike`). From there the counterpart of every local state and message
is found: what begins alike and takes the counterparts of the same inputs has become the counterpart. That the
exchange makes the whole system into itself, and each property, is then checked, rewrite by rewrite.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from payrelay.language.messages import Input
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.monitors import Key, Mark
from payrelay.verification.tables.packing import Label, Move, Packing
from payrelay.verification.tables.renaming import by_words
from payrelay.verification.tables.tabulation import Rewrite


class NotSymmetricError(Exception):
    """Why two things are not alike."""


class Exchange:
    """Two things changing places. Raises NotSymmetricError if the system is not the same afterwards."""

    def __init__(self, packing: Packing, words: Mapping[Any, Any]) -> None:
        if not packing.configuration.has_usual_channel or any(one.boundary for one in packing.system.instances):
            raise NotSymmetricError("the channel or a boundary is another than usual")
        self.packing = packing
        self.tables = packing.tabulation
        self._words = words
        self._renamed = by_words({old: new for old, new in words.items() if isinstance(old, str)}).of
        self.machines = [self._machine(f"{one.party}/{one.name}") for one in packing.system.instances]
        self._locals: list[dict[int, int]] = [{} for _ in self.machines]
        self._messages: dict[int, int] = {}
        self._paired: set[Hashable] = set()
        self._rewrites: dict[int, Rewrite] = {}
        """The counterpart of each rewrite, by the identity of the rewrite."""
        self._find()
        self.locals = [self._whole(found, len(of)) for found, of in zip(self._locals, self.tables.locals, strict=True)]
        self.messages = self._whole(self._messages, len(self.tables.messages))
        self._pair_conjuncts()
        self.labels = self._labels()
        self._fields = list(self._moving())
        self._fields_of = lru_cache(maxsize=None)(self._find_fields)
        self._check()

    def _machine(self, name: str) -> int:
        party, _, machine = name.partition("/")
        there = f"{self._renamed(party)}/{self._renamed(machine)}"
        if there not in self.packing.system.by_id:
            raise NotSymmetricError(f"there is no counterpart of {name}, which would be {there}")
        return self.packing.system.by_id[there]

    def _pair_conjuncts(self) -> None:
        """Find the counterpart of every conjunct: one of the same property that takes the same from the counterparts.

        A property may speak of each of the things that are alike in a conjunct of its own. What a conjunct remembers
        is known by the rewrites that bring it about or ask for it.
        """
        packing = self.packing
        own = self._uses({id(rewrite): id(rewrite) for rewrite in self.tables.rewrites})
        moved = self._uses({number: id(other) for number, other in self._rewrites.items()})
        self.conjuncts: list[int] = []
        self.marks: dict[int, int] = {}
        for number, watch in enumerate(packing.watched):
            first = number - watch.position
            others = [number, *range(first, first + len(watch.property.conjuncts))]
            uses = Counter(moved[number].values())
            there = next((n for n in others if n not in self.conjuncts and Counter(own[n].values()) == uses), None)
            if there is None:
                raise NotSymmetricError(f"{watch.property.name} tells them apart")
            self.conjuncts.append(there)
            by_use: dict[Hashable, list[Key]] = defaultdict(list)
            for key, use in own[there].items():
                by_use[use].append(key)
            for key, use in moved[number].items():
                if key in packing.marks:
                    self.marks[packing.marks[key]] = packing.marks[by_use[use].pop()]

    def _uses(self, names: Mapping[int, int]) -> list[dict[Key, Hashable]]:
        """For each conjunct, and each thing that it remembers, which rewrites do what with it, by other names."""
        uses: list[dict[Key, Counter[Hashable]]] = [defaultdict(Counter) for _ in self.packing.watched]
        for rewrite in self.tables.rewrites:
            name = names[id(rewrite)]
            for item in (item for fact in rewrite.facts for item in self.packing.meaning(fact)):
                if isinstance(item, Mark):
                    uses[item.key[0]][item.key][name, "set"] += 1
                    continue
                for key in item.keys or ((item.conjunct, -1, ()),):  # a check of nothing, too
                    uses[item.conjunct][key][name, item.bad] += 1
        return [{key: (key[1], frozenset(use.items())) for key, use in of_one.items()} for of_one in uses]

    @staticmethod
    def _whole(found: Mapping[int, int], count: int) -> list[int]:
        if len(found) < count or len(set(found.values())) < count:
            raise NotSymmetricError("a local state or a message has no counterpart")
        return [found[number] for number in range(count)]

    # Finding: a rewrite has its counterpart once the local states and the message that it begins with have theirs.

    def _find(self) -> None:
        tables = self.tables
        by_key = {
            _key(rewrite, rewrite.before, rewrite.message, rewrite.received): rewrite for rewrite in tables.rewrites
        }
        lacking: dict[int, int] = {}
        waiting: dict[Hashable, list[Rewrite]] = defaultdict(list)
        for rewrite in tables.rewrites:
            needs: list[Hashable] = [*rewrite.before, *([] if rewrite.message is None else [rewrite.message])]
            lacking[id(rewrite)] = len(needs)
            for need in needs:
                waiting[need].append(rewrite)
        self._news: list[Hashable] = []
        for machine, initial in enumerate(tables.initial):
            there = self.machines[machine]
            for number in initial:
                self._pair_local(machine, number, self._initial(machine, number, tables.initial[there]))
        for number in tables.injected:
            self._pair_message(number, self._injected(number))
        while self._news:
            for rewrite in waiting[self._news.pop()]:
                lacking[id(rewrite)] -= 1
                if not lacking[id(rewrite)]:
                    before = [(self.machines[n], self._locals[n][local]) for n, local in rewrite.before]
                    message = None if rewrite.message is None else self._messages[rewrite.message]
                    key = _key(rewrite, before, message, self._input(rewrite.received))
                    if key not in by_key:
                        name = tables.system.instances[rewrite.machine].id
                        raise NotSymmetricError(f"{name} does on {rewrite.received.event} what has no counterpart")
                    self._pair(rewrite, by_key[key])

    def _input(self, received: Input) -> Any:
        """The counterpart of an input; of a message, only what is given to it matters."""
        return self._words.get(received) or self._renamed(received)

    def _initial(self, machine: int, number: int, there: Sequence[int]) -> int:
        """The counterpart of a state that a machine may begin in: the only one, or the one with the other names."""
        if len(there) == 1:
            return there[0]
        of, wanted = self.machines[machine], self._renamed(self.tables.locals[machine][number])
        for one in there:
            if self.tables.locals[of][one] == wanted:
                return one
        raise NotSymmetricError(f"{self.tables.system.instances[machine].id} begins as none that is alike")

    def _injected(self, number: int) -> int:
        wanted = self._renamed(self.tables.messages[number])
        for one in self.tables.injected:
            if self.tables.messages[one] == wanted:
                return one
        raise NotSymmetricError(f"{type(wanted).__name__} is under way from the beginning, and has no counterpart")

    def _pair(self, rewrite: Rewrite, other: Rewrite) -> None:
        """The counterparts of what comes of a rewrite are what comes of its own."""
        self._rewrites[id(rewrite)] = other
        after = dict(other.after)
        name = self.tables.system.instances[rewrite.machine].id
        if len(after) != len(rewrite.after) or any(self.machines[n] not in after for n, _ in rewrite.after):
            raise NotSymmetricError(f"{name} changes other machines than its counterpart")
        for machine, number in rewrite.after:
            self._pair_local(machine, number, after[self.machines[machine]])
        sent, others = self._sent(rewrite.sends, self._renamed), self._sent(other.sends, str)
        if {way: len(of) for way, of in sent.items()} != {way: len(of) for way, of in others.items()}:
            raise NotSymmetricError(f"{name} sends other things than its counterpart")
        for way, numbers in sent.items():
            for number, there in zip(numbers, others[way], strict=True):
                self._pair_message(number, there)

    def _sent(self, sends: Sequence[int], renamed: Any) -> dict[Hashable, list[int]]:
        """What is sent, by its kind and by who sends it to whom, as they are called after the renaming."""
        by_way: dict[Hashable, list[int]] = defaultdict(list)
        for number in sends:
            message = self.tables.messages[number]
            by_way[type(message), renamed(message.sender), renamed(message.receiver)].append(number)
        return by_way

    def _pair_local(self, machine: int, number: int, there: int) -> None:
        known = self._locals[machine].setdefault(number, there)
        if known != there:
            raise NotSymmetricError(f"a state of {self.tables.system.instances[machine].id} has two counterparts")
        if not self._is_new((machine, number)):
            return
        restarted = self.tables.restarted
        if restarted[machine] and restarted[self.machines[machine]]:
            self._pair_local(machine, restarted[machine][number], restarted[self.machines[machine]][there])
        elif restarted[machine] or restarted[self.machines[machine]]:
            raise NotSymmetricError(
                f"{self.tables.system.instances[machine].party} crashes, and its counterpart does not"
            )

    def _pair_message(self, number: int, there: int) -> None:
        if self._messages.setdefault(number, there) != there:
            raise NotSymmetricError(f"a {type(self.tables.messages[number]).__name__} has two counterparts")
        self._is_new(number)

    def _is_new(self, item: Hashable) -> bool:
        if item in self._paired:
            return False
        self._paired.add(item)
        self._news.append(item)
        return True

    def _labels(self) -> list[int]:
        """The counterpart of every label."""
        labels = self.packing.labels
        numbers = {_name(label, label.rewrite, label.message, label.party): n for n, label in enumerate(labels)}
        found = []
        for label in labels:
            rewrite = None if label.rewrite is None else self._rewrites.get(id(label.rewrite))
            message = None if label.message is None else self.messages[label.message]
            name = _name(label, rewrite, message, self._renamed(label.party))
            if name not in numbers:
                raise NotSymmetricError(f"a step {label.kind} has no counterpart")
            found.append(numbers[name])
        return found

    # Moving: the fields of a state go where those of the counterpart are.

    def _moving(self) -> Iterator[Move]:
        """What the exchange does with every field."""
        packing = self.packing
        for machine, place in enumerate(packing.machines):
            becomes = self.locals[machine]
            same = all(there == number for number, there in enumerate(becomes))
            yield Move(place, packing.machines[self.machines[machine]], None if same else becomes)
        for number, place in enumerate(packing.channel):
            yield Move(place, packing.channel[self.messages[number]], None)
        for bit, there in self.marks.items():
            yield Move(_field(bit), _field(there), None)
        for budget in packing.budgets.values():
            yield Move(budget, budget, None)

    @property
    def moves(self) -> list[Move]:
        """What the exchange does with the fields that it changes."""
        return [move for move in self._fields if move.place != move.there or move.becomes]

    def _find_fields(self, mask: int) -> list[Move]:
        return [move for move in self._fields if move.place.care & mask]

    def of_part(self, value: int, mask: int) -> int:
        """What stands in the fields of a mask, where it stands after the exchange."""
        moved = 0
        for place, there, becomes in self._fields_of(mask):
            of = place.of(value)
            moved |= (of if becomes is None else becomes[of]) << there.shift
        return moved

    def of_mask(self, mask: int) -> int:
        """The fields of a mask, where they are after the exchange."""
        return sum(there.care for _, there, _ in self._fields_of(mask))

    # Checking: what the engines search, and not only what was paired.

    def _check(self) -> None:
        packing = self.packing
        if {self.of_part(state, -1) for state in packing.initial} != {state & ~1 for state in packing.initial}:
            raise NotSymmetricError("the system begins differently")
        own, moved = Counter[Hashable](), Counter[Hashable]()
        for machine, place in enumerate(packing.machines):
            for local in range(packing.sizes[machine]):
                groups = [packing.alone[machine][local]]
                groups += [rows for by_local in packing.joint[machine][local].values() for rows in by_local.values()]
                for row in (row for rows in groups for row in rows):
                    care, want = row.care | place.care, row.want | local << place.shift
                    changed, checks = ~row.keep | row.put, frozenset(row.checks)
                    seen = ((self.of_mask(bits), bad, self.conjuncts[conjunct]) for bits, bad, conjunct in checks)
                    own[row.label, row.second, row.present, care, want, changed, row.put, row.quiet, checks] += 1
                    moved[
                        self.labels[row.label],
                        row.second if row.second < 0 else self.labels[row.second],
                        self.of_mask(row.present),
                        self.of_mask(care),
                        self.of_part(want, care),
                        self.of_mask(changed),
                        self.of_part(row.put, changed),
                        self.of_mask(row.quiet),
                        frozenset(seen),
                    ] += 1
        if own != moved:
            raise NotSymmetricError("its steps, or what properties see of them, are not the same afterwards")
        for name in ("strays", "losses"):
            steps = Counter(getattr(packing, name))
            there = Counter(
                (_field(self.of_mask(place.care), place), self.labels[label]) for place, label in steps.elements()
            )
            if steps != there:
                raise NotSymmetricError("other messages may be lost afterwards")


def _key(rewrite: Rewrite, before: Sequence[tuple[int, int]], message: int | None, received: Any) -> Hashable:
    """What a rewrite is told by: who takes what, in which local states."""
    what = received if message is None else tuple(getattr(received, name) for name in type(received).given)
    return rewrite.kind, before[0], message, what, frozenset(before)


def _name(label: Label, rewrite: Rewrite | None, message: int | None, party: str) -> Hashable:
    """What a label is told by."""
    return label.kind, id(rewrite), message, party, label.early, label.place, label.merges


def _field(mask: int, like: Field | None = None) -> Field:
    """The field that a mask is."""
    return Field((mask & -mask).bit_length() - 1, like.mask if like else 1)
