"""The account that is debited."""

from types import SimpleNamespace

from payrelay.language.messages import Restart
from payrelay.model.messages.internal import Debit
from payrelay.model.occurrences import Debited
from payrelay.model.purchase import TERMS, TOTAL, proc_key


def test_what_is_debited_is_posted(purchases: SimpleNamespace) -> None:
    account = purchases.talk("payment/account")
    first, second = (Debit(proc_key=proc_key(name), amount=TOTAL, order_digest=TERMS.digest) for name in ("1", "2"))
    assert account.says(second).outputs == (Debited(proc_key("2"), TOTAL, TERMS.digest),)
    assert account.says(first).outputs == (Debited(proc_key("1"), TOTAL, TERMS.digest),)
    posted = account.local
    assert posted.data.postings == {(proc_key("1"), TOTAL), (proc_key("2"), TOTAL)}
    assert "durable" in account.passes_over(Restart())
    # That nobody debits twice is the authorization's duty: the account would say so each time.
    assert account.says(first).outputs == (Debited(proc_key("1"), TOTAL, TERMS.digest),)
    assert account.local == posted
