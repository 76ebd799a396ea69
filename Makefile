# make run    first result: scenarios/baseline.yaml at test density
# make test   all tests, in WORKERS=2 processes
# make lint   style, type and spelling checks
# make docs   documentation in docs/_build, warnings are errors
# make linkcheck  addresses of other sites that the documentation names (needs a network)
# make bench  speed and memory beside CalculiX and FElupe and by phase; BENCH='--against COMMIT' passes options
# Each sets itself up on a Debian or Ubuntu machine with git, make and python3 (3.10 or newer) with venv.

PYTHON ?= python3
DENSITY ?= test
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.ready-docs
SPHINX := OMP_NUM_THREADS=1 $(BIN)/python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet

.PHONY: run test kernels lint docs linkcheck bench setup clean

run: setup
	$(BIN)/fem-lumbar run scenarios/baseline.yaml --density $(DENSITY)

test: kernels
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

kernels: setup
	@echo "Compiling kernels, once for all processes (about a minute, if none are kept)"
	@$(BIN)/python -c "from fem_lumbar.runs.warm_up import warm_up; warm_up(lambda event: None, $(WORKERS))"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

docs: $(DOCS_READY)
	$(SPHINX) -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

linkcheck: $(DOCS_READY)
	@$(BIN)/python -c "from urllib.request import urlopen; urlopen('https://plotly.com', timeout=15)" 2> /dev/null || \
	    { echo "make linkcheck: plotly.com cannot be reached from here, so no address was checked" >&2; exit 1; }
	$(SPHINX) -b linkcheck docs docs/_build/linkcheck

bench: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]' || \
	    echo "FElupe could not be installed; it will be reported as such." >&2
	$(BIN)/python -m benchmarks.run $(BENCH)

setup: $(READY)

$(READY): pyproject.toml constraints.txt scripts/system_libraries.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "Python 3.10 or newer is needed; choose one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	@sh scripts/system_libraries.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	    { rm -rf $(VENV); \
	      echo "No virtual environment could be made. Run: sudo apt-get install -y python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV)
