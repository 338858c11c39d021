package assay

import (
	"strings"
	"testing"
)

func TestJSONThatTwoReadersCouldTakeForDifferentThingsIsRefused(t *testing.T) {
	sound := []string{
		`{}`, ` {"a" : [1, -0.5e3, true, null, "\u00e9\ud83d\ude00é"]} `, `{"a":{"a":1},"b":{"a":2}}`,
		`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, `{"a":"\\ud800"}`,
	}
	for _, text := range sound {
		if _, err := parseObject([]byte(text)); err != nil {
			t.Errorf("refused: %s", text)
		}
	}
	unsound := []string{
		``, `null`, `[]`, `"a"`, `{}{}`, `{"a":1,}`, `{"a":01}`, `{'a':1}`, `{"a":NaN}`, "{\"a\":\"\n\"}", "\ufeff{}",
		`{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, `{"b":{"a":1,"a":2}}`, `{"a":1e999}`,
		`{"a":"\ud800"}`, `{"a":"\udc00"}`, `{"a":"\ud800x"}`, `{"a":"\ud800\n"}`, `{"a":"\ud800\ud800"}`, `{"\ud800":1}`,
		`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, "{\"a\":\"\xff\"}", "{\"a\":\"\xed\xa0\x80\"}",
		`{"a":[` + strings.Repeat("1,", maxValues) + `1]}`,
	}
	for _, text := range unsound {
		if value, err := parseObject([]byte(text)); err == nil {
			t.Errorf("taken: %.60s as %v", text, value)
		}
	}
}

func TestWholeNumbersAreThoseThatADoubleHolds(t *testing.T) {
	object, err := parseObject([]byte(`{"a":1.0,"b":9007199254740991,"c":9007199254740992,"d":0.5,"e":"1","f":true,"g":1e300}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, whole := range map[string]bool{"a": true, "b": true, "c": false, "d": false, "e": false, "f": false, "g": false} {
		if _, ok := wholeNumber(object[name]); ok != whole {
			t.Errorf("%s: %v", name, object[name])
		}
	}
}

func TestAddressesHaveOneSpelling(t *testing.T) {
	for text, expected := range map[string]string{
		"HTTPS://Attest.EXAMPLE/t/Acme":          "https://attest.example/t/Acme",
		"https://attest.example:443/v1":          "https://attest.example/v1",
		"http://attest.example:/v1":              "http://attest.example/v1",
		"https://attest.example:8443/v1":         "https://attest.example:8443/v1",
		"https://attest.example":                 "https://attest.example/",
		"https://attest.example/v1/":             "https://attest.example/v1/",
		"https://a.example/x/../v1/./renew":      "https://a.example/v1/renew",
		"https://a.example/x/%2e%2E/v1":          "https://a.example/v1",
		"https://a.example/x/..":                 "https://a.example/",
		"https://a.example/../../x/.":            "https://a.example/x/",
		"https://a.example/x//../y":              "https://a.example/x/y",
		"https://a.example/%7euser/%41":          "https://a.example/~user/A",
		"https://a.example/a%2fb%c3%a9":          "https://a.example/a%2Fb%C3%A9",
		"https://a.example/%252e%252e/b":         "https://a.example/%252e%252e/b",
		"https://a.example/v1?x=/../#y":          "https://a.example/v1",
		"http://[::1]:8080/v1":                   "http://[::1]:8080/v1",
		"http://[0:0:0:0:0:0:0:1]/":              "http://[::1]/",
		"http://127.0.0.1:80/":                   "http://127.0.0.1/",
		"https://a.example/v1#" + "é":            "https://a.example/v1",
		"https://xn--attst-dsa.example/\u003f":   "https://xn--attst-dsa.example/",
		"https://under_score.example:0443/a;b=c": "https://under_score.example/a;b=c",
	} {
		if canonical, ok := canonicalHTTPURI(text); !ok || canonical != expected {
			t.Errorf("%s became %s", text, canonical)
		}
	}
	for _, text := range []string{
		"attest.example/v1", "/v1", "ftp://attest.example/", "https:/attest.example/", "https://", "https://a@attest.example/",
		"https://attest.example\\v1", "https://attest.example/a b", " https://attest.example/", "https://attest.example/\n",
		"https://attest.example/%zz", "https://attest.example/%4", "https://attest.example:99999/", "https://%61.example/",
		"https://attést.example/", "https://attest.example/é", "https://atteſt.example/", "http://127.1/", "http://0x7f.1/",
		"http://1/", "http://[1]/", "http://[::1%25eth0]/", "https://attest.example/" + strings.Repeat("a", 2048),
	} {
		if canonical, ok := canonicalHTTPURI(text); ok {
			t.Errorf("%q became %s", text, canonical)
		}
	}
}

func TestBase64urlHasOneSpelling(t *testing.T) {
	if bytes, ok := decodeBase64url("AAEC"); !ok || len(bytes) != 3 {
		t.Error("AAEC")
	}
	for _, text := range []string{"AAE=", "AA\nEC", "AAEC\r\n", "A", "AB", "+/+/", "AA EC"} {
		if _, ok := decodeBase64url(text); ok {
			t.Errorf("taken: %q", text)
		}
	}
}
