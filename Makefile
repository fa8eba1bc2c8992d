# Two commands do everything: `make demo` shows the library at work, `make test` runs every check.
# Both set up .venv by themselves; they need make and Python 3.11 or later. Up to Python 3.12 a C compiler builds the
# durable engine; without one, the direct engine decides alone.

.POSIX:
.SUFFIXES:
.PHONY: help demo test lint types cases pytest docs check-wheel audit bench bench-readme clean .venv/.ready .venv/.ready-dev

TRIAGE = .venv/bin/lemtrada-triage

help:
	@echo 'make demo         four messages of rising urgency, and a scored symptom log'
	@echo 'make test         every check: style, types, rule cases, tests'
	@echo 'make docs         the pages of docs/ as a site: build/docs/index.html'
	@echo 'make check-wheel  the tests of the built wheel alone'
	@echo 'make audit        what is known against the installed packages (needs a network)'
	@echo 'make bench        logs scored, beside others (BENCH_ROWS=200000; ten minutes)'
	@echo 'make bench-readme the same, and the table in README.md anew'
	@echo 'make clean        remove .venv and everything built'

demo: .venv/.ready
	@printf '\n'
	$(TRIAGE) assess "slept well, no fever, no rash, all good" --days 40
	@printf '\n'
	$(TRIAGE) assess "bruises all over my legs and my gums bleed when i brush" --days 75
	@printf '\n'
	$(TRIAGE) assess "Shivering since this morning, temp 38.9. No cough." --days 9
	@printf '\n'
	$(TRIAGE) assess "my face is kinda drooping n cant talk rite" --days 2
	@printf '\n'
	@mkdir -p build
	$(TRIAGE) score examples/symptom-log.csv -o build/symptom-log-scored.csv

test: lint types cases pytest

lint: .venv/.ready-dev
	.venv/bin/ruff check .

types: .venv/.ready-dev
	.venv/bin/mypy

cases: .venv/.ready-dev
	$(TRIAGE) test

pytest: .venv/.ready-dev
	.venv/bin/python -m pytest

# A warning stops it: a broken link, a name that has gone. All pages are read each time, for a warning comes only when one is.
docs: .venv/.ready-dev
	.venv/bin/python -m sphinx --fail-on-warning --keep-going --fresh-env --quiet docs build/docs

check-wheel: .venv/.ready-dev
	.venv/bin/python -m pytest tests/test_packaging.py

AUDIT = build/audit/bin/python

# Fails where something is known against one; without a network it says that nothing was audited.
audit: .venv/.ready-dev $(AUDIT)
	$(AUDIT) .ci/audit.py .venv/lib/python*/site-packages

$(AUDIT):
	.venv/bin/python -m venv build/audit
	$(AUDIT) -m pip install --quiet 'pip-audit>=2.9'

BENCH_ROWS = 200000
BENCH_OPTIONS =
PEERS = build/peers/bin/python

# The peers are in an environment of their own; one that cannot be installed is left out, and the table says so.
bench: .venv/.ready-dev $(PEERS)
	.venv/bin/python tests/benchmarks/bench_batch.py $(BENCH_ROWS) --peers $(PEERS) $(BENCH_OPTIONS)

bench-readme:
	@$(MAKE) bench BENCH_OPTIONS=--readme

$(PEERS):
	.venv/bin/python -m venv build/peers
	-$(PEERS) -m pip install --quiet --only-binary :all: rapidfuzz spacy negspacy pyfastner quicksectx pysbd jsonschema loguru
	-$(PEERS) -m pip install --quiet --no-deps medspacy pyrush

# Asked each time, for only .ci/setup can tell whether a .venv was made here.
.venv/.ready:
	@TARGET=demo sh .ci/setup .venv .

.venv/.ready-dev:
	@TARGET=test sh .ci/setup .venv '.[dev]'

clean:
	rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
