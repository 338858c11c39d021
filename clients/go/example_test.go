package assay_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"

	assay "assay.example/client"
)

func Example() {
	const broker = "https://broker.example"
	tokens, err := assay.New(assay.Options{
		Issuer: "https://attest.example", Audience: "key-broker",
		Expectations: assay.Expectations{Workloads: []string{"llm-serving"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /keys/model", func(w http.ResponseWriter, r *http.Request) {
		verified, err := tokens.VerifyRequest(r.Context(), r.Method, broker+r.URL.EscapedPath(), r.Header)
		if refused := new(assay.Refused); errors.As(err, &refused) {
			refused.Reply(w)
		} else if err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
		} else {
			fmt.Fprintf(w, "the key of %s, version %d\n", verified.Att.Workload, verified.Att.ReferenceVersion)
		}
	})
}
