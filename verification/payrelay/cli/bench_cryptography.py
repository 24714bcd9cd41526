"""What of a payment is cryptography: how often something is signed, verified, sealed and opened, and what that takes.

The least that a payment could take, whatever else became faster. Counted of one payment that is made in this process,
by a profiler that counts calls; what each takes is measured of an object of a usual size.
"""

from __future__ import annotations

import asyncio
import cProfile
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType

from payrelay.cli.bench_payments import Operation
from payrelay.cli.bench_terminals import Terminal
from payrelay.host.answers import Waiting
from payrelay.host.party import Party, Step
from payrelay.host.storage import Outgoing
from payrelay.reference_impl.servers import keyring_of, open_storage, world_of
from payrelay.reference_impl.settings import Settings
from payrelay.verification.bench.measurements import NotMeasuredError
from payrelay.wire import jose
from payrelay.wire.certificates import encoded, identity_in
from payrelay.wire.exchange import Request, Response

OPERATIONS: Mapping[str, str] = {
    "sign": "sign",
    "Jws.signer": "verify",
    "seal": "seal",
    "open_sealed": "open",
}
"""What is counted: functions of `payrelay.wire.jose`."""
TYPED, PAYLOAD = "payrelay-payment-info", b"x" * 1000
TIMES = 200


@dataclass
class InProcess:
    """The parties of a system in this process: what one sends arrives at once, in order."""

    parties: Mapping[str, Party]

    def __post_init__(self) -> None:
        self._under_way: deque[Outgoing] = deque()
        self._answers: dict[Waiting, Response] = {}

    async def post(self, url: str, request: Request, seconds: float | None) -> Response | None:  # noqa: ARG002
        """Let a terminal's request arrive, and all that comes of it. A URL here begins with the name of a party."""
        step = self._arrive(url.partition("/")[0], request)
        while self._under_way:
            outgoing = self._under_way.popleft()
            self._arrive(outgoing.receiver, outgoing.request)
        return self._answers.pop(step.waits, None) if step.waits else None

    def _arrive(self, receiver: str, request: Request) -> Step:
        step = self.parties[receiver].receive(request)
        if step.problem is not None:
            raise NotMeasuredError(f"{receiver} did not take a message: {step.problem}")
        for outgoing in step.sends:
            self._under_way.append(outgoing)
            self.parties[receiver].left(outgoing.number)
        self._answers.update({reply.to: reply.response for reply in step.replies})
        return step


def opened(settings: Sequence[Settings]) -> dict[str, Party]:
    """The parties of a system that nobody else runs."""
    return {
        one.party.name: Party(
            keyring_of(one),
            open_storage(one),
            world=world_of(one),
            clock=time.time,
            random=os.urandom,
            log_key=one.log.key.encode(),
        )
        for one in settings
    }


def operations(parties: Mapping[str, Party], terminal: Callable[[InProcess], Terminal]) -> tuple[Operation, ...]:
    """What one payment takes, which is made by these parties."""
    paying = terminal(InProcess(parties)).pay()
    profile = cProfile.Profile()
    profile.runcall(asyncio.run, paying)
    counted: Counter[str] = Counter()
    for entry in profile.getstats():
        code = entry.code
        if isinstance(code, CodeType) and code.co_filename == jose.__file__ and code.co_qualname in OPERATIONS:
            counted[OPERATIONS[code.co_qualname]] += entry.callcount
    return tuple(Operation(name, counted[name], seconds) for name, seconds in _costs(parties).items())


def _costs(parties: Mapping[str, Party]) -> dict[str, float]:
    """The seconds of processor time that each operation takes, with how it is written."""
    now = int(time.time())
    wallet = next(party.keyring for name, party in sorted(parties.items()) if party.role == "wallet")
    signer, opener = wallet.signers[wallet.role], wallet.openers[0]
    recipient = identity_in(encoded(opener.certificate), parties["payment"].keyring.roots)
    if recipient is None:
        raise NotMeasuredError(f"the payment server does not trust the certificate of {wallet.party}")
    signed = jose.sign(TYPED, PAYLOAD, signer)
    sealed = jose.seal(TYPED, PAYLOAD, recipient, os.urandom)
    return {
        "sign": _seconds(lambda: jose.sign(TYPED, PAYLOAD, signer)),
        "verify": _seconds(lambda: jose.Jws(signed).signer(TYPED, parties["relay"].keyring.roots, now)),
        "seal": _seconds(lambda: jose.seal(TYPED, PAYLOAD, recipient, os.urandom)),
        "open": _seconds(lambda: jose.open_sealed(sealed, TYPED, opener)),
    }


def _seconds(do: Callable[[], object]) -> float:
    do()
    begun = time.process_time()
    for _ in range(TIMES):
        do()
    return (time.process_time() - begun) / TIMES
