# Everything here can be done with the go command alone; this only saves typing.
export CGO_ENABLED = 0
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null)$(shell git diff --quiet HEAD 2>/dev/null || echo +)

.PHONY: build test bench pictures fmt
build: ## bin/varde, one static binary
	go build -trimpath -ldflags "-s -w -X main.commit=$(COMMIT)" -o bin/varde ./cmd/varde

test: ## what the README tells everybody to run
	./test

bench: build ## JSON lines: name, value, unit
	go run ./bench

pictures: ## the README's pictures, from a real run
	VARDE_PICTURES=$(CURDIR)/docs/img go test -count=1 -run TestPictures ./e2e

fmt:
	gofmt -w $$(git ls-files '*.go')
