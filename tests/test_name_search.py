"""Where names may begin: every place that looking them up one by one finds, and none without a name's two characters."""

from hypothesis import given
from hypothesis import strategies as st

from src.utils.plans.name_search import Beginnings, by_text

letters = st.text(alphabet="信州广丰区市𠀀 a", max_size=12)
names = st.lists(st.text(alphabet="信州广丰区𠀀a", min_size=1, max_size=3), max_size=6)


def places(text: str, wanted: list[str]) -> list[int]:
    """The oracle: each place at which the first two characters of a name, or its only one, stand."""
    return [at for at in range(len(text)) if any(text.startswith(name[:2], at) for name in wanted)]


@given(st.lists(letters, min_size=1, max_size=5), names, names)
def test_places_are_those_of_the_first_two_characters(texts, one, other):
    for wanted, found in zip((one, other), by_text(texts, [Beginnings(one), Beginnings(other)]), strict=True):
        expected = {at: places(text, wanted) for at, text in enumerate(texts)}
        assert dict(found) == {at: inside for at, inside in expected.items() if inside}
