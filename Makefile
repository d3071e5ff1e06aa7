# SPDX-License-Identifier: Apache-2.0
# Handrail. The two commands that matter: make demo, make test. The rest: make help.

BIN := bin/handrail
UI  := ui/node_modules/.stamp
ESV := e-service/node_modules/.stamp
MRZ := peers/mrz/node_modules/.stamp
PEERS := peers/node_modules/.stamp
HMPO := e-service/hmpo/node_modules/.stamp
GO  ?= go

.PHONY: help deps judges build demo smoke test check bench screenshots fuzz soak faults lockdown trouble clean words

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

deps: ## install what the product needs: Debian packages (named first), npm packages, Go modules
	@sh tools/deps.sh
	@$(MAKE) --no-print-directory $(UI) $(ESV)

judges: deps ## install also what tests and benchmarks compare the product with
	@sh tools/deps.sh judges
	@$(MAKE) --no-print-directory $(HMPO) $(MRZ) $(PEERS)

$(UI): ui/package-lock.json
	@echo "npm: installing the packages of ui/package-lock.json into ui/node_modules"
	@cd ui && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(ESV): e-service/package-lock.json
	@echo "npm: installing the third-party e-service of e-service/package-lock.json into e-service/node_modules"
	@cd e-service && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

$(MRZ): peers/mrz/package-lock.json
	@echo "npm: installing the benchmark's peer of peers/mrz/package-lock.json into peers/mrz/node_modules"
	@cd peers/mrz && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

$(PEERS): peers/package-lock.json
	@echo "npm: installing the encoders that tickets are measured beside into peers/node_modules"
	@cd peers && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

$(HMPO): e-service/hmpo/package-lock.json e-service/hmpo/build.mjs
	@echo "npm: installing a second third-party e-service into e-service/hmpo/node_modules"
	@cd e-service/hmpo && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error && node build.mjs
	@touch $@

build: deps ## build bin/handrail
	@$(GO) run ./ui/build
	@$(GO) build -trimpath -o $(BIN) ./cmd/handrail
	@echo "built $(BIN)"

demo: build ## run the whole product on this computer
	@$(BIN) demo

smoke: build ## run the whole journey unattended
	@$(BIN) demo -smoke

test: build judges ## every test, with the race detector
	@sh tools/style.sh
	$(GO) test -race -p 2 -timeout 56m ./...

check: build ## the fast tests, about a minute when warm
	@sh tools/style.sh
	$(GO) test -short -timeout 5m ./...

bench: build judges ## measure against peers in the same run; writes bench.json
	@$(BIN) bench -out bench.json
	@$(BIN) bench outline -out bench.json
	@$(BIN) bench hub -out bench.json
	@$(BIN) bench thin -out bench.json

screenshots: build ## make the pictures of README from the running product
	@sh tools/screenshots.sh

words: build judges ## record the public words of the demo services' pages again
	@for g in kiosk/guides/defra-*; do $(BIN) guide words $$g -e-service e-service -submit || exit 1; done
	@for g in kiosk/guides/hmpo-*; do $(BIN) guide words $$g -e-service e-service/hmpo -submit || exit 1; done

fuzz: build ## ten seconds of every fuzz target
	@sh tools/fuzz.sh

faults: build ## break hubs, databases, lines and browsers two hundred times each while people ask for help
	@$(BIN) bench faults

soak: build judges ## the long ones: a thousand kills while printing, ten thousand papers, a thousand sessions
	HANDRAIL_TEST_KILLS=1000 $(GO) test -v -timeout 45m -run TestKilledWhilePrinting ./agent/session
	HANDRAIL_TEST_PAPERS=10000 $(GO) test -v -timeout 45m -run TestManyPapers ./peripherals/printer
	HANDRAIL_TEST_SESSIONS=1000 $(GO) test -timeout 4h -v -run TestManySessions ./cmd/handrail

lockdown: build judges ## try every known way out of a terminal, of chromium --kiosk, and of a typical policy; half an hour
	@$(BIN) doctor lockdown -compare

trouble: build judges ## what goes wrong with devices, browser and display, as a list with seeds and figures
	@$(GO) test -v -timeout 45m -run 'Flipped|Noise|ByteByByte|AnySplit|Gone|Another|Refusals|Echo|Pulled|Patience|Contactless|ManyCards|Unread|Substitutions' ./peripherals/card 2>&1 | grep -E 'fault row|^(---|ok|FAIL)'
	@$(GO) test -v -timeout 45m -run 'Stops|Trouble|Dropped|Dots|Swapped|EveryLanguage|ManyPapers' ./peripherals/printer 2>&1 | grep -E 'fault row|^(---|ok|FAIL)'
	@$(GO) test -v -run 'NoStrayBytes|HighDescriptor' ./peripherals/port 2>&1 | grep -E 'fault row|^(---|ok|FAIL)'
	@$(GO) test -v -timeout 45m -run KilledWhilePrinting ./agent/session 2>&1 | grep -E 'fault row|^(---|ok|FAIL)'
	@$(GO) test -v -timeout 45m -run TestJourneys/bad_days ./cmd/handrail 2>&1 | grep -E 'fault row|^(---|ok|FAIL)'

clean: ## remove what was built
	rm -rf bin ui/dist/*.* kiosk/browser/page/dist/*.js
