# Two commands matter: `make run` opens the practice on this machine, `make test` proves it. Both set up .venv themselves.
.PHONY: run test lint bench faults pictures clean browser
.DEFAULT_GOAL := run
BIN := .venv/bin

run:
	@scripts/venv embedded
	@exec $(BIN)/python -m clinic.standalone

test: browser
	@$(BIN)/python -m pytest $(ARGS)

lint:
	@scripts/venv dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --quiet clinic/templates
	$(BIN)/djlint --lint --quiet clinic/templates

bench: browser
	@$(BIN)/python -m bench $(ARGS)

faults: browser
	@$(BIN)/python -m faults $(ARGS)

pictures: browser
	@$(BIN)/python -m pytest tests/look -m pictures $(ARGS)

browser:
	@scripts/venv dev
	@scripts/chromium

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@echo "What the practice holds is in var/; remove it yourself if you want to begin anew."
