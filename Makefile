# ActoMQ. `make` alone lists the targets.

BUILD       := .build
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 10s
BENCHFLAGS  ?=

# Packages that must not need cgo, nor Linux.
PORTABLE := ./actor/... ./supervision/... ./reactor/...

# Modules of their own, so that the library does not depend on what they need. One of them needs CZMQ, if it is there.
MODULES = bench/plots $(if $(shell pkg-config --exists libczmq 2>/dev/null && echo there),bench/others)

.DEFAULT_GOAL := help
.PHONY: help setup peers demo test interop bench lint fuzz faults soak goals plots others guard

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the build needs (libzmq 4.3 or later, pkg-config, a C compiler)
	@.ci/setup

peers: setup ## install foreign ZeroMQ peers for the interoperability tests (pyzmq, CZMQ, zeromq.js)
	@.ci/setup peers

demo: setup ## run the demo
	go run ./examples/demo

test: setup peers $(BUILD)/peer ## vet and test everything, with the race detector
	go vet ./...
	go test -race -timeout 10m $$(go list ./... | grep -v '/internal/interop$$')
	@$(MAKE) --no-print-directory interop
	for m in $(MODULES); do go test -C $$m ./... || exit 1; done

interop: setup peers ## exchange messages with pyzmq, CZMQ and zeromq.js, and tell of each case
	go test -C internal/interop -race -count=1 -timeout 5m

bench: setup $(BUILD)/peer ## compare with libzmq in C and with pebbe/zmq4; BENCHFLAGS=-quick for a first look
	go run ./bench -peer $(BUILD)/peer $(BENCHFLAGS)

others: peers $(BUILD)/peer ## the same with go-zeromq and goczmq
	go build -C bench/others -o $(CURDIR)/$(BUILD)/others .
	go run ./bench -peer $(BUILD)/peer -others $(BUILD)/others $(BENCHFLAGS)

goals: setup $(BUILD)/peer ## measure what this library should reach, a line for each goal; BENCHFLAGS='-only P1,P8' for some
	go run ./bench goals -peer $(BUILD)/peer $(BENCHFLAGS)

guard: setup $(BUILD)/peer ## fail when a goal is missed by far: ratios only, by a factor that no noise explains
	go run ./bench goals -peer $(BUILD)/peer -rounds 3 -guard 3 -only P1,P2,P3,P6,P9 $(BENCHFLAGS)

plots: setup $(BUILD)/peer ## draw throughput by size, round trips by pairs and by idle sockets, latencies, to .build/plots
	go run ./bench -peer $(BUILD)/peer -save $(BUILD)/figures.json -cases pushpull-tcp,pushpull-inproc,reqrep-tcp,pairs-tcp,beside-idle \
		-sizes 1,10,100,1K,10K,100K,1M -pairs 1,10,100,1000 -idle 10,100,1000,10000 $(BENCHFLAGS)
	go run -C bench/plots . -out $(CURDIR)/$(BUILD)/plots $(CURDIR)/$(BUILD)/figures.json

faults: setup ## break things on purpose, and say of every message what became of it
	go run ./internal/faults

soak: setup ## 10 minutes of load, in slices with a failure every 100 ms and without
	go run ./internal/faults -soak 10m

lint: setup ## check format, vet, staticcheck, the borders between packages, builds without cgo
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt -w these files:" $$unformatted >&2; exit 1; }
	.ci/rooms
	go vet ./...
	go run $(STATICCHECK) ./...
	for m in $(MODULES); do go vet -C $$m ./... || exit 1; done
	CGO_ENABLED=0 go build $$(go list ./... | grep -v '/bench$$') # the bench compares with cgo bindings
	CGO_ENABLED=0 GOOS=darwin go vet $(PORTABLE)

fuzz: setup ## run every fuzz function for FUZZTIME each
	FUZZTIME=$(FUZZTIME) .ci/fuzz

$(BUILD)/peer: bench/peer.c | setup
	@mkdir -p $(BUILD)
	$(CC) -std=c11 -O2 -Wall -Wextra -Werror -pthread $$(pkg-config --cflags libzmq) -o $@ $< $$(pkg-config --libs libzmq)
