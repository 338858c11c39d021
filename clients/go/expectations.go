package assay

import (
	"errors"
	"fmt"
	"slices"
)

// Expectations are what a relying party asks of a verified token beyond that it is genuine, for itself and presented by its
// holder. In lists, nil asks nothing; an empty list, which would accept nothing, is a mistake.
type Expectations struct {
	// MinimumStatus is Affirming unless it says Warning.
	MinimumStatus Status
	// Workloads that are served; nil: every one that the issuer allows for the audience.
	Workloads []string
	// MinReferenceVersion is the lowest reference version; 0: any that the issuer still accepts.
	MinReferenceVersion int64
	// TCBStatuses that are accepted; nil: what the policy at the issuer accepts.
	TCBStatuses []string
	// TEEs that are accepted; nil: all.
	TEEs []string
	// AllowSimulated is for trying things out: evidence that anybody can make.
	AllowSimulated bool
	// AllowDebug is for trying things out: guests whose memory their host can read.
	AllowDebug bool
}

// requireSound finds what cannot be meant.
func (e Expectations) requireSound() error {
	lists := []struct {
		name  string
		names []string
	}{{"Workloads", e.Workloads}, {"TCBStatuses", e.TCBStatuses}, {"TEEs", e.TEEs}}
	for _, list := range lists {
		if list.names != nil && (len(list.names) == 0 || slices.Contains(list.names, "")) {
			return fmt.Errorf("%s takes names, or nil", list.name)
		}
	}
	if e.MinimumStatus != "" && e.MinimumStatus != Affirming && e.MinimumStatus != Warning {
		return errors.New("MinimumStatus is Affirming or Warning")
	}
	if e.MinReferenceVersion < 0 {
		return errors.New("MinReferenceVersion is a whole number from 1, or 0 for any")
	}
	return nil
}

// requireWanted refuses what is genuine and less than is asked.
func (e Expectations) requireWanted(verified *VerifiedToken) error {
	att := verified.Att
	switch {
	case verified.Status == Warning && e.MinimumStatus != Warning:
		return refuseStatus("The status is warning, and affirming is asked.")
	case att.Simulated && !e.AllowSimulated:
		return refuse("simulated_unwanted", "The evidence behind the token came from a simulated vendor.")
	case att.Debug && !e.AllowDebug:
		return refuse("debug_unwanted", "The guest runs with debugging on.")
	case !accepts(e.Workloads, att.Workload):
		return refuse("workload_unwanted", fmt.Sprintf("The workload %s is none that is served here.", att.Workload))
	case att.ReferenceVersion < e.MinReferenceVersion:
		return refuse("version_unwanted", fmt.Sprintf("Reference version %d matched; %d or a later one is asked.",
			att.ReferenceVersion, e.MinReferenceVersion))
	case !accepts(e.TEEs, att.TEE):
		return refuse("tee_unwanted", fmt.Sprintf("The TEE %s is none that is taken here.", att.TEE))
	case !accepts(e.TCBStatuses, att.TCBStatus):
		return refuse("tcb_status_unwanted", fmt.Sprintf("The TCB status %s is none that is taken here.", att.TCBStatus))
	}
	return nil
}

func accepts(accepted []string, value string) bool {
	return accepted == nil || slices.Contains(accepted, value)
}
