package assay

import (
	"fmt"
	"slices"
)

// `eat_profile` of the tokens that are read: profiles ear and ear-compat, and ear-legacy.
const (
	profileEAR    = "tag:ietf.org,2026:rats/ear#04"
	profileLegacy = "tag:github.com,2023:veraison/ear"
)

// Best first.
var tiers = []string{"affirming", "warning", "contraindicated", "none"}

// statusOf reads both dialects of EAR: that of draft-ietf-rats-ear-04 with its names of underscores, and the older one with dots,
// which has no overall status. It refuses a status better than that of a part, and one with which no tokens exist.
func statusOf(claims map[string]any, profile string) (Status, error) {
	parts, _ := claims["submods"].(map[string]any)
	if len(parts) == 0 {
		return "", refuseClaims("there are no `submods`")
	}
	name, alias := "ear_status", "ear.status"
	if profile == profileLegacy {
		name, alias = alias, name
	}
	worst := 0
	for _, part := range parts {
		rank, err := rankIn(part, name, alias)
		if err != nil {
			return "", err
		}
		worst = max(worst, rank)
	}
	overall := worst
	if profile == profileEAR {
		var err error
		if overall, err = rankIn(claims, name, alias); err != nil {
			return "", err
		}
	}
	if overall < worst {
		return "", refuseClaims("the overall status is better than that of a part")
	}
	switch status := Status(tiers[overall]); status {
	case Affirming, Warning:
		return status, nil
	default:
		return "", refuseStatus(fmt.Sprintf("The status is %s, with which nothing is released.", status))
	}
}

// refuseStatus: below what is asked.
func refuseStatus(detail string) *Refused { return refuse("status_insufficient", detail) }

// rankIn is about the status of a result or a part of it; where the other dialect's name stands too, it says the same.
func rankIn(result any, name, alias string) (int, error) {
	members, ok := result.(map[string]any)
	if !ok {
		return 0, refuseClaims("a part of `submods` is no object")
	}
	status, _ := members[name].(string)
	rank := slices.Index(tiers, status)
	if rank < 0 {
		return 0, refuseClaims(fmt.Sprintf("`%s` is no status", name))
	}
	if other, there := members[alias]; there && other != any(status) {
		return 0, refuseClaims(fmt.Sprintf("`%s` and `%s` disagree", name, alias))
	}
	return rank, nil
}
