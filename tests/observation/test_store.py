"""The store: nothing is lost that is put aside."""

from payrelay.observation.store import Store


def test_values_come_back_however_many_there_are() -> None:
    names = [f"name {number}" for number in range(100)] + ["\ud800", "\x00", ""]
    with Store[list[int]](most=7) as store:
        for number, name in enumerate(names):
            store.put(name, [number])
        assert store.aside >= 80
        for number, name in enumerate(names):
            value = store.get(name)
            assert value is not None
            assert value == [number]
            value.append(number)
        assert [store.get(name) for name in names] == [[number, number] for number in range(len(names))]
        assert store.get("unknown") is None


def test_memory_holds_twice_as_many_at_most() -> None:
    with Store[int](most=10) as store:
        for number in range(1000):
            store.put(str(number), number)
            assert len(store._recent) + len(store._older) <= 20
            assert store.get(str(number // 2)) == number // 2


def test_a_store_of_few_needs_no_file() -> None:
    with Store[int](most=10) as store:
        store.put("one", 1)
        assert store.get("one") == 1
        assert store.get("two") is None
        assert store.aside == 0
