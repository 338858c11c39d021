package assay

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// Arrays and objects inside one another, and values of a whole document.
const (
	maxDepth  = 32
	maxValues = 16_384
)

// Whole numbers that a float64 holds without loss.
const maxSafeInteger = 1<<53 - 1

var errUnsound = errors.New("not one sound JSON object")

// parseObject reads one JSON object (RFC 8259) and refuses whatever two readers could take for different things: a member
// that stands twice, ill-formed UTF-8, half a surrogate pair, a number out of range, deep nesting. Numbers are float64.
func parseObject(data []byte) (map[string]any, error) {
	if !utf8.Valid(data) || !json.Valid(data) || hasLoneSurrogate(data) {
		return nil, errUnsound
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	reader := jsonReader{decoder: decoder}
	value, err := reader.value(0)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errUnsound
	}
	return object, nil
}

// jsonReader goes through the tokens of a document that is known to be well formed.
type jsonReader struct {
	decoder *json.Decoder
	values  int
}

func (r *jsonReader) value(depth int) (any, error) {
	r.values++
	if r.values > maxValues {
		return nil, errUnsound
	}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, errUnsound
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, errUnsound
		}
		if token == '{' {
			return r.object(depth + 1)
		}
		return r.array(depth + 1)
	case json.Number:
		number, err := strconv.ParseFloat(token.String(), 64)
		if err != nil {
			return nil, errUnsound
		}
		return number, nil
	default:
		return token, nil
	}
}

func (r *jsonReader) object(depth int) (any, error) {
	members := map[string]any{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, errUnsound
		}
		if _, twice := members[name]; twice {
			return nil, errUnsound
		}
		if members[name], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	_, err := r.decoder.Token()
	return members, err
}

func (r *jsonReader) array(depth int) (any, error) {
	items := []any{}
	for r.decoder.More() {
		item, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := r.decoder.Token()
	return items, err
}

// hasLoneSurrogate looks through the escapes of a well-formed document: encoding/json would put U+FFFD in their place.
func hasLoneSurrogate(data []byte) bool {
	for at := 0; at < len(data); at++ {
		if data[at] != '\\' {
			continue
		}
		at++
		if data[at] != 'u' {
			continue
		}
		unit := codeUnit(data[at:])
		at += 4
		switch {
		case unit >= 0xdc00 && unit <= 0xdfff:
			return true
		case unit >= 0xd800 && unit <= 0xdbff:
			rest := data[at+1:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if low := codeUnit(rest[1:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			at += 6
		}
	}
	return false
}

// codeUnit reads the four digits after a `u`.
func codeUnit(escape []byte) uint64 {
	unit, err := strconv.ParseUint(string(escape[1:5]), 16, 16)
	if err != nil {
		return 0
	}
	return unit
}

// wholeNumber is true for a number without a fraction that a float64 holds exactly.
func wholeNumber(value any) (int64, bool) {
	number, ok := value.(float64)
	if !ok || number > maxSafeInteger || number < -maxSafeInteger || number != float64(int64(number)) {
		return 0, false
	}
	return int64(number), true
}
