"""How texts are read: strictly, and each in its one spelling."""

import unittest

from assay_client.compact_jws import decode_base64url
from assay_client.http_uri import canonical_http_uri
from assay_client.strict_json import MAX_VALUES, Unsound, parse_object, whole_number


class Json(unittest.TestCase):
    def test_that_is_sound_is_taken(self) -> None:
        for text in (
            "{}",
            ' {"a" : [1, -0.5e3, true, null, "\\u00e9\\ud83d\\ude00é"]} ',
            '{"a":{"a":1},"b":{"a":2}}',
            f'{{"a":{"[" * 31}{"]" * 31}}}',
            '{"a":"\\\\ud800"}',
        ):
            with self.subTest(text):
                self.assertIsInstance(parse_object(text.encode()), dict)

    def test_that_two_readers_could_take_for_different_things_is_refused(self) -> None:
        unsound: list[bytes] = [
            *(b"", b"null", b"[]", b'"a"', b"{}{}", b'{"a":1,}', b'{"a":01}', b"{'a':1}", b'{"a":NaN}', b'{"a":-Infinity}'),
            *(b'{"a":"\n"}', b"\xef\xbb\xbf{}", b'{"a":1,"a":1}', b'{"a":1,"\\u0061":1}', b'{"b":{"a":1,"a":2}}'),
            *(b'{"a":1e999}', b'{"a":' + b"9" * 400 + b"}", b'{"a":' + b"9" * 5000 + b"}"),
            *(b'{"a":"\\ud800"}', b'{"a":"\\udc00"}', b'{"a":"\\ud800x"}', b'{"a":"\\ud800\\ud800"}', b'{"\\ud800":1}'),
            *(b'{"a":' + b"[" * depth + b"]" * depth + b"}" for depth in (32, 100_000)),
            *(b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"a":[' + b"1," * MAX_VALUES + b"1]}"),
        ]
        for data in unsound:
            with self.subTest(data[:60]), self.assertRaises(Unsound):
                parse_object(data)

    def test_has_whole_numbers_where_a_double_holds_them(self) -> None:
        members = parse_object(b'{"a":1.0,"b":9007199254740991,"c":9007199254740992,"d":0.5,"e":"1","f":true,"g":1e300}')
        whole = {name: whole_number(value) for name, value in members.items()}
        self.assertEqual(whole, {"a": 1, "b": 2**53 - 1, "c": None, "d": None, "e": None, "f": None, "g": None})


class Addresses(unittest.TestCase):
    def test_have_one_spelling(self) -> None:
        for text, expected in {
            "HTTPS://Attest.EXAMPLE/t/Acme": "https://attest.example/t/Acme",
            "https://attest.example:443/v1": "https://attest.example/v1",
            "http://attest.example:/v1": "http://attest.example/v1",
            "https://attest.example:8443/v1": "https://attest.example:8443/v1",
            "https://attest.example": "https://attest.example/",
            "https://a.example/x/../v1/./renew": "https://a.example/v1/renew",
            "https://a.example/x/%2e%2E/v1": "https://a.example/v1",
            "https://a.example/x/..": "https://a.example/",
            "https://a.example/../../x/.": "https://a.example/x/",
            "https://a.example/x//../y": "https://a.example/x/y",
            "https://a.example/%7euser/%41": "https://a.example/~user/A",
            "https://a.example/a%2fb%c3%a9": "https://a.example/a%2Fb%C3%A9",
            "https://a.example/%252e%252e/b": "https://a.example/%252e%252e/b",
            "https://a.example/v1?x=/../#y": "https://a.example/v1",
            "http://[0:0:0:0:0:0:0:1]:8080/v1": "http://[::1]:8080/v1",
            "http://127.0.0.1:80/": "http://127.0.0.1/",
        }.items():
            with self.subTest(text):
                self.assertEqual(canonical_http_uri(text), expected)

    def test_that_are_none_are_refused(self) -> None:
        for text in (
            *("attest.example/v1", "/v1", "ftp://attest.example/", "https:/attest.example/", "https://"),
            *("https://a@attest.example/", "https://attest.example\\v1", "https://attest.example/a b"),
            *(" https://attest.example/", "https://attest.example/\n", "https://attest.example/%zz"),
            *("https://attest.example/%4", "https://attest.example:99999/", "https://%61.example/"),
            *("https://attést.example/", "https://attest.example/é", "https://atteſt.example/", "http://127.1/"),
            *("http://0x7f.1/", "http://1/", "http://[1]/", "http://١.example:١/", "https://a.example/" + "a" * 2048),
        ):
            with self.subTest(text):
                self.assertIsNone(canonical_http_uri(text))


class Base64url(unittest.TestCase):
    def test_has_one_spelling(self) -> None:
        self.assertEqual(decode_base64url("AAEC"), b"\x00\x01\x02")
        for text in ("AAE=", "AA\nEC", "AAEC\r\n", "A", "AB", "+/+/", "AA EC", "é"):
            with self.subTest(text):
                self.assertIsNone(decode_base64url(text))


if __name__ == "__main__":
    unittest.main()
