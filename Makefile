# Two commands on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: help demo gpu test lint real-data reference benchmark lock clean

help:
	@echo "make demo        grade the example submission on the drawn birds"
	@echo "make gpu         replace TensorFlow by its GPU build (Linux, NVIDIA)"
	@echo "make test        run the tests"
	@echo "make lint        check style and types"
	@echo "make real-data   run the tests on real photographs, where they are present"
	@echo "make reference   train the reference solution from nothing (20 minutes)"
	@echo "make benchmark   measure what the grader costs beside a bare loop"
	@echo "make lock        resolve the requirements again"

demo: $(VENV)/runs
	$(PY) run_grader.py demo train
	$(PY) run_grader.py submissions/alice

gpu: requirements-gpu.lock | $(VENV)/made
	$(PY) -m pip uninstall --yes tensorflow-cpu
	$(PY) -m pip install --disable-pip-version-check --require-hashes -r requirements-gpu.lock

test: $(VENV)/tests
	$(PY) -m pytest

lint: $(VENV)/tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

real-data: $(VENV)/tests
	$(PY) -m pytest -m real_data

reference: $(VENV)/runs
	$(PY) run_grader.py demo train
	mkdir -p build/reference
	cp reference_solution/segmentation.py build/reference
	cd build/reference && ../../$(PY) -c \
		"import segmentation; segmentation.train_model('../../hidden_sets/demo/train')"
	$(PY) run_grader.py build/reference

benchmark: $(VENV)/runs
	$(PY) benchmarks/overhead.py

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed; name it: make demo PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runs: requirements.lock | $(VENV)/made
	$(PY) -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/tests: requirements-dev.lock | $(VENV)/made
	$(PY) -m pip install --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/runs

LOCK := uv pip compile -q --universal --fork-strategy fewest --generate-hashes --no-header \
	--python-version 3.11 pyproject.toml

lock:
	$(LOCK) -o requirements.lock
	$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) requirements-gpu.in --override requirements-gpu-without.txt \
		-c requirements.lock -o requirements-gpu.lock

clean:
	rm -rf $(VENV) reports hidden_sets/demo/train
