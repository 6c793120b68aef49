# What a contributor runs. "make" alone lists it. Versions and times are read from .ci/run, which CI runs: there is one place for each.

pinned = $(shell sed -n 's/^readonly $(1)=\([^ ]*\).*/\1/p' .ci/run)
LINT_VERSION := $(call pinned,lint_version)
VULN_VERSION := $(call pinned,vuln_version)

FUZZTIME ?= $(call pinned,fuzz_time)
BENCH ?= .
PACKAGES ?= ./...

.DEFAULT_GOAL := help
.PHONY: help test race lint vuln fuzz bench soak docs picture compat apidiff ci

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' Makefile

test: ## every test, as go test does; PACKAGES=./azureadv1/... for some
	go test $(PACKAGES)

race: ## the same under the race detector; needs a C compiler
	go test -race $(PACKAGES)

lint: ## gofmt, go vet and the linters of .golangci.yml
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo 'not formatted, run gofmt -w'; exit 1; }
	go vet ./...
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION) run --timeout=10m ./...

vuln: ## known vulnerabilities in the code that is called; asks vuln.go.dev
	go run golang.org/x/vuln/cmd/govulncheck@v$(VULN_VERSION) ./...

fuzz: ## each fuzz target for FUZZTIME, one after the other
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed 's/:func /:/' | sort | while IFS=: read -r file name; do \
		echo "+ $$name in $$(dirname "$$file")"; \
		(cd "$$(dirname "$$file")" && go test -run='^$$' -fuzz="^$$name\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=1x .) || exit 1; \
	done

bench: ## benchmarks, then the programs of internal/bench beside other clients; BENCH=Stream for some of the former, and none of the latter
	go test -run='^$$' -bench='$(BENCH)' -benchmem ./azureadv1 ./adapters/... ./internal/...
	@[ '$(BENCH)' != . ] || for program in $$(go list -f '{{if eq .Name "main"}}{{.ImportPath}}{{end}}' ./internal/bench/...); do \
		echo "+ go run $$program"; go run "$$program" || exit 1; \
	done

soak: ## mixed work with faults for a minute, and a ledger of it
	go run ./internal/soak

docs: ## every command, snippet and table of the documents, and every example of the packages
	go test .
	go test -run='^Example' ./...

picture: ## docs/agent-run.svg from a new run of the agent
	go run ./examples/agent -questions 6 -timeline docs/agent-run.svg

compat: ## against other people's programs on Node, which are installed into the user's cache first
	COMPAT_REQUIRED=1 go test -v -count=1 ./internal/compat -compat.install

apidiff: ## what changed in the exported API since the last tag
	.github/apidiff

ci: ## everything a change must pass
	.ci/run
