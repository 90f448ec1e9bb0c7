"""Broken and hostile files: each ends in a result or in one line that says why, in 30 seconds and 2 GB.

A sample of what benchmarks/fuzz.py tries two thousand of.
"""

import sys

import pytest

from tests.fuzz_cases import MIX, Reader, case, fault

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="memory is measured as on Unix"),
]
N_CHUNKS, N_CASES = 2, 100


def test_the_mix_adds_up():
    assert sum(times for times, _, _ in MIX) == 100
    assert {case(number).kind for number in range(100)} >= {"cut docx", "hostile docx", "big text", "deep html"}


@pytest.mark.parametrize("chunk", range(N_CHUNKS))
def test_every_file_ends_in_a_result_or_one_line(tmp_path, chunk):
    reader = Reader(tmp_path)
    try:
        for number in range(chunk, N_CASES, N_CHUNKS):
            made = case(number)
            outcome = reader.read(made)
            assert not fault(outcome), (number, made.kind, made.name, fault(outcome))
    finally:
        reader.close()
