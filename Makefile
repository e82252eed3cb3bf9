# All that one must know to work on Signet. `make help` lists it.

GO ?= go
export CGO_ENABLED ?= 0

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

.DEFAULT_GOAL := help
.PHONY: help build run gallery pictures test test-quick lint vuln bench profile clean

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

build: ## build bin/signet
	$(GO) build -trimpath -pgo=bench/release.pgo -o bin/signet ./cmd/signet

run: ## start the demo on loopback, with people and certificates
	$(GO) run ./cmd/signet demo

gallery: ## show every page in every state
	$(GO) run ./cmd/signet gallery

pictures: ## renew the pictures of the guides (asks Chromium)
	SIGNET_GUIDE_PICTURES=$(CURDIR)/docs/pictures $(GO) test -count=1 -run TestPicturesOfTheGuides ./e2e

test: ## install what the tests need (apt), run all of them, leave nothing behind
	@scripts/test

test-quick: ## run the tests of internal/ with what is installed
	$(GO) test ./internal/...

lint: ## gofmt, go vet, staticcheck
	@scripts/gofmt-check
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

vuln: ## look for known vulnerabilities in what we link (asks vuln.go.dev)
	$(GO) run $(GOVULNCHECK) ./...

bench: ## measure sign-ins against bare handshakes, memory, start-up and size
	$(GO) run -pgo=bench/release.pgo ./bench

profile: ## renew what release builds are optimized by: where a sign-in spends its time
	$(GO) run ./bench -profile bench/release.pgo -rounds 6 -sign-ins 800 -handshakes 50

clean: ## remove what was built
	rm -rf bin
