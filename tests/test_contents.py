"""Values are hashed by all they hold: equal ones alike, and any difference seen."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from src.utils.measures.contents import content_hash


@dataclass(frozen=True)
class Counted:
    terms: np.ndarray
    counts: csr_matrix


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["光伏", "汽车", None],
            "page": pd.array([1, None, 3], dtype="Int64"),
            "n": [1, 2, 3],
            "share": [0.1, np.nan, 0.3],
            "kind": pd.Categorical(["a", "b", "a"]),
        }
    )


def named(frame: pd.DataFrame, **attributes: str) -> pd.DataFrame:
    frame.attrs.update(attributes)
    return frame


CHANGES = {
    "a cell": lambda frame: frame.assign(n=[1, 2, 4]),
    "a text": lambda frame: frame.assign(term=["光伏", "汽", None]),
    "where one text ends": lambda frame: frame.assign(term=["光伏汽", "车", None]),
    "which is missing": lambda frame: frame.assign(term=["光伏", None, "汽车"]),
    "an empty text for a missing one": lambda frame: frame.assign(term=["光伏", "汽车", ""]),
    "a missing number": lambda frame: frame.assign(page=pd.array([1, 0, 3], dtype="Int64")),
    "a type": lambda frame: frame.astype({"n": "int32"}),
    "numbers as texts": lambda frame: frame.astype({"n": "str"}),
    "a name": lambda frame: frame.rename(columns={"n": "m"}),
    "the order of columns": lambda frame: frame[["n", "term", "page", "share", "kind"]],
    "the order of rows": lambda frame: frame.iloc[::-1],
    "the index": lambda frame: frame.set_index(pd.Index([1, 2, 3])),
    "a category": lambda frame: frame.assign(kind=frame["kind"].cat.rename_categories({"a": "c"})),
    "an attribute": lambda frame: named(frame, dictionary="ab12"),
    "a row less": lambda frame: frame.head(2),
}


@pytest.mark.parametrize("what", CHANGES)
def test_any_difference_between_tables_is_seen(what):
    assert content_hash(table()) == content_hash(table())
    assert content_hash(CHANGES[what](table())) != content_hash(table())


def test_the_same_cells_are_the_same_however_they_lie_in_memory():
    frame = pd.concat([table().head(1), table().tail(2)])
    assert content_hash(frame.reset_index(drop=True)) == content_hash(table())
    array = np.arange(6).reshape(2, 3)
    assert content_hash(array) == content_hash(np.asfortranarray(array))
    assert content_hash(pd.Series(["甲", "乙", "丙"])[::2].array) == content_hash(pd.Series(["甲", "丙"]).array)


def test_values_of_different_kinds_and_shapes_are_different():
    values = [
        *(0, 0.0, False, None, "", "0", b"0", np.int64(0), (0,), [0], [], [[]], {}, {0: 0}, set(), frozenset({0})),
        *(("a", "b"), ("ab",), ("ab", ""), {"a": "b"}, np.zeros(2), np.zeros((2, 1)), np.zeros(2, dtype="float32")),
        *(
            np.array(["a", "bc"], dtype=object),
            np.array(["ab", "c"], dtype=object),
            np.array(["a", None], dtype=object),
        ),
        *(pd.Series([0]), pd.Series([0], name="x"), pd.DataFrame({"x": [0]}), pd.Index([0]), pd.RangeIndex(1)),
        *(csr_matrix(np.eye(2)), csr_matrix(np.eye(3)), csr_matrix(np.eye(2)).tocsc(), len, content_hash),
        *(pd.MultiIndex.from_tuples([(1, 2)]), pd.MultiIndex.from_tuples([(1, 2)], names=["a", "b"])),
    ]
    hashes = [content_hash(value) for value in values]
    assert len(set(hashes)) == len(values)


def test_a_dataclass_is_its_fields():
    one = Counted(np.array(["光伏"], dtype=object), csr_matrix([[1, 0]]))
    same = Counted(np.array(["光伏"], dtype=object), csr_matrix([[1, 0]]))
    assert content_hash(one) == content_hash(same)
    assert content_hash(replace(one, counts=csr_matrix([[0, 1]]))) != content_hash(one)
    assert content_hash((one.terms, one.counts)) != content_hash(one)


def test_sets_are_the_same_in_any_order():
    assert content_hash({"光伏", "汽车", "铜"}) == content_hash({"铜", "汽车", "光伏"})
