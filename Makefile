# A newcomer needs `make demo` and `make test` only. Both install the rest by themselves.
#   make demo    needs Rust (rustup) and a C compiler
#   make test    also needs Node, Python and Go
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/wayfarer
TOOLS := $(CACHE)/tools
# CI clones the repository each time, so it keeps compiled dependencies outside the clone. Nothing relies on them.
ifdef CI
export CARGO_TARGET_DIR ?= $(CACHE)/target
endif
export CARGO_TARGET_DIR ?= $(CURDIR)/target
export WAYFARER_TOOLS ?= $(TOOLS)
export CARGO_TERM_COLOR ?= auto

QUICK := $(CARGO_TARGET_DIR)/quick
WAYFARER := $(CARGO_TARGET_DIR)/debug/wayfarer
SHOP := $(CARGO_TARGET_DIR)/debug/wayfarer-shop
EXAMPLES := checkout sign-up search latency-budget
DENY_VERSION := 0.20.2
DENY := $(TOOLS)/cargo-deny-$(DENY_VERSION)/bin/cargo-deny

.PHONY: help setup build demo test lint deny verify fuzz bench dist clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## install the toolchain and the WebAssembly target of rust-toolchain.toml
	@command -v rustup >/dev/null || { echo "rustup is missing: install it from https://rustup.rs, then run make again" >&2; exit 2; }
	@command -v cc >/dev/null || { echo "a C compiler is missing: install gcc or clang (on Debian: apt-get install build-essential)" >&2; exit 2; }
	@channel=$$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
	rustup toolchain list | grep -q "^$$channel" || rustup toolchain install "$$channel" --profile minimal --component rustfmt,clippy
	for target in $$(sed -n 's/^targets = \[\(.*\)\]/\1/p' rust-toolchain.toml | tr -d '",'); do
	  rustup target list --toolchain "$$channel" --installed | grep -qx "$$target" || rustup target add "$$target" --toolchain "$$channel"
	done

# By a profile of its own (Cargo.toml says why), which shares nothing with the builds of `make test`.
build: setup ## build the command line and the demo shop, as quickly as they can be compiled
	@tests/first_build.sh wayfarer wayfarer-shop -- --profile quick --workspace --bin wayfarer --bin wayfarer-shop

demo: build ## run a shop, a server and the journeys of two tenants; SECONDS=30 ends by itself
	@DEMO_SECONDS="$(SECONDS)" tests/demo.sh "$(QUICK)/wayfarer" "$(QUICK)/wayfarer-shop" "$(CURDIR)/target/demo" $(EXAMPLES)

test: setup ## run unit, product and language tests, and the demo
	@for tool in node npm python3 go; do command -v $$tool >/dev/null || { echo "$$tool is missing: make test needs Node, Python 3 and Go" >&2; exit 2; }; done
	@cargo build --locked --workspace --all-targets
	WAYFARER_BIN="$(WAYFARER)" cargo test --locked --workspace
	DEMO_SECONDS=25 SHOP_LISTEN=127.0.0.1:0 WAYFARER_LISTEN=127.0.0.1:0 tests/demo.sh "$(WAYFARER)" "$(SHOP)" "$(CURDIR)/target/demo" $(EXAMPLES)

# Tests of every crate take part, and those of the lower crates cannot call code in `tests/`. A test therefore prints its
# result as a line `verify-row: {...}`. This target collects the lines, also those before a failure.
VERIFIED := croner a_year_of exactly_once_by upgrades large contended kills failpoints power full_disk contention backups rebuilds newer \
  bodies_for uploads peers clocks audit_trail seal:: hostile spellings swap:: by_chance

# Stalls are measured with a release build, made as `bench` makes it, and while nothing else is tested.
verify: setup ## test in full what make test samples: kills, power cuts, full disks, locks, copies, attacks, a year of slots; takes long
	@cargo build --locked --workspace --all-targets
	cargo build --locked --release -p wayfarer-bench -p wayfarer
	folder="$(CARGO_TARGET_DIR)/verify" ended=0
	rm -rf "$$folder"
	mkdir -p "$$folder"
	export WAYFARER_VERIFY=full WAYFARER_BIN="$(WAYFARER)" WAYFARER_RELEASE_BIN="$(CARGO_TARGET_DIR)/release/wayfarer"
	cargo test --locked --workspace --no-fail-fast --lib --test schedule_croner --test store --bin wayfarer --test targets --test serve -- \
	  --nocapture --skip hold_up_nobody $(VERIFIED) 2>&1 | tee "$$folder/output.txt" || ended=$$?
	cargo test --locked --workspace --test serve -- --nocapture --test-threads 1 hold_up_nobody 2>&1 | tee -a "$$folder/output.txt" || ended=$$?
	sed -n 's/.*verify-row: //p' "$$folder/output.txt" | sed '1s/^/[/; $$!s/$$/,/; $$s/$$/]/' > "$$folder/summary.json"
	cat "$$folder/summary.json"
	exit $$ended

# Only the crates that are fuzzed are compiled once more, with counters: with a test among the targets, cargo resolves features as
# `make test` does, and without one it compiles the engine twice. The corpus stays in the target folder and grows from one time to the next.
fuzz: setup ## fuzz every parser of what tenants and targets supply; SECONDS=60 each, TARGET=url for one; needs a C++ compiler
	@command -v c++ >/dev/null || { echo "a C++ compiler is missing: install g++ or clang (on Debian: apt-get install build-essential)" >&2; exit 2; }
	RUSTC_WORKSPACE_WRAPPER="$(CURDIR)/tests/fuzz/instrument" cargo build --locked --workspace --features wayfarer-fuzz/guided \
	  --bin wayfarer-fuzz --test messages
	tests/fuzz/run.sh "$(CARGO_TARGET_DIR)/debug/wayfarer-fuzz" "$(CARGO_TARGET_DIR)/fuzz" "$(or $(SECONDS),60)" $(TARGET)

# Both architectures by the same compiler and for the same old glibc, so that a binary runs on what is in use. PROFILE=quick takes
# minutes.
dist: setup ## make what is given away in target/dist: binaries, Debian packages, pages, a container's parts; takes an hour or two
	@command -v python3 >/dev/null || { echo "python3 is missing: make dist needs it for zig, which links for both architectures" >&2; exit 2; }
	PROFILE="$(or $(PROFILE),dist)" runner/wayfarer/packaging/dist.sh "$(CARGO_TARGET_DIR)" "$(CURDIR)/target/dist" $(TRIPLES)

# Guests and clients in other languages are built and installed for the contests that have them.
bench: setup ## measure speed and memory; takes many minutes, a quiet machine, Node, Python and Go; CONTEST=audit measures one part
	@cargo build --locked --target wasm32-wasip2 --profile guest -p wayfarer-guest-j5 -p wayfarer-guest-j5-many
	cargo build --locked --release -p wayfarer-bench -p wayfarer
	case "$(CONTEST)" in ""|languages|clients)
	  cargo build --locked --workspace --bin wayfarer-contestants --test messages
	  "$(CARGO_TARGET_DIR)/debug/wayfarer-contestants" "$(CARGO_TARGET_DIR)/bench/contestants";;
	esac
	guests="$(CARGO_TARGET_DIR)/wasm32-wasip2/guest" release="$(CARGO_TARGET_DIR)/release"
	"$$release/wayfarer-bench" run "$$release/wayfarer" "$$guests/wayfarer_guest_j5.wasm" "$$guests/wayfarer_guest_j5_many.wasm" "$(CARGO_TARGET_DIR)/bench" $(CONTEST)

lint: setup deny ## check formatting, clippy, documentation and licences
	@cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --target wasm32-wasip2 --profile guest $(EXAMPLES:%=-p example-%) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

deny: setup $(DENY)
	@"$(DENY)" --all-features --locked --config .deny.toml check bans licenses sources

$(DENY):
	@cargo install --locked --quiet cargo-deny --version $(DENY_VERSION) --root "$(@D)/.."

clean: ## remove build results; tools in the cache stay
	@cargo clean
