"""Broken and hostile files: each ends in a result or in one line that says why, in 30 seconds and 2 GB.

A sample of what benchmarks/fuzz.py tries two thousand of.
"""

import sys

import pytest

from tests.fuzz_cases import MIX, Reader, case, fault

pytestmark = [
    pytest.mark.slow(seconds=5),
    pytest.mark.skipif(sys.platform == "win32", reason="memory is measured as on Unix"),
]
N_CHUNKS, N_CASES = 2, 100
KINDS = ({"cut docx", "hostile docx", "deep html"}, {"cut docx", "hostile docx", "deep html", "big text"})  # at least


def test_the_mix_adds_up():
    assert sum(times for times, _, _ in MIX) == 100


@pytest.mark.parametrize("chunk", range(N_CHUNKS))
def test_every_file_ends_in_a_result_or_one_line(tmp_path, chunk):
    reader = Reader(tmp_path)
    kinds = set()
    try:
        for number in range(chunk, N_CASES, N_CHUNKS):
            made = case(number)
            kinds.add(made.kind)
            outcome = reader.read(made)
            assert not fault(outcome), (number, made.kind, made.name, fault(outcome))
    finally:
        reader.close()
    assert kinds >= KINDS[chunk]
