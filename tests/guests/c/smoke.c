// Smoke guest in C: two steps and one request through the `http` interface.
//
// Ownership: the generated post-return functions free the result of an export, so it must be on the heap
// (`journey_string_dup`). The arguments of an import stay ours and may be static (`journey_string_set`).

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journey.h"

typedef exports_wayfarer_journey_guest_failure_t failure_t;
typedef wayfarer_journey_checks_check_t check_t;
typedef wayfarer_journey_http_response_t response_t;

enum { CHECK = WAYFARER_JOURNEY_FAILURES_FAILURE_KIND_CHECK, ERROR = WAYFARER_JOURNEY_FAILURES_FAILURE_KIND_ERROR };

static journey_string_t text(const char *value) {
  journey_string_t borrowed;
  journey_string_set(&borrowed, value);
  return borrowed;
}

static journey_string_t owned(const char *value) {
  journey_string_t copied;
  journey_string_dup(&copied, value);
  return copied;
}

static journey_list_string_t owned_words(size_t count, const char *const words[]) {
  journey_list_string_t list = {malloc(count * sizeof(journey_string_t)), count};
  for (size_t i = 0; i < count; i++) {
    list.ptr[i] = owned(words[i]);
  }
  return list;
}

// Creates a failure with texts on the heap.
static void fail(failure_t *failure, uint8_t kind, const char *message) {
  memset(failure, 0, sizeof *failure);
  failure->message = owned(message);
  failure->kind.tag = kind;
}

// Creates a check of two numbers. Its texts point into `actual` and `expected`.
static check_t check(const char *name, long long value, long long wanted, char actual[24], char expected[24]) {
  snprintf(actual, 24, "%lld", value);
  snprintf(expected, 24, "%lld", wanted);
  check_t made = {.name = text(name), .is_passed = value == wanted};
  made.actual.is_some = made.expected.is_some = true;
  made.actual.val = text(actual);
  made.expected.val = text(expected);
  return made;
}

static bool get_page(response_t *page, failure_t *failure) {
  journey_string_t name = text("base_url"), base;
  if (!wayfarer_journey_params_get(&name, &base)) {
    fail(failure, ERROR, "base_url has no value");
    return false;
  }
  char url[1024];
  snprintf(url, sizeof url, "%.*s/", (int)base.len, (const char *)base.ptr);
  journey_string_free(&base);

  journey_string_t method = text("GET"), target = text(url);
  journey_list_tuple2_string_string_t headers = {NULL, 0};
  journey_list_u8_t body = {NULL, 0};
  wayfarer_journey_http_error_t error;
  if (!wayfarer_journey_http_fetch(&method, &target, &headers, &body, page, &error)) {
    char message[1100];
    snprintf(message, sizeof message, "GET %s: error %d", url, error.tag);
    fail(failure, ERROR, message);
    wayfarer_journey_http_error_free(&error);
    return false;
  }
  char actual[24], expected[24];
  check_t status = check("status is 200", page->status, 200, actual, expected);
  wayfarer_journey_checks_hard(&status);
  if (!status.is_passed) {
    fail(failure, CHECK, "status is 200");
  }
  return status.is_passed;
}

static void compare(const response_t *page) {
  char actual[24], expected[24];
  journey_list_u8_t body;
  wayfarer_journey_http_body(page->id, 0, UINT32_MAX, &body);
  check_t whole = check("body is whole", body.len, page->body_size, actual, expected);
  wayfarer_journey_checks_soft(&whole);
  journey_string_t name = text("body_size"), unit = text("bytes");
  journey_list_tuple2_string_string_t labels = {NULL, 0};
  wayfarer_journey_metrics_observe(&name, (double)body.len, &unit, &labels);
  journey_list_u8_free(&body);
}

bool exports_wayfarer_journey_guest_run(journey_string_t *journey, failure_t *failure) {
  bool known = journey->len == 5 && memcmp(journey->ptr, "smoke", 5) == 0;
  journey_string_free(journey);
  if (!known) {
    fail(failure, ERROR, "no such journey");
    return false;
  }
  journey_string_t first = text("get page"), second = text("compare");
  response_t page;

  uint32_t step = wayfarer_journey_steps_open(&first, NULL);
  bool got = get_page(&page, failure);
  wayfarer_journey_steps_close(step, got ? NULL : failure);
  if (!got) {
    return false;
  }
  step = wayfarer_journey_steps_open(&second, NULL);
  compare(&page);
  wayfarer_journey_steps_close(step, NULL);
  return true;
}

void exports_wayfarer_journey_guest_describe(exports_wayfarer_journey_guest_list_descriptor_t *ret) {
  exports_wayfarer_journey_guest_parameter_t *base = calloc(1, sizeof *base);
  base->name = owned("base_url");
  base->title = owned("Where the page is.");
  base->kind.tag = EXPORTS_WAYFARER_JOURNEY_GUEST_PARAMETER_KIND_URL;
  base->required = true;

  exports_wayfarer_journey_guest_descriptor_t *smoke = calloc(1, sizeof *smoke);
  smoke->name = owned("smoke");
  smoke->title = owned("Gets one page and looks at it.");
  smoke->timeout_ms.is_some = true;
  smoke->timeout_ms.val = 10000;
  smoke->tags = owned_words(1, (const char *const[]){"smoke"});
  smoke->steps = owned_words(2, (const char *const[]){"get page", "compare"});
  smoke->hosts = owned_words(1, (const char *const[]){"127.0.0.1"});
  smoke->parameters.ptr = base;
  smoke->parameters.len = 1;
  ret->ptr = smoke;
  ret->len = 1;
}

bool exports_wayfarer_journey_guest_clean(exports_wayfarer_journey_guest_cleanup_t *cleanup,
                                          exports_wayfarer_journey_guest_cleaned_t *ret,
                                          failure_t *failure) {
  (void)ret;
  exports_wayfarer_journey_guest_cleanup_free(cleanup);
  fail(failure, ERROR, "this component arms no cleanups");
  return false;
}
