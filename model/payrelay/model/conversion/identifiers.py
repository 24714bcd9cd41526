"""The identifier of a payment as a user sees it: short, and no two alike (claim 7, P20, P21, Q17)."""

from collections.abc import Iterable


def displayed_identifiers(proc_ids: Iterable[str], at_least: int = 6) -> dict[str, str]:
    """Shorten each identifier to its shortest beginning that no other live one shares, but not below `at_least`.

    Injective over what is given. Identifiers of equal length may keep what they were displayed as while others come
    and go: a newcomer's is computed against all live ones, so it is none of theirs.
    """
    live = frozenset(proc_ids)

    def shortened(proc_id: str) -> str:
        others = live - {proc_id}
        beginnings = (proc_id[:length] for length in range(at_least, len(proc_id)))
        return next((b for b in beginnings if not any(other.startswith(b) for other in others)), proc_id)

    return {proc_id: shortened(proc_id) for proc_id in sorted(live)}
