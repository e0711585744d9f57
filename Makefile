# Two commands matter: `make book` builds the site, `make test` proves it. Both set up .venv by themselves.
.DEFAULT_GOAL := help
.PHONY: tables book serve test test-pythons lab notebooks instructor bench bench-peers lock lint format clean help setup

PORT ?= 8000
PY := .venv/bin/python
export PYTHON
export PYTHONDONTWRITEBYTECODE ?= 1
# Benchmarks and notebooks are to give the same on every machine.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

book: setup ## build the HTML; the last line says where to open it
	@$(PY) tools/build_book.py

serve: book ## serve the HTML on this machine (PORT=8000)
	@echo "http://localhost:$(PORT)/ (stop with Ctrl-C)"
	@$(PY) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

# The tests together must run 98 % of the package's lines and branches; a part of them (ARGS) need not.
# What is left is then told by: .venv/bin/python -m coverage report --show-missing --skip-covered
COVERAGE = $(if $(strip $(ARGS)),,--cov --cov-report= --cov-fail-under=98)

# Two workers, a file in one of them; tests/conftest.py gives the order, the longest first.
UNITS = -n 2 --dist loadfile --no-loadscope-reorder -p no:nbval -q

# Notebooks run by themselves: nbval would ask their kernels for coverage too. A part may hold none.
NONE = $(if $(strip $(ARGS)),|| test $$? -eq 5)

test: setup ## everything that CI runs: lint, book, unit tests, notebooks, browser
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) tools/chromium.py --install
	@$(PY) tools/build_book.py
	@$(PY) -m pytest tests backprop_lab $(UNITS) $(COVERAGE) $(ARGS) $(NONE)
	@$(PY) -m pytest --nbval $(wildcard book/*.ipynb) -n 2 --dist loadfile -q $(ARGS) $(NONE)

test-pythons: ## the unit tests on each Python 3.11-3.13 that runs here
	@sh tools/test_pythons.sh

lab: setup ## open the chapters in JupyterLab
	@cd book && ../$(PY) -m jupyterlab

notebooks: setup ## run the chapters again and store their outputs (FILES=book/01-….ipynb for some)
	@$(PY) tools/notebooks.py $(FILES)

tables: book ## write what is generated from the registry and the build: functions, rule cards, README
	@$(PY) tools/function_table.py
	@$(PY) tools/rule_cards.py
	@$(PY) tools/readme.py

instructor: setup ## write the exercises for a course: notebooks without and with solutions, a question bank
	@$(PY) tools/instructor.py $(ARGS)

bench: setup ## ratios to hand-written NumPy and to the peers that are installed
	@$(firstword $(wildcard .venv-bench/bin/python) $(PY)) -m benchmarks $(ARGS)

bench-peers: setup ## install the peers (gigabytes) into .venv-bench, which make bench then uses
	@$(PY) -m venv .venv-bench
	@.venv-bench/bin/pip --disable-pip-version-check install -q "$$(grep ^numpy== requirements.lock)" -e ".[bench]"

lock: ## resolve requirements.txt again into requirements.lock
	@sh tools/lock.sh

lint: setup ## say what ruff would change
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: setup ## let ruff change it
	@$(PY) -m ruff check --fix --exit-zero .
	@$(PY) -m ruff format .

clean: ## remove what was built (not .venv)
	rm -rf _build .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

setup:
	@sh tools/setup.sh

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22
