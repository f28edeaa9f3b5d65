// Smoke guest in Go: two steps and one request through `net/http`, over `wasi:http` of the world `journey-wasi-http`.
//
// The bindings expect the exports in a package with this name, under the module `wit_component`.
package export_wayfarer_journey_guest

import (
	"io"
	"net/http"
	"strconv"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	checks "wit_component/wayfarer_journey_checks"
	failures "wit_component/wayfarer_journey_failures"
	guest "wit_component/wayfarer_journey_guest"
	metrics "wit_component/wayfarer_journey_metrics"
	params "wit_component/wayfarer_journey_params"
	steps "wit_component/wayfarer_journey_steps"
)

type failure = failures.Failure

var client = http.Client{Transport: transport{}}

func failed(kind failures.FailureKind, message string) *failure {
	return &failure{Message: message, Kind: kind}
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
	}
}

func smoke() *failure {
	var page []byte
	reason := step("get page", func() *failure {
		answer, err := client.Get(params.Get("base_url").SomeOr("") + "/")
		if err != nil {
			return mistaken(err.Error())
		}
		defer answer.Body.Close()
		status := check("status is 200", answer.StatusCode, 200)
		checks.Hard(status)
		if !status.IsPassed {
			return failed(failures.MakeFailureKindCheck(), status.Name)
		}
		if page, err = io.ReadAll(answer.Body); err != nil {
			return mistaken(err.Error())
		}
		return nil
	})
	if reason != nil {
		return reason
	}
	return step("compare", func() *failure {
		checks.Soft(check("body has text", min(len(page), 1), 1))
		metrics.Observe("body_size", float64(len(page)), "bytes", []witTypes.Tuple2[string, string]{})
		return nil
	})
}

// Describe is the export `describe`.
func Describe() []guest.Descriptor {
	return []guest.Descriptor{{
		Name:      "smoke",
		Title:     "Gets one page and looks at it.",
		TimeoutMs: witTypes.Some(uint32(10_000)),
		Tags:      []string{"smoke"},
		Steps:     []string{"get page", "compare"},
		Parameters: []guest.Parameter{{
			Name:     "base_url",
			Title:    "Where the page is.",
			Kind:     guest.MakeParameterKindUrl(),
			Required: true,
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
