# Two commands do all the set-up on a fresh machine: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What pyproject.toml asks for, from locks/ with hashes; PyTorch, for development alone, from a range; then the package
# itself. docs/supply-chain.md
LOCKED := $(PIP) install --no-compile --require-hashes --no-deps --requirement
UNLOCKED := $(PIP) install --no-compile --requirement locks/unlocked.txt
OURS := $(PIP) install --no-deps --no-build-isolation --editable .
# A start without bytecode kept compiles every library anew, two seconds a process.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve index test coverage nightly lint check format bench bench-scale soak report screenshots corpus fit browser tools lock supply-chain clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

serve: index ## Environment, model, index, then the service on http://127.0.0.1:8000
	@exec $(BIN)/qa-service serve

index: $(VENV)/.build ## Build the model and the index where they are missing or out of date
	@$(BIN)/qa-service build --no-gate

test: $(VENV)/.dev browser tools index ## Everything but nightly: fast, model, browser tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not nightly"

coverage: $(VENV)/.dev browser tools index ## The same, with the lines that no test reaches; twice as long
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not nightly" --cov --cov-report=term --cov-fail-under=90

nightly: $(VENV)/.dev browser tools index ## Coverage, the image built and asked, the model against sentence-transformers, all cases of every matrix
	@PYTHON=$(PYTHON) scripts/nightly

lint: $(VENV)/.dev ## Format, lint, types and the corpus
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/qa-service check

check: lint ## The same and the fast tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not model and not browser and not slow and not nightly"

format: $(VENV)/.dev ## Format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev browser index ## Speed and quality figures, as docs/performance.md and docs/quality.md quote them
	@scripts/install-peers
	@$(BIN)/python -m bench.peers
	@$(BIN)/python -m bench.speed
	@$(BIN)/python -m bench.web
	@$(BIN)/python -m bench.console
	@PYTHONPATH=tests $(BIN)/python -m bench.channels
	@$(BIN)/python -m bench.chats_held
	@$(BIN)/qa-service evaluate

bench-scale: $(VENV)/.dev index ## 10,000 to 1,000,000 passages, as docs/growth.md quotes them; takes hours
	@nice -n 19 $(BIN)/python -m bench.scale --write

soak: $(VENV)/.dev tools index ## Attack the service part by part, docs/reliability.md says how; takes hours
	@PYTHONPATH=tests $(BIN)/python -m bench.soak --write

report: $(VENV)/.dev index ## Measure the quality of answers and write the tables of docs/quality.md
	@$(BIN)/python -m bench.report

screenshots: $(VENV)/.dev browser index ## The screenshots of the documentation
	@$(BIN)/python -m bench.screenshots

corpus: $(VENV)/.dev ## Write corpus/schema.json and corpus/INDEX.md anew
	@$(BIN)/qa-service check --write

fit: $(VENV)/.dev index ## Fit the weights of ranking and policy on the dev questions
	@$(BIN)/qa-service train
	@$(BIN)/qa-service build --no-gate

browser: ## Chromium for the browser tests: installed on Debian as root, else tests that need it say so
	@scripts/install-chromium

tools: ## What else the tests run: Valkey, nginx, haproxy, promtool, clients' generator, Schemathesis
	@scripts/install-valkey
	@scripts/install-nginx
	@scripts/install-haproxy
	@scripts/install-prometheus
	@PYTHON=$(PYTHON) scripts/install-client-generator
	@PYTHON=$(PYTHON) scripts/install-schemathesis

lock: .cache/supply-chain/.installed ## Write locks/ anew after a change of pyproject.toml
	@scripts/lock

supply-chain: .cache/supply-chain/.installed ## SBOM of the serving environment, known vulnerabilities
	@PYTHON=$(PYTHON) scripts/supply-chain

clean: ## Remove everything that was built
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build dist index/[0-9]* index/CURRENT index/.staging-* index/.kept-*

$(VENV)/bin/python:
	@echo "Creating the environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "qa_service needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.build: pyproject.toml locks/backend.txt locks/build.txt | $(VENV)/bin/python
	@echo "Installing qa_service with what building and measuring need"
	@$(LOCKED) locks/backend.txt --requirement locks/build.txt
	@$(OURS)
	@touch $@

$(VENV)/.dev: pyproject.toml locks/backend.txt locks/dev.txt locks/unlocked.txt | $(VENV)/bin/python
	@echo "Installing qa_service with what development needs"
	@$(LOCKED) locks/backend.txt --requirement locks/dev.txt
	@$(UNLOCKED)
	@$(OURS)
	@touch $@ $(VENV)/.build

.cache/supply-chain/.installed: locks/audit.txt
	@echo "Installing the tools of the supply chain"
	@$(PYTHON) -m venv .cache/supply-chain
	@.cache/supply-chain/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps --requirement locks/audit.txt
	@touch $@
