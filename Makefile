# Each target sets itself up in .venv and is quick when repeated.
#   make lab      open JupyterLab at lesson 00
#   make train    train a GAN in the terminal; settings: make train ARGS="--dataset mnist --data FOLDER"
#   make test     run every lesson and every test but the longer ones below; those in a browser where Chromium or Chrome is found
#   make test-classroom  every cell of every lesson twice, lesson 05 with other numbers, every lesson in a browser, every solution, a run that is killed twelve times
#   make test-browser   only those in a browser
#   make test-site      the site: languages, links, looks, its GANs against torch's
#   make test-hub       those of the class server, with JupyterHub and its proxy (needs npm)
#   make test-oldest    units and four lessons with the oldest versions admitted (needs python3.11)
#   make site     build the site in both languages, site/_build/html; make site ARGS=--open
#   make lint     check code and notebooks
#   make refresh  run all notebooks again and store their outputs
#   make bench    measure what the README says of speed: steps, time to quality, start and memory, instruments
#   make bench-gpu  measure all that is said of a GPU, on one; ARGS="--data FOLDER" has MNIST

PYTHON ?= python3
RUN := .venv/bin/python
export OMP_NUM_THREADS ?= 1

.PHONY: lab train test test-classroom test-browser test-site test-hub test-oldest site lint refresh bench bench-gpu

lab: .venv/course
	@$(RUN) -m gan_lesson lab

train: .venv/course
	@$(RUN) -m gan_lesson train $(ARGS)

test: .venv/test
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore notebooks/solutions $(ARGS)

test-classroom: .venv/test
	$(RUN) -m pytest -m classroom -n 2 tests/test_classroom.py tests/test_browser.py tests/test_runs.py $(ARGS)
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder notebooks/solutions $(ARGS)

test-site: .venv/test
	$(RUN) -m pytest -m site tests/test_site.py $(ARGS)

test-browser: .venv/test
	$(RUN) tests/browser_pages.py
	$(RUN) -m pytest -m "" tests/test_browser.py $(ARGS)

test-hub: .venv/hub/ready
	PATH="$(CURDIR)/.venv/hub/bin:$$PATH" .venv/hub/bin/python -m pytest -n 2 tests/test_deploy.py $(ARGS)

test-oldest: .venv/oldest/ready
	.venv/oldest/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests \
		--ignore tests/test_browser.py --ignore tests/test_quality.py --ignore tests/test_benchmarks.py \
		notebooks/0[3459]*.ipynb $(ARGS)

site: .venv/site
	@$(RUN) site/build.py $(ARGS)

lint: .venv/test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

refresh: .venv/test
	$(RUN) tools/refresh.py

bench: .venv/test
	$(RUN) benchmarks/speed.py
	$(RUN) benchmarks/quality.py
	$(RUN) benchmarks/lean.py
	$(RUN) benchmarks/instruments.py

bench-gpu: .venv/test
	$(RUN) benchmarks/gpu.py $(ARGS)

# An environment that was made for another folder, or for another Python, is set up anew.
ifneq ($(shell cat .venv/course 2>/dev/null),$(CURDIR))
.PHONY: .venv/course
endif
.venv/course: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 以上 · Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $$([ "$$($(RUN) -V 2>&1)" = "$$($(PYTHON) -V)" ] || echo --clear) .venv
	@$(RUN) -m pip install --editable . || { echo "裝不起來。沒有適合這台電腦的套件（Python 太新、Intel Mac）：改用 make lab PYTHON=python3.12，或 conda；見 HELP.md · Not installed. Where no package fits this machine (too new a Python, an Intel Mac): make lab PYTHON=python3.12, or conda; see HELP.md"; exit 1; }
	@echo "$(CURDIR)" > $@

.venv/site: .venv/course
	$(RUN) -m pip install --editable '.[site]'
	@touch $@

# The newest versions that the bounds in pyproject.toml admit.
.venv/test: .venv/course
	$(RUN) -m pip install --upgrade --upgrade-strategy eager --editable '.[test,site]'
	@touch $@

# JupyterHub on top of the course's environment; NativeAuthenticator, which needs JupyterHub 5, apart.
.venv/hub/ready: .venv/test
	$(RUN) -m venv .venv/hub
	.venv/hub/bin/python -m pip install jupyterhub jupyterhub-idle-culler nbgitpuller jupyterlab ipykernel
	$(RUN) -c 'import site; print("import site; site.addsitedir(%r)" % site.getsitepackages()[0])' \
		> $$(.venv/hub/bin/python -c 'import site; print(site.getsitepackages()[0])')/course.pth
	npm install --global --prefix .venv/hub configurable-http-proxy
	$(RUN) -m venv .venv/hub/native
	.venv/hub/native/bin/python -m pip install 'jupyterhub<6' jupyterhub-nativeauthenticator pyyaml
	@touch $@

# Exactly the lower bounds in pyproject.toml.
.venv/oldest/ready: pyproject.toml tools/oldest.py
	@python3.11 -V >/dev/null 2>&1 || { echo "需要 python3.11：最舊的版本要裝在它上面 · python3.11 is needed, the Python that the oldest versions are for"; exit 1; }
	python3.11 -m venv .venv/oldest
	.venv/oldest/bin/python tools/oldest.py > .venv/oldest/bounds.txt
	.venv/oldest/bin/python -m pip install --constraint .venv/oldest/bounds.txt --editable '.[test,site]'
	@touch $@
