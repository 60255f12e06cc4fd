# Two commands matter: `make run` and `make test`. They install everything they need.
PYTHON ?= python3
BIN := .venv/bin
STORE ?=
ARGS ?=
APT := chromium nodejs libcurl4
PROGRAMS := chromium node npm
ASYNCAPI := 6.11.1
# One worker per processor; each file of tests is run by one worker.
WORKERS := -n auto --maxprocesses 4 --dist loadfile

.PHONY: run test unit venv dev check fuzz crash bench system clean

run: venv
	$(BIN)/python run.py --demo $(if $(STORE),--store '$(STORE)') $(ARGS)

venv: .venv/run.stamp
dev: .venv/dev.stamp

.venv/run.stamp: setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/dev.stamp: .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

# The official JSON Schema of AsyncAPI, which only the tests read.
.venv/asyncapi.stamp: .venv/dev.stamp | system
	npm install --prefix .venv/npm --no-save --silent @asyncapi/specs@$(ASYNCAPI)
	touch $@

# What the tests need besides Python: installed with apt if allowed, otherwise listed.
system:
	@missing=; packages="$(APT)"; command -v npm >/dev/null || packages="$$packages npm"; \
	for p in $(PROGRAMS); do command -v $$p >/dev/null || missing="$$missing $$p"; done; \
	ldconfig -p 2>/dev/null | grep -q libcurl.so.4 || missing="$$missing libcurl4"; \
	test -z "$$missing" && exit 0; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$packages >/dev/null; \
	elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then \
	  sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$packages >/dev/null; \
	else echo "Not installed:$$missing. Please run: apt-get install $$packages"; fi

test: dev system .venv/asyncapi.stamp
	$(BIN)/python -m pytest $(WORKERS) $(ARGS)

unit: dev
	$(BIN)/python -m pytest tests/rules tests/wire tests/services $(ARGS)

check: dev
	$(BIN)/flake8 vphost plugins tests run.py
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: dev system .venv/asyncapi.stamp
	VPHOST_FUZZ=long $(BIN)/python -m pytest tests/fuzz tests/rules tests/wire tests/plugins tests/machine -k "fuzz or random or propert" $(ARGS)
	$(BIN)/python -m tests.fuzz.autobahn

crash: dev
	VPHOST_KILLS=100 $(BIN)/python -m pytest tests/journeys/test_kill.py tests/journeys/test_kill_mongo.py tests/journeys/test_kill_audit.py -s $(ARGS)

bench: dev
	$(BIN)/python -m tests.bench $(ARGS)

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .hypothesis
