// Smoke guest in Go: two steps and one request through the `http` interface.
//
// The bindings expect the exports in a package with this name, under the module `wit_component`.
package export_wayfarer_journey_guest

import (
	"fmt"
	"math"
	"strconv"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	checks "wit_component/wayfarer_journey_checks"
	failures "wit_component/wayfarer_journey_failures"
	guest "wit_component/wayfarer_journey_guest"
	http "wit_component/wayfarer_journey_http"
	metrics "wit_component/wayfarer_journey_metrics"
	params "wit_component/wayfarer_journey_params"
	steps "wit_component/wayfarer_journey_steps"
)

type (
	failure = failures.Failure
	pair    = witTypes.Tuple2[string, string]
)

func failed(kind failures.FailureKind, message string) *failure {
	return &failure{
		Message:  message,
		Kind:     kind,
		Request:  witTypes.None[uint32](),
		Source:   witTypes.None[failures.SourceLocation](),
		Actual:   witTypes.None[string](),
		Expected: witTypes.None[string](),
	}
}

func mistaken(message string) *failure {
	return failed(failures.MakeFailureKindError(), message)
}

func step(name string, body func() *failure) *failure {
	number := steps.Open(name, witTypes.None[uint32]())
	reason := body()
	if reason != nil {
		steps.Close(number, witTypes.Some(*reason))
	} else {
		steps.Close(number, witTypes.None[failure]())
	}
	return reason
}

func check(name string, actual, expected int) checks.Check {
	return checks.Check{
		Name:     name,
		IsPassed: actual == expected,
		Actual:   witTypes.Some(strconv.Itoa(actual)),
		Expected: witTypes.Some(strconv.Itoa(expected)),
		Source:   witTypes.None[failures.SourceLocation](),
	}
}

func get(url string) (http.Response, *failure) {
	answer := http.Fetch("GET", url, []pair{}, []uint8{})
	if answer.IsErr() {
		return http.Response{}, mistaken(fmt.Sprintf("GET %s: error %d", url, answer.Err().Tag()))
	}
	return answer.Ok(), nil
}

func smoke() *failure {
	var page http.Response
	reason := step("get page", func() *failure {
		base := params.Get("base_url")
		if base.IsNone() {
			return mistaken("base_url has no value")
		}
		answer, reason := get(base.Some() + "/")
		if reason != nil {
			return reason
		}
		page = answer
		status := check("status is 200", int(page.Status), 200)
		checks.Hard(status)
		if !status.IsPassed {
			return failed(failures.MakeFailureKindCheck(), status.Name)
		}
		return nil
	})
	if reason != nil {
		return reason
	}
	return step("compare", func() *failure {
		body := http.Body(page.Id, 0, math.MaxUint32)
		checks.Soft(check("body is whole", len(body), int(page.BodySize)))
		metrics.Observe("body_size", float64(len(body)), "bytes", []pair{})
		return nil
	})
}

// Describe is the export `describe`.
func Describe() []guest.Descriptor {
	return []guest.Descriptor{{
		Name:      "smoke",
		Title:     "Gets one page and looks at it.",
		Schedule:  witTypes.None[string](),
		Timezone:  witTypes.None[string](),
		TimeoutMs: witTypes.Some(uint32(10_000)),
		Tags:      []string{"smoke"},
		Steps:     []string{"get page", "compare"},
		Parameters: []guest.Parameter{{
			Name:     "base_url",
			Title:    "Where the page is.",
			Kind:     guest.MakeParameterKindUrl(),
			Required: true,
			Preset:   witTypes.None[string](),
		}},
		Hosts: []string{"127.0.0.1"},
	}}
}

// Run is the export `run`.
func Run(journey string) witTypes.Result[witTypes.Unit, failure] {
	reason := mistaken("no journey named " + journey)
	if journey == "smoke" {
		reason = smoke()
	}
	if reason != nil {
		return witTypes.Err[witTypes.Unit](*reason)
	}
	return witTypes.Ok[witTypes.Unit, failure](witTypes.Unit{})
}

// Clean is the export `clean`.
func Clean(cleanup guest.Cleanup) witTypes.Result[guest.Cleaned, failure] {
	return witTypes.Err[guest.Cleaned](*mistaken("no cleanup of kind " + cleanup.Kind))
}
