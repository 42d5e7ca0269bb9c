# Written for any make. Each target sets up what it needs; where nothing changed, that takes a moment.
# ARGS="..." goes to drawbridge (up), pytest (test, prove, clients), the bench or uv (lock); PYTHON=... names the Python to use.

ARGS =
ONLY =
RUN = .venv/bin/python
PYTEST = .venv/bin/python -m pytest --numprocesses=logical --maxprocesses=8 --dist=loadgroup

.PHONY: help up test prove clients bench check check-format check-lint check-types check-imports check-shape \
	check-locks check-files check-web lock set-up set-up-dev

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 - \2/p' Makefile

up: set-up ## set up what is missing, then start Drawbridge on port 8080
	@exec .venv/bin/drawbridge up $(ARGS)

test: set-up-dev ## run the tests: make test ARGS="-m crash"
	$(PYTEST) -m "not real_clients" $(ARGS)

prove: set-up-dev ## run the same tests with full counts
	DRAWBRIDGE_TEST_SIZE=full $(PYTEST) -o faulthandler_timeout=3600 -m "not real_clients" $(ARGS)

clients: set-up-dev ## run unmodified SDKs, coding agents and frameworks: installs 2 GB of them in a cache, takes minutes
	$(PYTEST) -rs -m "sdk or real_clients" tests/end_to_end tests/clients $(ARGS)

bench: set-up-dev ## measure: make bench ONLY=gateway ARGS=--quick
	$(RUN) -m bench $(ONLY) $(ARGS)

check: check-format check-lint check-types check-imports check-shape check-locks check-files check-web ## all that can be checked without running the code

check-format: set-up-dev
	$(RUN) -m ruff format --quiet --check .

check-lint: set-up-dev
	$(RUN) -m ruff check --quiet .

check-types: set-up-dev
	$(RUN) -m basedpyright

check-imports: set-up-dev
	.venv/bin/lint-imports

check-shape: set-up-dev
	$(RUN) tools/check_shape.py

check-locks: set-up-dev
	$(RUN) tools/check_locks.py

check-files: set-up-dev
	$(RUN) tools/check_files.py

check-web: set-up-dev
	$(RUN) -I tools/build_web.py check

lock: ## renew the lock files from pyproject.toml: make lock ARGS=--upgrade
	sh tools/lock.sh $(ARGS)

set-up:
	@sh tools/set_up.sh

set-up-dev:
	@sh tools/set_up.sh dev
