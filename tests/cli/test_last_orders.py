"""The last order of a folder: nothing else is remembered, and what is not one is told."""

from pathlib import Path

import pytest

from payrelay.cli.errors import UsageError
from payrelay.cli.last_orders import FILE, last_order, note_order, order_named
from payrelay.language.terms import Symbol
from payrelay.model.data import OrderRef

ORDER = OrderRef("shop", Symbol("order_ref", "an-order-of-the-shop-0001"))


def test_what_is_noted_is_the_last_order(tmp_path: Path) -> None:
    note_order(tmp_path, OrderRef("shop-2", Symbol("order_ref", "an-order-of-the-shop-0000")))
    note_order(tmp_path, ORDER)
    assert last_order(tmp_path) == ORDER
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_where_nothing_can_be_noted_an_order_is_paid_all_the_same(tmp_path: Path) -> None:
    note_order(tmp_path / "nowhere", ORDER)
    assert not (tmp_path / "nowhere").exists()


def test_an_order_is_named_with_its_shop_or_for_the_one_shop() -> None:
    assert order_named("shop/an-order-of-the-shop-0001", "") == ORDER
    assert order_named("an-order-of-the-shop-0001", "shop") == ORDER


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind":"terminal"}', '{"kind":"terminal","order":"x"}', "\x00"])
def test_invalid_file(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UsageError, match="SHOP/ORDER"):
        last_order(tmp_path)


@pytest.mark.parametrize("written", ["", "/", "shop/", "shop/short", "sh op/an-order-of-the-shop-0001", "a/b/c"])
def test_invalid_order(written: str) -> None:
    with pytest.raises(UsageError, match="names no order; write it as"):
        order_named(written, "")
