"""Jobs are batched by depth and near length, within the budget, and none is lost."""

from hypothesis import given
from hypothesis import strategies as st

from app.worker.plan import WASTE, Item, pad, plan

rows = st.lists(st.tuples(st.integers(1, 70), st.integers(0, 3)), max_size=40)


@given(rows=rows, budget=st.integers(1, 300))
def test_every_item_is_in_one_batch_with_others_like_it(
    rows: list[tuple[int, int]], budget: int
) -> None:
    items = [Item(index, (5,) * length, depth) for index, (length, depth) in enumerate(rows)]
    batches = plan(items, budget)
    assert sorted(item.index for batch in batches for item in batch) == list(range(len(items)))
    for batch in batches:
        assert len({item.depth for item in batch}) == 1
        lengths = [len(item.tokens) for item in batch]
        padded = max(lengths) * len(batch)
        assert padded <= WASTE * sum(lengths)
        assert padded <= budget or len(batch) == 1


def test_equal_texts_share_one_batch() -> None:
    items = [Item(index, (1, 2, 3), 0) for index in range(9)]
    assert [len(batch) for batch in plan(items, 100)] == [9]


def test_the_same_items_are_always_batched_the_same_way() -> None:
    items = [Item(index, (1,) * (1 + index * 7 % 11), 0) for index in range(30)]
    assert plan(items, 40) == plan(items, 40)


def test_rows_are_padded_on_the_right() -> None:
    assert pad([(7, 8, 9), (5,)]).tolist() == [[7, 8, 9], [5, 0, 0]]
