// An odd guest: it panics before its first step, recovers, and returns the zero result, which is success. The
// verdict is `broken`.
package export_wayfarer_journey_guest

import (
	"log"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	failures "wit_component/wayfarer_journey_failures"
	guest "wit_component/wayfarer_journey_guest"
	params "wit_component/wayfarer_journey_params"
	steps "wit_component/wayfarer_journey_steps"
)

type outcome = witTypes.Result[witTypes.Unit, failures.Failure]

// Describe is the export `describe`.
func Describe() []guest.Descriptor {
	return []guest.Descriptor{{
		Name:      "smoke",
		Title:     "Returns success having run nothing.",
		TimeoutMs: witTypes.Some(uint32(10_000)),
		Tags:      []string{"odd"},
		Steps:     []string{"never reached"},
		Parameters: []guest.Parameter{{
			Name:     "base_url",
			Title:    "Where the page is.",
			Kind:     guest.MakeParameterKindUrl(),
			Required: true,
		}},
		Hosts: []string{"127.0.0.1"},
	}}
}

// Run is the export `run`. A deferred function that recovers must set the result; this one does not.
func Run(journey string) (result outcome) {
	defer func() {
		if panicked := recover(); panicked != nil {
			log.Printf("recovered: %v", panicked)
		}
	}()
	var absent map[string]int
	absent[params.Get("base_url").Some()] = 1
	steps.Close(steps.Open("never reached", witTypes.None[uint32]()), witTypes.None[failures.Failure]())
	return witTypes.Ok[witTypes.Unit, failures.Failure](witTypes.Unit{})
}

// Clean is the export `clean`.
func Clean(guest.Cleanup) witTypes.Result[guest.Cleaned, failures.Failure] {
	return witTypes.Ok[guest.Cleaned, failures.Failure](guest.MakeCleanedAlreadyGone())
}
