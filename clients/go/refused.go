package assay

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// Kind says what is wrong, and with that who can do something about it.
type Kind string

const (
	// Absent: nothing was presented.
	Absent Kind = "absent"
	// Denied: not genuine, not for us, not now, or not presented by whoever it was made for.
	Denied Kind = "refused"
	// Unwanted: genuine, and less than this relying party asks.
	Unwanted Kind = "unwanted"
	// Undecided is neither yes nor no: the issuer or the memory of proofs cannot be asked.
	Undecided Kind = "undecided"
	// Unclear is about the request itself, whoever sends it.
	Unclear Kind = "request"
)

// Refused is a token that, presented like this, opens nothing. Any other error of this package is no answer about the token.
type Refused struct {
	// Code is stable and for programs; docs/clients.md lists all.
	Code string
	Kind Kind
	// Status is the HTTP status that fits.
	Status int
	// Detail is for people and repeats nothing of the token.
	Detail string
	// Remedy is what the caller or the operator does next.
	Remedy string
	// Reason is what a proof fails by, in a word such as "url" or "time"; empty where it is not about a proof.
	Reason string
}

func (r *Refused) Error() string { return r.Code + ": " + r.Detail }

// Row is what is said of a code, whichever token it is about.
type Row struct {
	Code   string `json:"code"`
	Kind   Kind   `json:"kind"`
	Status int    `json:"status"`
	// Problem is `error` of WWW-Authenticate (RFC 6750, section 3.1; RFC 9449, section 7.1); nil: the header has none.
	Problem *string `json:"error"`
	Meaning string  `json:"meaning"`
	Remedy  string  `json:"remedy"`
}

//go:embed refusals.json
var refusalsFile []byte

var rows = readRows()

func readRows() map[string]Row {
	var list []Row
	if err := json.Unmarshal(refusalsFile, &list); err != nil {
		panic("refusals.json: " + err.Error())
	}
	byCode := map[string]Row{}
	for _, row := range list {
		byCode[row.Code] = row
	}
	return byCode
}

// Rows gives every code that this package refuses with.
func Rows() []Row {
	list := make([]Row, 0, len(rows))
	for _, row := range rows {
		list = append(list, row)
	}
	return list
}

func refuse(code, detail string) *Refused {
	row, known := rows[code]
	if !known {
		panic(code + " is not in refusals.json")
	}
	return &Refused{Code: code, Kind: row.Kind, Status: row.Status, Detail: detail, Remedy: row.Remedy}
}

func refuseProof(code, detail, reason string) *Refused {
	refused := refuse(code, detail)
	refused.Reason = reason
	return refused
}

// Seconds to wait before an undecided request is worth repeating.
const retryAfter = 5

// problem is a problem document (RFC 9457), in the order in which people read it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Reason string `json:"reason,omitempty"`
	Remedy string `json:"remedy"`
}

// Reply answers a request with status, WWW-Authenticate where credentials are the matter, and a problem document.
func (r *Refused) Reply(w http.ResponseWriter) error {
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")
	if r.Kind == Undecided {
		header.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden {
		header.Set("WWW-Authenticate", challengeOf(rows[r.Code]))
	}
	w.WriteHeader(r.Status)
	return json.NewEncoder(w).Encode(problem{
		Type: "about:blank", Title: http.StatusText(r.Status), Status: r.Status,
		Detail: r.Detail, Code: r.Code, Reason: r.Reason, Remedy: r.Remedy,
	})
}

// challengeOf follows RFC 9449, section 7.1. Whoever brought nothing is not told that something is wrong with it.
func challengeOf(row Row) string {
	algs := `algs="` + strings.Join(proofAlgs, " ") + `"`
	if row.Problem == nil {
		return "DPoP " + algs
	}
	description := strings.NewReplacer(`"`, "", `\`, "").Replace(row.Meaning)
	return `DPoP error="` + *row.Problem + `", error_description="` + description + `", ` + algs
}
