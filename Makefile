# One command for each thing; all of them set up .venv on a fresh machine. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
DATA   ?=
CUDA   ?=

.PHONY: help serve adapt test test-fast test-long check bench golden docs lock clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

# A stamp holds the hash of the lock it was made from: a second run costs nothing, a changed lock installs again.
$(VENV)/.base: locks/build.txt locks/serve.txt pyproject.toml
	@$(PYTHON) scripts/set_up.py serve --venv $(VENV)
$(VENV)/.test: locks/test.txt $(VENV)/.base
	@$(PYTHON) scripts/set_up.py test --venv $(VENV)
# Processors alone by default; `make adapt CUDA=1` for NVIDIA cards, and on macOS.
ADAPT  := $(if $(CUDA)$(filter Darwin,$(shell uname -s)),adapt-cuda,adapt-cpu)
$(VENV)/.adapt: locks/$(ADAPT).txt $(VENV)/.base
	@$(PYTHON) scripts/set_up.py $(ADAPT) --venv $(VENV)

adapt: $(VENV)/.adapt ## what adapting chat models needs (torch, transformers, peft); CUDA=1 for NVIDIA cards
serve: $(VENV)/.base ## the gateway and the console, with the embedded model and a labelled stand-in provider
	@$(BIN)/ambos serve --tour $(if $(DATA),--data $(DATA))
test: $(VENV)/.test ## every test a laptop can run, with the time of each group
	@$(BIN)/python scripts/run_tests.py
test-fast: $(VENV)/.test ## the rooms' tests only
	@$(BIN)/python scripts/run_tests.py rooms
test-long: $(VENV)/.test ## the long forms: 1,000 kills, soak, fuzzing
	@$(BIN)/python scripts/run_tests.py long
check: $(VENV)/.test ## format, lint, types, import contracts, documents and catalogues in step
	@$(BIN)/python scripts/run_checks.py
bench: $(VENV)/.test ## the benchmarks, as ratios from one run
	@$(BIN)/python benchmarks/run.py
golden: $(VENV)/.test ## rewrite the golden files; read the diff
	@AMBOS_GOLDEN=1 $(BIN)/python -m pytest tests -k golden
docs: $(VENV)/.test ## rewrite the generated parts of the documents and catalogues
	@$(BIN)/python scripts/make_docs.py
lock: ## resolve the locks again (needs uv); versions are a week old
	@$(PYTHON) scripts/lock.py
clean: ## remove what these targets made
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
