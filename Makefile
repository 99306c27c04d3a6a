# Flagstone. Everything needs only Node 20.20 or newer and npm.

STAMP := node_modules/.package-lock.json
BIN := node_modules/.bin

# Two at a time, the long files are begun first: one that is begun last runs alone in the end.
LONGEST_FIRST := 'tests/scripts/**/*.test.ts' 'tests/*.test.ts' 'tests/!(scripts)/**/*.test.ts'

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: ## install and build what is missing, then boot the default scenario
	@node scripts/flagstone boot

test: $(STAMP) ## types, lint, then every test, import direction among them
	@$(MAKE) --no-print-directory --jobs 2 types page-types style built
	$(BIN)/mocha --parallel --jobs 2 $(LONGEST_FIRST)

types: $(STAMP)
	$(BIN)/tsc --noEmit -p .

page-types: $(STAMP)
	$(BIN)/tsc --noEmit -p scripts/viewer/page

style: $(STAMP)
	$(BIN)/biome check .

built: $(STAMP) # before two tests at a time want it
	@node scripts/flagstone --version >/dev/null

bench: build ## measure against native and WebAssembly allocators (table and JSON file)
	node dist/scripts/bench/main.js

soak: $(STAMP) ## a million random operations under the auditors
	FLAGSTONE_SOAK=1 $(BIN)/mocha --timeout 0 'tests/**/*.soak.ts'

lint: style ## formatter, linter and import direction
	$(BIN)/depcruise hw mm kernel scripts

format: $(STAMP) ## rewrite the sources in the one format
	$(BIN)/biome check --write .

build: $(STAMP) ## compile to dist/
	npm run --silent build

clean: ## remove what was built and installed
	rm -rf dist coverage node_modules

$(STAMP): package.json package-lock.json
	npm ci
	@touch $(STAMP)

.PHONY: help run test types page-types style built bench soak lint format build clean
