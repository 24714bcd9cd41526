# Everything is done in .venv, which the first target that needs it makes. Another Python: make clean, then
# make TARGET PYTHON=python3.13. What each target is for: make help.

PYTHON ?=
PYTHONS = python3.14 python3.13 python3.12 python3.11 python3 python
BIN = .venv/bin
comma = ,

# pip reads these too, so that the build of payrelay itself is pinned by the same file.
export PIP_CONSTRAINT = constraints.txt
export PIP_BUILD_CONSTRAINT = constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# pyright runs on the node that .venv has, not on whatever the machine has.
export PYRIGHT_PYTHON_GLOBAL_NODE = off
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1

.PHONY: help verify serve test check crosscheck campaign docs screenshot clean
.DELETE_ON_ERROR:
.SUFFIXES:

help:
	@echo 'make verify      search the protocol for violations of its properties: payrelay verify'
	@echo 'make serve       a whole payment system on loopback, to pay in with a browser: payrelay serve; PORT=9000 for another port'
	@echo 'make test        all tests; ends with what this machine could not run, and complete or partial'
	@echo 'make check       two minutes: format, lint, types, import rules, unit tests, documents current'
	@echo 'make crosscheck  the same searches by payrelay and by SPIN, compared: a quarter of an hour'
	@echo 'make campaign    name the campaigns; make campaign NAME runs one for hours, and writes its evidence'
	@echo 'make docs        write the generated documents, and the site with pictures, build/docs/html/index.html'
	@echo 'make screenshot  pay in Chromium, and write the picture of it that the README has'
	@echo 'make clean       remove .venv, the site, and what the tools keep'

verify: .venv/runtime.stamp
	@$(BIN)/payrelay verify

serve: .venv/reference.stamp
	@$(BIN)/payrelay serve $(if $(PORT),--port $(PORT))

test: .venv/dev.stamp
	@$(BIN)/python -m pytest -n auto --closing

check: .venv/dev.stamp
	@echo 'check: format' >&2; $(BIN)/ruff format --quiet --check
	@echo 'check: lint' >&2; $(BIN)/ruff check --quiet
	@echo 'check: types, mypy' >&2; $(BIN)/mypy --no-error-summary
	@echo 'check: types, pyright' >&2; $(BIN)/pyright
	@echo 'check: import rules' >&2; $(BIN)/lint-imports --no-cache --no-logo
	@echo 'check: unit tests' >&2; $(BIN)/python -m pytest -q -n auto -m 'not slow'
ifneq ($(wildcard docs/generate.py),)
	@echo 'check: documents' >&2; $(BIN)/python docs/generate.py --check
	@$(BIN)/python docs/write_vectors.py --check
	@echo 'check: evidence' >&2; $(BIN)/python docs/campaign.py --check
endif

# The words after campaign name campaigns; one of them is also the name of a target.
ifeq (campaign,$(firstword $(MAKECMDGOALS)))
CAMPAIGNS = $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
.PHONY: $(CAMPAIGNS)
$(CAMPAIGNS): campaign
	@:
else
crosscheck: .venv/runtime.stamp
	@$(BIN)/payrelay crosscheck
endif

campaign: .venv/dev.stamp
	@$(BIN)/python docs/campaign.py $(CAMPAIGNS)

ifneq ($(wildcard docs/generate.py),)
docs: .venv/docs.stamp
	@$(BIN)/python docs/generate.py
	@$(BIN)/python docs/write_vectors.py
	@$(BIN)/python -m docs.site.build
else
docs:
	@echo 'payrelay: docs/generate.py is missing: nothing to write' >&2; exit 2
endif

# It takes Chromium, and no two of them draw letters alike: so it is no part of make docs.
screenshot: .venv/dev.stamp
	@$(BIN)/python -m docs.screenshot

clean:
	@rm -rf .venv build/docs .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find model verification reference_impl tests docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The first Python that is new enough and can make an environment; else one line that says what to install.
.venv/bin/python:
	@found= old= bare=; \
	for python in $${PYTHON:-$(PYTHONS)}; do \
	  version=$$("$$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue; \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { old="$$old $$version"; continue; }; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || { bare="$${bare:-$$python}"; continue; }; \
	  found="$$python"; break; \
	done; \
	if [ -n "$$found" ]; then \
	  echo "making .venv with $$found ($$version) ..." >&2; \
	  said=$$("$$found" -m venv --clear .venv 2>&1) || { rm -rf .venv; \
	    echo "payrelay: $$found cannot make .venv: install the package python3-venv (it said: $$(echo $$said))" >&2; exit 2; }; \
	elif [ -n "$$bare" ]; then \
	  echo "payrelay: $$bare has no venv or no ensurepip: install the package python3-venv" >&2; exit 2; \
	else \
	  echo "payrelay: no Python 3.11 or newer$${PYTHON:+ as $$PYTHON}$${old:+ (only$$old)}: install the package python3" >&2; exit 2; \
	fi

# $(call install,WHAT): quiet unless it fails; what it said stays in .venv/install.log.
define install
	@echo 'installing payrelay$(1) into .venv ...' >&2; \
	$(BIN)/python -m pip install -q -c constraints.txt -e '.$(1)' >.venv/install.log 2>&1 && exit 0; \
	if grep -Eq 'NewConnectionError|NameResolution|ConnectTimeout|ReadTimeout|ProxyError|Network is unreachable' .venv/install.log; then \
	  echo 'payrelay: pip cannot reach the package index: connect the network (all it said: .venv/install.log)' >&2; \
	else \
	  cat .venv/install.log >&2; echo 'payrelay: pip failed, for the reason above' >&2; \
	fi; exit 2
endef

.venv/runtime.stamp: .venv/bin/python pyproject.toml constraints.txt
	$(call install,[fast])
	@touch $@

.venv/reference.stamp: .venv/bin/python pyproject.toml constraints.txt
	$(call install,[fast$(comma)reference])
	@touch .venv/runtime.stamp $@

.venv/docs.stamp: .venv/bin/python pyproject.toml constraints.txt
	$(call install,[docs$(comma)fast])
	@touch .venv/runtime.stamp $@

.venv/dev.stamp: .venv/bin/python pyproject.toml constraints.txt
	$(call install,[dev$(comma)docs$(comma)fast$(comma)reference])
	@touch .venv/runtime.stamp .venv/reference.stamp .venv/docs.stamp $@
