package assay

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// RFC 9110, section 11.4: a scheme, blanks, and the characters of a token68.
var credentials = regexp.MustCompile(`^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*)$`)

// presented is a token and a proof in the header of a request (RFC 9449, section 7.1; RFC 6750, section 2.1).
type presented struct {
	bearer   bool
	token    string
	proof    string
	hasProof bool
}

// presentedIn refuses a header that is not there, or there more than once.
func presentedIn(header http.Header) (presented, error) {
	authorization, there, err := onlyOne(header, "Authorization")
	if err != nil {
		return presented{}, err
	}
	if !there {
		return presented{}, refuseAbsence("The request has no header Authorization.")
	}
	parts := credentials.FindStringSubmatch(authorization)
	if parts == nil || (!strings.EqualFold(parts[1], "DPoP") && !strings.EqualFold(parts[1], "Bearer")) {
		return presented{}, refuseAbsence("The header Authorization holds no token of the scheme DPoP or Bearer.")
	}
	proof, hasProof, err := onlyOne(header, "DPoP")
	if err != nil {
		return presented{}, err
	}
	return presented{
		bearer: strings.EqualFold(parts[1], "Bearer"), token: parts[2], proof: proof, hasProof: hasProof,
	}, nil
}

func onlyOne(header http.Header, name string) (value string, there bool, err error) {
	var values []string
	for key, list := range header {
		if strings.EqualFold(key, name) {
			values = append(values, list...)
		}
	}
	if len(values) == 0 {
		return "", false, nil
	}
	// Some servers join what came twice, and neither a token nor a proof has a comma.
	if len(values) > 1 || strings.Contains(values[0], ",") {
		return "", false, refuseRequest(fmt.Sprintf("The request has more than one header %s.", name))
	}
	return values[0], true, nil
}

// refuseRequest is for a request that two readers could take for two.
func refuseRequest(detail string) *Refused { return refuse("request_unclear", detail) }

func refuseAbsence(detail string) *Refused { return refuse("token_missing", detail) }
