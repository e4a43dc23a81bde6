"""Only who knows the secret can sign, and only these very bytes."""

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.signatures import is_same, is_signed, signature_of

# RFC 4231, test case 2.
KEY, DATA = "Jefe", b"what do ya want for nothing?"
MAC = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)


def test_the_signature_is_hmac_sha256_as_others_compute_it() -> None:
    assert signature_of(DATA, KEY) == MAC
    assert is_signed(DATA, MAC, KEY)


@given(st.binary(max_size=200), secrets)
def test_what_is_signed_with_the_secret_is_signed(body: bytes, secret: str) -> None:
    assert is_signed(body, signature_of(body, secret), secret)


@given(st.binary(max_size=100), st.binary(max_size=100), secrets, secrets)
def test_other_bytes_or_another_secret_are_not(body: bytes, other: bytes, secret: str, wrong: str) -> None:
    assert is_signed(body, signature_of(other, secret), secret) == (body == other)
    assert is_signed(body, signature_of(body, wrong), secret) == (secret == wrong)


@given(st.binary(max_size=20), st.none() | st.text(max_size=80), secrets)
def test_no_header_makes_it_fail(body: bytes, header: str | None, secret: str) -> None:
    assert not is_signed(body, header, secret)


@given(st.none() | st.text(max_size=20), secrets)
def test_a_token_is_the_same_only_as_itself(given_token: str | None, token: str) -> None:
    assert is_same(given_token, token) == (given_token == token)
    assert is_same(token, token)


def test_half_a_character_is_no_token() -> None:
    assert not is_same("\ud83d", "token")
