"""The kernel of liveness: what takes long in looking for a fair run, compiled by numba.

Each function does what its namesake in `fairness` and `decisions` does, in the same order, over flat arrays. A graph
is given by its offsets, targets and labels; a row of actions by where those of a label begin, and the actions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from payrelay.verification.engines.compiling import kernel
from payrelay.verification.liveness.fairness import UNSEEN

POSSIBLE, TAKEN = 1, 2
"""What an action may be in a part: possible in one of its states, and what some step inside is."""


@kernel
def reach(
    offsets: Any, targets: Any, labels: Any, is_response: Any, starts: Any, came: Any, order: Any
) -> tuple[int, int]:
    """How many states the starts lead to, and how many are reached without a response; fills `came` and `order`."""
    count = 0
    for place in starts:
        state = -1 - place if place < 0 else targets[place]
        if came[state] == UNSEEN:
            came[state] = place
            order[count] = state
            count += 1
    beginnings = count
    head = 0
    while head < count:
        state = order[head]
        head += 1
        for place in range(offsets[state], offsets[state + 1]):
            target = targets[place]
            if came[target] == UNSEEN and not is_response[labels[place]]:
                came[target] = place
                order[count] = target
                count += 1
    return beginnings, count


@kernel
def first_stop(
    offsets: Any,
    targets: Any,
    labels: Any,
    is_response: Any,
    first_taken: Any,
    taken: Any,
    first_possible: Any,
    possible: Any,
    actions: int,
    order: Any,
) -> int:
    """The nearest state in which a run may stop; -1 if there is none."""
    has_to = np.full(actions, -1, np.int64)
    """For each action, the last state in which it had to happen and did not."""
    for state in order:
        left = 0
        for place in range(offsets[state], offsets[state + 1]):
            label = labels[place]
            for i in range(first_possible[label], first_possible[label + 1]):
                if has_to[possible[i]] != state:
                    has_to[possible[i]] = state
                    left += 1
        for place in range(offsets[state], offsets[state + 1]):
            label = labels[place]
            if left and targets[place] == state and not is_response[label]:
                for i in range(first_taken[label], first_taken[label + 1]):
                    if has_to[taken[i]] == state:
                        has_to[taken[i]] = -1
                        left -= 1
        if not left:
            return int(state)
    return -1


@kernel
def _components(
    offsets: Any, targets: Any, labels: Any, is_response: Any, part: Any, region: Any, work: Any, ends: Any, into: Any
) -> int:
    """How many strongly connected components of more than one state a part has; fills `into`, up to `ends` of each."""
    numbers, lowest, places, stack, calls, found = work
    for state in part:
        numbers[state] = 0
    counted = 0
    height = 0
    several = 0
    for root in part:
        if numbers[root]:
            continue
        mark = region[root]
        depth = 0
        calls[0] = root
        is_new = True
        while depth >= 0:
            state = calls[depth]
            if is_new:
                counted += 1
                numbers[state] = lowest[state] = counted
                places[state] = offsets[state]
                found[state] = -1  # on the stack
                stack[height] = state
                height += 1
                is_new = False
            low = lowest[state]
            place = places[state]
            while place < offsets[state + 1]:
                target = targets[place]
                if region[target] == mark and not is_response[labels[place]]:
                    if not numbers[target]:
                        is_new = True
                        break
                    if found[target] < 0 and lowest[target] < low:
                        low = lowest[target]
                place += 1
            lowest[state] = low
            places[state] = place
            if is_new:
                depth += 1
                calls[depth] = targets[place]
                continue
            depth -= 1
            if low == numbers[state]:
                if stack[height - 1] == state:
                    height -= 1
                    found[state] = 0  # alone
                    continue
                several += 1
                is_member = True
                while is_member:
                    height -= 1
                    found[stack[height]] = several
                    is_member = stack[height] != state
    # Nearest first, and each from the nearest of its states on: the part's order is that of distance.
    new = np.zeros(several + 1, np.int64)
    sizes = np.zeros(several, np.int64)
    known = 0
    for state in part:
        if found[state]:
            if not new[found[state]]:
                known += 1
                new[found[state]] = known
            found[state] = new[found[state]]
            sizes[found[state] - 1] += 1
    end = 0
    for component in range(several):
        ends[component] = end
        end += sizes[component]
    for state in part:
        if found[state]:
            into[ends[found[state] - 1]] = state
            ends[found[state] - 1] += 1
    return several


@kernel
def fair_part(
    offsets: Any,
    targets: Any,
    labels: Any,
    is_response: Any,
    first_taken: Any,
    taken: Any,
    first_possible: Any,
    possible: Any,
    strong: Any,
    order: Any,
    region: Any,
) -> tuple[Any, Any]:
    """The states of a part in which a run can go on for ever, fairly, and what each action is in it; else none."""
    states, actions = len(region), len(strong)
    work = (
        np.empty(states, np.int64),
        np.empty(states, np.int64),
        np.empty(states, np.int64),
        np.empty(states, np.int64),
        np.empty(states, np.int64),
        np.empty(states, np.int64),
    )
    waiting = order.copy()
    begins = np.zeros(len(order) + 1, np.int64)
    """Where each part that waits begins; the last is looked at first, and what is left of it takes its place."""
    parts = 1
    end = len(order)
    members, ends = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    seen = np.zeros(actions, np.int64)
    """For each action, the last look at a state in which it is possible."""
    is_what = np.zeros(actions, np.uint8)
    states_with = np.zeros(actions, np.int64)
    is_missing = np.zeros(actions, np.bool_)
    looks = 0
    regions = 0
    while parts:
        parts -= 1
        begin = begins[parts]
        regions += 1
        for state in waiting[begin:end]:
            region[state] = regions
        several = _components(offsets, targets, labels, is_response, waiting[begin:end], region, work, ends, members)
        end = begin
        last = 0
        for component in range(several):
            inside = members[last : ends[component]]
            last = ends[component]
            regions += 1
            for state in inside:
                region[state] = regions
            is_what[:] = 0
            states_with[:] = 0
            for state in inside:
                looks += 1
                for place in range(offsets[state], offsets[state + 1]):
                    label = labels[place]
                    for i in range(first_possible[label], first_possible[label + 1]):
                        action = possible[i]
                        if seen[action] != looks:
                            seen[action] = looks
                            states_with[action] += 1
                            is_what[action] |= POSSIBLE
                    if region[targets[place]] == regions and not is_response[label]:
                        for i in range(first_taken[label], first_taken[label + 1]):
                            is_what[taken[i]] |= TAKEN
            is_fair = True
            is_over = False
            for action in range(actions):
                is_missing[action] = is_what[action] == POSSIBLE and (
                    strong[action] or states_with[action] == len(inside)
                )
                if is_missing[action]:
                    is_fair = False
                    is_over |= not strong[action]
            if is_fair:
                return inside.copy(), is_what
            if is_over:
                continue
            begins[parts] = end
            for state in inside:
                is_left = True
                for place in range(offsets[state], offsets[state + 1]):
                    label = labels[place]
                    for i in range(first_possible[label], first_possible[label + 1]):
                        is_left &= not is_missing[possible[i]]
                if is_left:
                    waiting[end] = state
                    end += 1
            parts += end > begins[parts]
    return members[:0], is_what


@kernel
def go_back(offsets: Any, targets: Any, reached: Any) -> None:
    """Mark all states from which a run leads to one that is marked."""
    states = len(reached)
    first = np.zeros(states + 2, np.int64)
    for target in targets:
        first[target + 2] += 1
    for number in range(states):
        first[number + 2] += first[number + 1]
    sources = np.empty(len(targets), np.int64)
    for number in range(states):
        for place in range(offsets[number], offsets[number + 1]):
            target = targets[place]
            sources[first[target + 1]] = number
            first[target + 1] += 1
    waiting = np.empty(states, np.int64)
    count = 0
    for number in range(states):
        if reached[number]:
            waiting[count] = number
            count += 1
    while count:
        count -= 1
        number = waiting[count]
        for place in range(first[number], first[number + 1]):
            source = sources[place]
            if not reached[source]:
                reached[source] = 1
                waiting[count] = source
                count += 1
