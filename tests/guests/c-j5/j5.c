// J5 in C, as `make bench` compares it with `../j5`: five requests over one connection, and a status and one value checked of
// each. `../c/smoke.c` says who owns what.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journey.h"

typedef exports_wayfarer_journey_guest_failure_t failure_t;
typedef wayfarer_journey_http_response_t response_t;

enum { CHECK = WAYFARER_JOURNEY_FAILURES_FAILURE_KIND_CHECK, ERROR = WAYFARER_JOURNEY_FAILURES_FAILURE_KIND_ERROR };

// One request, and what is expected of its response: the status, and the JSON text of the value at a path.
struct exchange {
  const char *method, *path, *body;
  uint16_t status;
  const char *where, *value;
};

static const struct exchange WALK[] = {
    {"GET", "/page", NULL, 200, "$.ok", "true"},
    {"POST", "/session", "{\"user\":\"ana\"}", 200, "$.token", "\"t\""},
    {"POST", "/items", "{\"sku\":\"A1\"}", 201, "$.id", "7"},
    {"GET", "/items/7", NULL, 200, "$.id", "7"},
    {"DELETE", "/items/7", NULL, 200, "$.deleted", "true"},
};

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

// Creates a failure with texts on the heap.
static void fail(failure_t *failure, uint8_t kind, const char *message) {
  memset(failure, 0, sizeof *failure);
  failure->message = owned(message);
  failure->kind.tag = kind;
}

static bool check(const char *name, bool holds, failure_t *failure) {
  journey_string_t named = text(name);
  if (holds) {
    wayfarer_journey_checks_passed(&named);
    return true;
  }
  wayfarer_journey_checks_check_t made = {.name = named};
  wayfarer_journey_checks_hard(&made);
  fail(failure, CHECK, name);
  return false;
}

static bool send(const journey_string_t *base, const struct exchange *asked, response_t *response, failure_t *failure) {
  char url[1024];
  snprintf(url, sizeof url, "%.*s%s", (int)base->len, (const char *)base->ptr, asked->path);
  journey_string_t method = text(asked->method), target = text(url);
  journey_tuple2_string_string_t json = {text("content-type"), text("application/json")};
  journey_list_tuple2_string_string_t headers = {&json, asked->body ? 1 : 0};
  journey_list_u8_t body = {(uint8_t *)asked->body, asked->body ? strlen(asked->body) : 0};
  wayfarer_journey_http_error_t error;
  if (wayfarer_journey_http_fetch(&method, &target, &headers, &body, response, &error)) {
    return true;
  }
  char message[1100];
  snprintf(message, sizeof message, "%s %s: error %d", asked->method, url, error.tag);
  fail(failure, ERROR, message);
  wayfarer_journey_http_error_free(&error);
  return false;
}

static bool has_value(uint32_t response, const struct exchange *asked) {
  journey_string_t where = text(asked->where);
  journey_list_string_t found;
  wayfarer_journey_http_json_error_t error;
  if (!wayfarer_journey_http_json(response, &where, &found, &error)) {
    wayfarer_journey_http_json_error_free(&error);
    return false;
  }
  size_t length = strlen(asked->value);
  bool equal = found.len == 1 && found.ptr[0].len == length && memcmp(found.ptr[0].ptr, asked->value, length) == 0;
  journey_list_string_free(&found);
  return equal;
}

static bool ask(const journey_string_t *base, const struct exchange *asked, failure_t *failure) {
  response_t response;
  if (!send(base, asked, &response, failure)) {
    return false;
  }
  char status[128], value[128];
  snprintf(status, sizeof status, "%s %s answers %d", asked->method, asked->path, asked->status);
  snprintf(value, sizeof value, "%s of %s is %s", asked->where, asked->path, asked->value);
  bool holds = check(status, response.status == asked->status, failure) &&
               check(value, has_value(response.id, asked), failure);
  wayfarer_journey_http_release(response.id);
  return holds;
}

bool exports_wayfarer_journey_guest_run(journey_string_t *journey, failure_t *failure) {
  bool known = journey->len == 2 && memcmp(journey->ptr, "j5", 2) == 0;
  journey_string_free(journey);
  journey_string_t name = text("base_url"), base;
  if (!known || !wayfarer_journey_params_get(&name, &base)) {
    fail(failure, ERROR, known ? "base_url has no value" : "no such journey");
    return false;
  }
  journey_string_t walk = text("walk");
  uint32_t step = wayfarer_journey_steps_open(&walk, NULL);
  bool holds = true;
  for (size_t i = 0; holds && i < sizeof WALK / sizeof *WALK; i++) {
    holds = ask(&base, &WALK[i], failure);
  }
  wayfarer_journey_steps_close(step, holds ? NULL : failure);
  journey_string_free(&base);
  return holds;
}

static journey_list_string_t one_word(const char *word) {
  journey_list_string_t list = {malloc(sizeof(journey_string_t)), 1};
  list.ptr[0] = owned(word);
  return list;
}

void exports_wayfarer_journey_guest_describe(exports_wayfarer_journey_guest_list_descriptor_t *ret) {
  exports_wayfarer_journey_guest_parameter_t *base = calloc(1, sizeof *base);
  base->name = owned("base_url");
  base->title = owned("The server's address.");
  base->kind.tag = EXPORTS_WAYFARER_JOURNEY_GUEST_PARAMETER_KIND_URL;
  base->required = true;

  exports_wayfarer_journey_guest_descriptor_t *j5 = calloc(1, sizeof *j5);
  j5->name = owned("j5");
  j5->title = owned("Five requests.");
  j5->timeout_ms.is_some = true;
  j5->timeout_ms.val = 60000;
  j5->steps = one_word("walk");
  j5->hosts = one_word("127.0.0.1");
  j5->parameters.ptr = base;
  j5->parameters.len = 1;
  ret->ptr = j5;
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
