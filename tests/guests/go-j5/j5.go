// J5 in Go, as `make bench` compares it with `../j5`: five requests over one connection, and a status and one value checked of
// each.
//
// The bindings expect the exports in a package with this name, under the module `wit_component`.
package export_wayfarer_journey_guest

import (
	"encoding/json"
	"fmt"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	checks "wit_component/wayfarer_journey_checks"
	failures "wit_component/wayfarer_journey_failures"
	guest "wit_component/wayfarer_journey_guest"
	http "wit_component/wayfarer_journey_http"
	params "wit_component/wayfarer_journey_params"
	steps "wit_component/wayfarer_journey_steps"
)

type (
	failure = failures.Failure
	pair    = witTypes.Tuple2[string, string]
)

var jsonHeaders = []pair{{F0: "content-type", F1: "application/json"}}

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

func check[T comparable](name string, actual, expected T) *failure {
	if actual == expected {
		checks.Passed(name)
		return nil
	}
	reason := failed(failures.MakeFailureKindCheck(), name)
	reason.Actual = witTypes.Some(fmt.Sprint(actual))
	reason.Expected = witTypes.Some(fmt.Sprint(expected))
	checks.Hard(checks.Check{
		Name: name, Actual: reason.Actual, Expected: reason.Expected, Source: reason.Source,
	})
	return reason
}

func send(method, url string, value any) (http.Response, *failure) {
	headers, body := []pair{}, []uint8{}
	if value != nil {
		written, err := json.Marshal(value)
		if err != nil {
			return http.Response{}, mistaken(err.Error())
		}
		headers, body = jsonHeaders, written
	}
	answer := http.Fetch(method, url, headers, body)
	if answer.IsErr() {
		return http.Response{}, mistaken(fmt.Sprintf("%s %s: error %d", method, url, answer.Err().Tag()))
	}
	return answer.Ok(), nil
}

func ask[T comparable](method, base, path string, value any, status uint16, where string, expected T) *failure {
	response, reason := send(method, base+path, value)
	if reason != nil {
		return reason
	}
	defer http.Release(response.Id)
	if reason := check(method+" "+path+" answers", response.Status, status); reason != nil {
		return reason
	}
	found := http.Json(response.Id, where)
	if found.IsErr() || len(found.Ok()) == 0 {
		return mistaken(where + " of " + path + " matches nothing")
	}
	var actual T
	if err := json.Unmarshal([]byte(found.Ok()[0]), &actual); err != nil {
		return mistaken(err.Error())
	}
	return check(where+" of "+path, actual, expected)
}

func walk(base string) *failure {
	if reason := ask("GET", base, "/page", nil, 200, "$.ok", true); reason != nil {
		return reason
	}
	if reason := ask("POST", base, "/session", map[string]string{"user": "ana"}, 200, "$.token", "t"); reason != nil {
		return reason
	}
	if reason := ask("POST", base, "/items", map[string]string{"sku": "A1"}, 201, "$.id", 7); reason != nil {
		return reason
	}
	if reason := ask("GET", base, "/items/7", nil, 200, "$.id", 7); reason != nil {
		return reason
	}
	return ask("DELETE", base, "/items/7", nil, 200, "$.deleted", true)
}

func j5() *failure {
	base := params.Get("base_url")
	if base.IsNone() {
		return mistaken("base_url has no value")
	}
	return step("walk", func() *failure { return walk(base.Some()) })
}

// Describe is the export `describe`.
func Describe() []guest.Descriptor {
	return []guest.Descriptor{{
		Name:      "j5",
		Title:     "Five requests.",
		Schedule:  witTypes.None[string](),
		Timezone:  witTypes.None[string](),
		TimeoutMs: witTypes.Some(uint32(60_000)),
		Steps:     []string{"walk"},
		Parameters: []guest.Parameter{{
			Name:     "base_url",
			Title:    "The server's address.",
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
	if journey == "j5" {
		reason = j5()
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
