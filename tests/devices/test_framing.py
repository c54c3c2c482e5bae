"""Bytes of a scanner become scans: endings, silence, prefixes, AIM identifiers, rubbish."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos_app.devices.framing import AIM, Framer, Framing, Scan

LONG_CODE = b"A" * 500


def scans_of(data: bytes, framing: Framing | None = None) -> list[Scan]:
    """Feed everything at once, then let the line be silent."""
    framer = Framer(framing or Framing(), "P")
    return framer.feed(data, 1.0) + framer.idle(9.0)


def brief(scans: list[Scan]) -> list[tuple[str, str, str]]:
    return [(scan.text, scan.symbology, scan.fault) for scan in scans]


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"ABC\r", ["ABC"]),
        (b"ABC\n", ["ABC"]),
        (b"ABC\r\n", ["ABC"]),
        (b"ABC", ["ABC"]),
        (b"ABC\r\nDEF\rGHI\nJKL", ["ABC", "DEF", "GHI", "JKL"]),
        (b"\r\n\r\n\r", []),
        (b"", []),
        (b"X\r", ["X"]),
        (LONG_CODE + b"\r", [LONG_CODE.decode()]),
        (b"A" * 512 + b"\r", ["A" * 512]),
        ("é漢🎁\r".encode(), ["é漢🎁"]),
        (b"\xef\xbb\xbf{}\r", ["{}"]),
        (b"Caf\xe9\r", ["Café"]),
        (b"0104\x1d10A\r", ["0104\x1d10A"]),
        (b"A\tB\r", ["A\tB"]),
        (b"\xe2\x80\xaeABC\r", ["\u202eABC"]),
    ],
)
def test_good_codes(data, texts):
    assert brief(scans_of(data)) == [(text, "", "") for text in texts]


@pytest.mark.fault("row 29", "row 33")
@pytest.mark.parametrize(
    ("data", "shown", "fault"),
    [
        (b"A\x00B\r", "A␀B", "not_text"),
        (b"\x1b[2J\r", "␛[2J", "not_text"),
        (b"\x80\x81\r", "\ufffd\ufffd", "not_text"),
        (b"\x7f\r", "␡", "not_text"),
        (b"B" * 513 + b"\r", "B" * 79 + "…", "too_long"),
        (b"B" * 10_000 + b"\r", "B" * 79 + "…", "too_long"),
        (b"]C1AB]C1CD\r", "]C1AB]C1CD", "glued"),
        (b"]E040063813339314006381333931\r", "]E040063813339314006381333931", "glued"),
    ],
)
def test_bad_codes_have_a_fault_and_a_plain_rendering(data, shown, fault):
    [scan] = scans_of(data)
    assert (scan.text, scan.fault) == (shown, fault)
    assert len(scan.raw) <= 512


@pytest.mark.fault("row 29")
@pytest.mark.parametrize(
    ("data", "text", "symbology"),
    [
        (b"]C1ABC\r", "ABC", "GS1-128"),
        (b"]C0ABC\r", "ABC", "CODE128"),
        (b"]E04006381333931\r", "4006381333931", "EAN/UPC"),
        (b"]Q1{}\r", "{}", "QR"),
        (b"]Q3\x1d01\r", "\x1d01", "GS1-QR"),
        (b"]d2x\r", "x", "GS1-DATAMATRIX"),
        (b"]C9ABC\r", "]C9ABC", ""),
        (b"]VOUCHER\r", "]VOUCHER", ""),
        (b"]\r", "]", ""),
        (b"]C\r", "]C", ""),
        (b"AB]C1\r", "AB]C1", ""),
    ],
)
def test_an_aim_identifier_is_stripped_only_when_it_is_known(data, text, symbology):
    assert brief(scans_of(data)) == [(text, symbology, "")]


@pytest.mark.fault("row 29")
def test_an_aim_identifier_alone_is_no_code():
    assert scans_of(b"]C1\r]Q1\r") == []


def test_the_aim_table_has_three_bytes_each():
    assert {len(key) for key in AIM} == {3}


STX = Framing(prefix=b"\x02", suffix=b"\x03")


@pytest.mark.parametrize(
    ("framing", "data", "texts"),
    [
        (STX, b"\x02ABC\x03", ["ABC"]),
        (STX, b"\x02ABC\x03\r\n\x02DEF\x03\r\n", ["ABC", "DEF"]),
        (STX, b"\x02ABC\x02DEF\x03", ["ABC", "DEF"]),  # glued, but told apart by the prefix
        (STX, b"\x02]C1ABC\x03", ["ABC"]),
        (STX, b"]C1\x02ABC\x03", ["ABC"]),
        (STX, b"\x02\x03", []),
        (STX, b"ABC\r", ["ABC"]),  # the prefix is missing: the code still counts
        (Framing(prefix=b"A~"), b"A~X1A~\r", ["X1A~"]),  # a printable prefix may be part of a code
        (Framing(suffix=b"##"), b"A##B#C##D", ["A", "B#C", "D"]),
        (Framing(suffix=b"\t\r\n"), b"A\tB\t\r\n", ["A", "B"]),
        (Framing(suffix=b"##"), b"A" * 512 + b"##B\r", ["A" * 512, "B"]),
        (Framing(prefix=b"\x02", max_bytes=8), b"\x02]C1" + b"A" * 8 + b"\r", ["A" * 8]),
    ],
)
def test_prefix_and_suffix_are_stripped(framing, data, texts):
    scans = scans_of(data, framing)
    assert [scan.text for scan in scans] == texts
    assert not any(scan.fault for scan in scans)


@pytest.mark.parametrize(
    ("encoding", "data", "text", "read_as", "fault"),
    [
        ("auto", "é".encode(), "é", "utf-8", ""),
        ("auto", b"\xe9", "é", "latin-1", ""),
        ("cp874", b"\xa1\xa2", "กข", "cp874", ""),
        ("shift_jis", b"\x83e\x83X", "テス", "shift_jis", ""),
        ("ascii", b"\xe9", "é", "", "not_text"),
    ],
)
def test_encodings(encoding, data, text, read_as, fault):
    [scan] = scans_of(data + b"\r", Framing(encoding=encoding))
    assert (scan.text, scan.encoding, scan.fault) == (text, read_as, fault)


@pytest.mark.parametrize(
    "values",
    [
        {"prefix": b"A\rB"},
        {"suffix": b"A\nB"},
        {"suffix": b"x" * 17},
        {"idle_gap_ms": 0},
        {"max_bytes": 4},
        {"encoding": "klingon"},
        {"encoding": "utf-16"},
        {"encoding": "hex"},
    ],
)
def test_framing_that_cannot_work_is_refused(values):
    with pytest.raises(ValueError, match=r"prefix|suffix|idle_gap_ms|encoding"):
        Framing(**values)


def test_only_a_silence_that_was_seen_ends_a_code():
    framer = Framer(Framing(idle_gap_ms=60))
    assert framer.feed(b"ABC", 1.0) == []
    assert framer.idle(1.05) == []
    assert framer.feed(b"DEF", 5.0) == []  # the reader was held up: these bytes waited in the system's buffer
    assert framer.idle(5.01) == []
    [scan] = framer.idle(5.07)
    assert (scan.text, scan.at) == ("ABCDEF", 5.07)
    assert framer.is_empty


def test_after_too_long_a_code_the_next_ending_or_silence_starts_afresh():
    framer = Framer(Framing())
    assert [scan.fault for scan in framer.feed(b"x" * 4096, 1.0)] == ["too_long"]
    assert framer.feed(b"x" * 4096, 1.0) == []
    assert [scan.text for scan in framer.feed(b"tail\rGOOD\r", 1.0)] == ["GOOD"]
    assert [scan.fault for scan in framer.feed(b"x" * 4096, 2.0)] == ["too_long"]
    assert framer.idle(3.0) == []
    assert [scan.text for scan in framer.feed(b"GOOD\r", 3.0)] == ["GOOD"]


@pytest.mark.fault("row 32")
def test_lost_endings_are_noticed_and_forgiven():
    framer = Framer(Framing())

    def without_ending(at: float) -> bool:
        framer.feed(b"A", at)
        framer.idle(at + 1)
        return framer.has_lost_endings

    assert not any(without_ending(at) for at in (1.0, 3.0, 5.0))  # this scanner never sent any
    framer.feed(b"A\r", 7.0)
    assert [without_ending(at) for at in (8.0, 10.0, 12.0)] == [False, True, True]
    framer.feed(b"\r", 14.0)
    assert not framer.has_lost_endings


FRAMINGS = st.builds(
    Framing,
    prefix=st.sampled_from([b"", b"\x02", b"A", b"\x02\x02"]),
    suffix=st.sampled_from([b"", b"\x03", b"##", b"#A#", b"\t\r"]),
    max_bytes=st.sampled_from([8, 16, 512]),
)
NOISE = st.lists(
    st.sampled_from(
        [b"A", b"#", b"##", b"\r", b"\n", b"\x02", b"\x03", b"]C1", b"\x1d", b"\xff", b"\xc3\xa9", b"AAAAAAA"]
    ),
    max_size=60,
).map(b"".join) | st.binary(max_size=900)


@pytest.mark.fault("FM-09", "row 33")
@settings(max_examples=300, deadline=None)
@given(NOISE, FRAMINGS, st.lists(st.integers(1, 40), min_size=1, max_size=20))
@example(b"A" * 20 + b"##B", Framing(suffix=b"##", max_bytes=16), [1])
def test_however_the_bytes_are_cut_the_scans_are_the_same(data, framing, sizes):
    framer = Framer(framing, "P")
    scans: list[Scan] = []
    turn = 0
    rest = data
    while rest:
        size = sizes[turn % len(sizes)]
        scans += framer.feed(rest[:size], 1.0)
        rest = rest[size:]
        turn += 1
    scans += framer.idle(9.0)
    assert scans == scans_of(data, framing)


@pytest.mark.fault("row 29", "row 33")
@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=700), st.booleans()), max_size=12), FRAMINGS)
def test_random_bytes_stay_within_the_bound(reads, framing):
    framer = Framer(framing)
    at = 0.0
    for data, is_silent_after in reads:
        at += 1.0
        for scan in framer.feed(data, at) + (framer.idle(at + 0.5) if is_silent_after else []):
            assert scan.raw
            assert len(scan.raw) <= framing.max_bytes
            assert len(scan.text) <= framing.max_bytes
            assert scan.fault in ("", "too_long", "not_text", "glued")


def test_the_longest_code_fits_when_its_suffix_comes_in_two_reads():
    framer = Framer(Framing(prefix=b"\x02", suffix=b"##", max_bytes=8))
    assert framer.feed(b"\x02]C1" + b"A" * 8, 1.0) == []
    assert framer.feed(b"#", 1.0) == []
    assert brief(framer.feed(b"#", 1.0)) == [("A" * 8, "GS1-128", "")]
