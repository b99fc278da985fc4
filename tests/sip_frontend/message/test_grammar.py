"""Lexical rules."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.message.escapes import PARAM_CHARS, USER_CHARS, escape, has_bad_escape, unescape
from sip_frontend.message.grammar import (
    format_params,
    is_token,
    parse_params,
    parse_uint,
    quote,
    quoted_end,
    readable,
    split_list,
    split_parameters,
    split_values,
    unquote,
)
from switchroom.errors import SipParseError


@pytest.mark.parametrize("text", ["a", "INVITE", "!interesting-Method0123456789_*+`.%indeed'~"])
def test_token(text: str) -> None:
    assert is_token(text)


@pytest.mark.parametrize("text", ["", "a b", "a:b", "ä", "a\x00", "a<b", "(a)", "a,b"])
def test_not_a_token(text: str) -> None:
    assert not is_token(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        ('"x, y" <sip:a@b;p=1,2>, <sip:c,d@e>', ['"x, y" <sip:a@b;p=1,2>', "<sip:c,d@e>"]),
        (r'"say \"hi, you\"" <sip:a@b>, <sip:c@d>', [r'"say \"hi, you\"" <sip:a@b>', "<sip:c@d>"]),
        ('"a < b" <sip:a@b>, <sip:c@d>', ['"a < b" <sip:a@b>', "<sip:c@d>"]),
        ("a,,b,", ["a", "b"]),
        ('"never closed, <sip:a@b>, c', ['"never closed, <sip:a@b>, c']),
    ],
)
def test_commas_split_outside_quotes_and_brackets_only(text: str, values: list[str]) -> None:
    assert split_values(text) == values


def test_split_list_keeps_the_empty_values() -> None:
    assert split_list("a,,b") == ["a", "", "b"]


def test_semicolons_split_outside_quotes_and_brackets_only() -> None:
    assert split_parameters('<sip:a;b>;x="1;2" ; y') == ["<sip:a;b>", 'x="1;2"', "y"]


@pytest.mark.parametrize("attack", ['"' * 60000, '"\\' * 30000, "<" * 60000, '<"' * 30000, '"\\', "<\\" * 30000])
def test_splitting_is_linear_whatever_is_unbalanced(attack: str) -> None:
    start = time.process_time()
    split_list(attack + ",")
    split_parameters(attack + ";")
    assert time.process_time() - start < 1.0


def test_params_by_lower_case_name_first_wins() -> None:
    assert parse_params(' TAG = abc ; lr;q=0.5;tag=late;n="a;b"', "To") == {
        "tag": "abc",
        "lr": "",
        "q": "0.5",
        "n": '"a;b"',
    }


@pytest.mark.parametrize("text", [";", "a;;b", "a=b;", '=x"', 'a="b', 'a="b"c"', "a b=c", "ä=1"])
def test_bad_params_name_the_header(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        parse_params(text, "Contact")
    assert caught.value.header == "Contact"


def test_format_params_writes_what_parse_read() -> None:
    assert format_params({"lr": "", "q": "1"}) == ";lr;q=1"


@pytest.mark.parametrize(
    ("text", "value"), [(" 70 ", 70), ("0068", 68), ("0" * 300 + "1", 1), ("4294967295", 2**32 - 1)]
)
def test_uint(text: str, value: int) -> None:
    assert parse_uint(text, "X") == value


@pytest.mark.parametrize("text", ["", "-1", "+1", "1_0", "4294967296", "9" * 5000, "٣", "1.0", "0x1"])
def test_uint_refuses(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_uint(text, "X")


@given(st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"])))
def test_property_quote_and_unquote(text: str) -> None:
    quoted = quote(text)
    assert unquote(quoted) == text
    assert quoted_end(quoted, 0) == len(quoted)


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_property_escape_and_unescape(text: str) -> None:
    for allowed in (USER_CHARS, PARAM_CHARS):
        escaped = escape(text, allowed)
        assert unescape(escaped) == text
        assert escaped.isascii()
        assert not has_bad_escape(escaped)


def test_escapes_are_decoded_once() -> None:
    assert unescape("v%61lue%25%34%31") == "value%41"


@pytest.mark.parametrize("text", ["%", "%4", "%zz", "a%20%"])
def test_bad_escapes_are_seen_and_kept(text: str) -> None:
    assert has_bad_escape(text)
    assert "%" in unescape(text)


def test_readable_replaces_bytes_that_are_no_utf8() -> None:
    text = b"Andr\xe9 \xc3\xa9".decode("utf-8", "surrogateescape")
    assert readable(text) == "Andr� é"
    assert readable(text).encode()
