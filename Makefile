# What one does with this repository. `make` prints the list.
#
# Needed: Go 1.26, make, git, a C compiler (for DuckDB and the race detector),
# Python 3.11 for the tests that compare with gensim and scikit-learn and for
# JupyterLab, Chromium for those that look at charts, Node for those of the kernel.
# Everything else is fetched by its own client, pinned in go.mod,
# tools/go.mod and python/requirements*.txt, and made once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help assets build demo gallery notebooks test lint fmt bench gobench eval scale fuzz avx512 generate install vuln

PKG ?= ./...
TOOL := go tool -modfile=tools/go.mod
export GONDOLA_PYTHON ?= $(CURDIR)/.venv/bin/python
export GONDOLA_JUPYTER_PYTHON ?= $(CURDIR)/.venv-jupyter/bin/python
export GONDOLA_SPARK_PYTHON ?= $(if $(SPARK),$(CURDIR)/.venv-spark/bin/python)

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The chart library, bundled from its npm packages by their lock file: done
# already where viz/assets/dist has what viz/assets/SHA256SUMS says.
assets: | build/ ## the chart library, into viz/assets/dist
	cd tools && go run ./assets ../viz/assets ../build/npm

build: assets ## bin/gondola
	go build -trimpath -o bin/ ./cmd/gondola

demo: build ## 200,000 receipt lines from Parquet to tags, step by step
	./demo/run.sh

gallery: build ## docs/gallery: every kind of chart on the demo's data, light and dark
	[ -e build/demo/receipts ] || bin/gondola run -q demo/receipts.gnd
	go run ./internal/gallery

notebooks: build ## run the notebooks in notebooks/ and write what they show
	for f in notebooks/*.ipynb; do XDG_CACHE_HOME=$$(mktemp -d) bin/gondola run -q --no-history "$$f" --to "$$f" --assets none; done

test: assets .venv/.made .venv-jupyter/.made $(if $(SPARK),.venv-spark/.made) | build/ ## go vet, then the tests twice: small with the race detector, and all at full size; PKG=./lake for one package, SPARK=1 with Spark ML
	tools/packages.sh
	cd tools && go run ./assets -dev ../viz/assets ../build/npm
	go vet $(PKG)
	rm -f build/test.sums
	failed=0; \
	$(if $(RACE),$(call pass,test-race,small with the race detector) $(RACE) -short -shuffle=on -timeout 30m $(PKG) || failed=1;) \
	$(call pass,test,at full size) $(if $(SPARK),-tags spark) -shuffle=on -timeout 30m $(PKG) || failed=1; \
	exit $$failed

# pass is a run of tests: the name of its record in build, and what its line says.
pass = $(TOOL) gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg --jsonfile build/$1.json \
	--post-run-command "tools/closing-line.sh build/test.sums '$2'" --

# Everything takes about ten times as long with the race detector, so tests are
# small there (-short), and those of other programs and of pictures are left to the
# other pass (//go:build !race). It needs cgo, which Go switches off without a C
# compiler. The JavaScript engine is one goroutine's at a time; watched, it draws at
# half speed.
RACE = $(if $(filter 1,$(shell go env CGO_ENABLED)),-race -gcflags='github.com/dop251/goja/...=-race=false')

lint: | build/ ## golangci-lint and its formatters, the build without cgo, go.mod, generated files
	$(TOOL) golangci-lint run
	CGO_ENABLED=0 go build ./...
	CGO_ENABLED=0 go vet ./...
	go mod verify
	go mod tidy -diff
	tools/check-generated.sh

fmt: ## format the sources as lint wants them
	$(TOOL) golangci-lint fmt

SEEDS ?= 1
bench: build .venv-bench/.made $(if $(SPARK),.venv-spark/.made) ## speed and quality beside gensim, fastText, scikit-learn, FAISS; SPARK=1 Spark too; PARTS="kmeans tag", QUICK=1, SEEDS=4
	go run ./internal/speed -python .venv-bench/bin/python -spark '$(if $(SPARK),.venv-spark/bin/python)' \
		-seeds $(SEEDS) $(if $(PARTS),-parts '$(PARTS)') $(if $(QUICK),-quick) $(ARGS)

COUNT ?= 6
BENCH ?= .
gobench: | build/ ## Go's benchmarks to build/bench.txt; OLD=file compares, BENCH=regexp and PKG choose, COUNT repeats
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(PKG) | tee build/bench.txt
	$(TOOL) benchstat $(OLD) build/bench.txt

eval: .venv/.made $(if $(PEERS),.venv-peers/.made) ## quality of all taggers on real titles; PEERS=1 beside YAKE and KeyBERT's way
	GONDOLA_PEERS_PYTHON=$(if $(PEERS),$(CURDIR)/.venv-peers/bin/python) go run ./internal/tageval/eval $(ARGS)

ROWS ?= 10M
LIMIT ?= 1GiB
scale: build .venv/.made ## ROWS (10M) rows through every step within LIMIT (1GiB, or none) of memory, checked by DuckDB; REPEATS=0.8, ARGS for tools/scale.py
	.venv/bin/python tools/scale.py --rows $(ROWS) --limit $(LIMIT) $(if $(REPEATS),--repeats $(REPEATS)) $(ARGS)

FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME (30s) each, and 100,000 mutated Parquet files
	GONDOLA_MUTATIONS=100000 go test -count 1 -run '^TestD1Mutations$$' -v ./lake
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file func; do \
		echo "== $$file $${func#func }"; \
		go test -run '^$$' -fuzz "^$${func#func }$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")"; \
	done

avx512: ## tests of the AVX-512 kernels on an emulated processor, for machines without them
	tools/avx512.sh $(ARGS)

generate: ## write what is generated: docs/commands.md and others
	go generate ./...

install: assets ## install gondola into Go's bin folder
	go install -trimpath ./cmd/gondola

vuln: ## known vulnerabilities that our code reaches; needs the Go vulnerability database
	$(TOOL) govulncheck ./...

.venv/.made: python/requirements.txt python/setup.sh
	python/setup.sh .venv python/requirements.txt

.venv-jupyter/.made: python/requirements-jupyter.txt python/setup.sh
	python/setup.sh .venv-jupyter python/requirements-jupyter.txt

.venv-peers/.made: python/requirements-peers.txt python/setup.sh
	python/setup.sh .venv-peers python/requirements-peers.txt

.venv-bench/.made: python/requirements-bench.txt python/setup.sh
	python/setup.sh .venv-bench python/requirements-bench.txt

.venv-spark/.made: python/requirements-spark.txt python/setup.sh
	python/setup.sh .venv-spark python/requirements-spark.txt

build/:
	mkdir -p build
