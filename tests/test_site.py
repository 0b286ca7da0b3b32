"""The site: two languages apart, links that lead somewhere, and a GAN that equals torch's."""

import functools
import html.parser
import importlib.util
import itertools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from browser_pages import MISSING, Lesson, find_browser, launched, serving, write_notebook
from nbconvert import HTMLExporter
from playwright.sync_api import sync_playwright
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from gan_lesson.sub_steps import LOSSES

COURSE = Path(__file__).parent.parent
SITE = COURSE / "site"
GAN = SITE / "gan.js"
HANZI = re.compile(r"[\u3400-\u9fff]")
sys.path.insert(0, str(SITE))

pytestmark = pytest.mark.site

needs_sphinx = pytest.mark.skipif(
    not importlib.util.find_spec("myst_nb"),
    reason="Sphinx is not installed: make site",
)
needs_browser = pytest.mark.skipif(not find_browser(), reason=MISSING)


# --- the GAN in the page ---


def run_script(script, data):
    """What a piece of JavaScript returns; in it `core` is ganCore() and `data` the data."""
    source = f"{GAN.read_text('utf-8')}\nconst core = ganCore();"
    if shutil.which("node"):
        source += (
            "const data = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
            f"console.log(JSON.stringify((() => {{ {script} }})()))"
        )
        done = subprocess.run(
            ["node", "-e", source], input=json.dumps(data), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    if not find_browser():
        pytest.skip(MISSING)
    with sync_playwright() as playwright, launched(playwright) as browser:
        page = browser.new_page()
        return page.evaluate(f"data => {{ {source} {script} }}", data)


def flat(tensors):
    return [tensor.detach().double().flatten().tolist() for tensor in tensors]


def linear_network(sizes, between, after=()):
    layers = []
    for ins, outs in itertools.pairwise(sizes):
        layers += [nn.Linear(ins, outs), between]
    return nn.Sequential(*layers[:-1], *after).double()


def adam(network, rate=1e-3):
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.0, 0.999))


def torch_steps(generator, discriminator, batches):
    """Losses of the lessons' two steps, one (loss_d, loss_g) for each (real, z)."""
    optimizer_g, optimizer_d = adam(generator), adam(discriminator)
    found = []
    for real, z in batches:
        ones, zeros = torch.ones(len(z), 1).double(), torch.zeros(len(z), 1).double()
        fake = generator(z)
        loss_d = cross_entropy(discriminator(real), ones)
        loss_d = loss_d + cross_entropy(discriminator(fake.detach()), zeros)
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()
        loss_g = cross_entropy(discriminator(fake), ones)
        optimizer_g.zero_grad()
        loss_g.backward()
        optimizer_g.step()
        found.append((loss_d.item(), loss_g.item()))
    return found


@pytest.mark.parametrize("kind", ["digits", "plane"])
def test_training_in_the_page_equals_torch(kind):
    torch.manual_seed(0)
    if kind == "digits":
        generator = linear_network([32, 128, 64], nn.ReLU(), [nn.Tanh()])
        discriminator = linear_network([64, 128, 1], nn.LeakyReLU(0.2))
        points, count, latent = torch.tensor(load_digits().data) / 8 - 1, 64, 32
        begin = "const gan = new core.DigitsGan({ latent: 32, rate: 0.001 }, new Float64Array(64));"
        step = "gan.step(real, z);"
    else:
        generator = linear_network([2, 64, 64, 2], nn.ReLU())
        discriminator = linear_network([2, 64, 64, 1], nn.LeakyReLU(0.2))
        points, count, latent = torch.randn(4000, 2).double(), 256, 2
        begin = "const gan = new core.Plane();"
        step = "gan.step('D', real, z); gan.step('G', null, z);"
    real = points[torch.randint(len(points), (50, count))]
    z = torch.randn(50, count, latent).double()
    data = {
        "g": flat(generator.parameters()),
        "d": flat(discriminator.parameters()),
        "real": flat(real),
        "z": flat(z),
    }
    losses = torch_steps(generator, discriminator, zip(real, z, strict=True))
    found = run_script(
        f"""{begin}
        gan.generator.parameters.forEach((values, i) => values.set(data.g[i]));
        gan.discriminator.parameters.forEach((values, i) => values.set(data.d[i]));
        const losses = data.z.map((numbers, t) => {{
            const real = new Float64Array(data.real[t]), z = new Float64Array(numbers);
            {step}
            return [gan.lossD, gan.lossG];
        }});
        const all = (network) => network.parameters.map((values) => [...values]);
        return {{ losses, g: all(gan.generator), d: all(gan.discriminator) }};""",
        data,
    )
    assert np.allclose(found["losses"], losses, atol=1e-4)
    for name, network in (("g", generator), ("d", discriminator)):
        for ours, theirs in zip(found[name], flat(network.parameters()), strict=True):
            assert np.abs(np.subtract(ours, theirs)).max() < 1e-4


def test_every_loss_and_momentum_in_the_page_equal_torch():
    """Three steps of Adam with beta1 0.5, and what each loss asks of both networks."""
    torch.manual_seed(0)
    real, fake = torch.randn(2, 5, 2).double()
    places = {"real": real.flatten().tolist(), "fake": fake.flatten().tolist()}
    for name, loss in LOSSES.items():
        if name == "Wasserstein":
            continue
        network = linear_network([2, 4, 1], nn.LeakyReLU(0.2))
        data = {"loss": name, "d": flat(network.parameters())} | places
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01, betas=(0.5, 0.999))
        for _ in range(3):
            points = fake.clone().requires_grad_()
            loss_d = loss.discriminator_loss(network(real), network(fake))
            optimizer.zero_grad()
            loss_d.backward()
            optimizer.step()
            loss_g = loss.generator_loss(network(points))
            loss_g.backward()
        found = run_script(
            """const d = new core.Network([2, 4, 1], ["leaky", "none"]);
            d.parameters.forEach((values, i) => values.set(data.d[i]));
            const gan = { discriminator: d, optimizerD: new core.Adam(d, 0.01, 0.5) };
            const real = new Float64Array(data.real), fake = new Float64Array(data.fake);
            const loss = core.LOSSES[data.loss];
            let lossD;
            for (let t = 0; t < 3; t++) lossD = core.discriminatorStep(gan, real, fake, 5, loss);
            const scores = d.forward(fake, 5);
            const slope = scores.map((score) => loss.generator.slope(score) / 5);
            const lossG = scores.reduce((sum, score) => sum + loss.generator.value(score) / 5, 0);
            return { lossD, lossG, slope: [...d.backward(slope, 5, false, true)] };""",
            data,
        )
        assert found["lossD"] == pytest.approx(loss_d.item(), abs=1e-6), name
        assert found["lossG"] == pytest.approx(loss_g.item(), abs=1e-6), name
        assert np.allclose(found["slope"], points.grad.flatten(), atol=1e-6), name


def test_settings_reset_and_walks_in_the_page():
    found = run_script(
        """const gan = new core.DigitsGan({}, new Float64Array(128).fill(0.5));
        gan.set({ rate: 0.25, beta1: 0.5 });
        const rates = [gan.optimizerG, gan.optimizerD].map(({ rate, beta1 }) => [rate, beta1]);
        const plane = new core.Plane(), twin = new core.Plane();
        plane.step("D");
        plane.reset();
        for (const world of [plane, twin]) world.step("G");
        const { fake, pull } = plane.look();
        const nearer = fake.map((place, i) => place + 0.01 * pull[i]);
        const mean = (points) => plane.says(points).reduce((sum, says) => sum + says) / 200;
        const below = new Set(Array.from({ length: 99 }, () => plane.random.below(3)));
        plane.show("moons");
        const { world } = plane, heights = Array.from({ length: 4000 }, (_, i) => world[2 * i + 1]);
        const many = new Float64Array(64 * 97).map((_, i) => Math.floor(i / 64));
        const digits = new core.DigitsGan({}, many), first = digits.generator.parameters[0][0];
        const rows = [1, 2].map(() => [0, 1, 2, 3, 4, 5].map((row) => digits.batch(64)[64 * row]));
        digits.step();
        const drawn = digits.average.forward(digits.fixed, 64), { images } = digits.look();
        const average = [first, digits.generator, digits.average].map(
            (network) => network.parameters?.[0][0] ?? network);
        const later = [], answers = [];
        globalThis.setTimeout = (action, _, turn) => later.push(() => action(turn));
        const take = core.trainer((look) => answers.push(look.steps), 0);
        take({ start: {}, pixels: new Float64Array(128), run: true });
        later.shift()();
        take({ stop: true });
        later.shift()();
        return {
            rates, below: [...below].sort(), answers, rows, average,
            shown: images.every((grey, i) => grey === drawn[i]),
            steps: [plane.stepsD, plane.stepsG],
            same: [plane, twin].map((world) => [...world.generator.parameters[0]]),
            pulled: mean(nearer) - mean(fake),
            moons: heights.filter((y) => y > 0).length / 4000,
            arc: [...core.slerp([2, 0], [0, 2], 1 / 3)],
        };""",
        None,
    )
    assert found["rates"] == [[0.25, 0.5]] * 2 and found["below"] == [0, 1, 2]
    assert found["rows"][0] != found["rows"][1] and found["rows"][0] != list(range(6))
    before, after, average = found["average"]  # of the weights, and what is shown is drawn with it
    assert found["shown"] and average == pytest.approx(before / 11 + after * 10 / 11)
    assert found["answers"] == [1, 2]  # and none after it was told to stop
    assert found["steps"] == [0, 1] and found["same"][0] == found["same"][1]
    assert found["pulled"] > 0 and 0.4 < found["moons"] < 0.6
    assert np.allclose(found["arc"], [2 * np.cos(np.pi / 6), 2 * np.sin(np.pi / 6)])


def test_slow_motion_is_the_same_step():
    """Drawing between two sub-steps changes nothing of what is trained."""
    whole, walked = run_script(
        """const whole = new core.Plane(), walked = new core.Plane();
        for (const network of "DGDG") {
            whole.step(network);
            for (const part of walked.walk(network)) {
                walked.says(new Float64Array(20));
                walked.look();
            }
        }
        return [whole, walked].map((world) => world.generator.parameters.map((p) => [...p]));""",
        None,
    )
    assert whole == walked


def test_the_page_draws_what_torch_draws():
    """The generators that the package ships, read from their files."""
    files = {path.stem: path for path in (COURSE / "gan_lesson" / "weights").glob("generator_*")}
    torch.manual_seed(0)
    for name, path in files.items():
        pairs = list(load_file(path).items())
        layers = sorted({key.rpartition(".")[0] for key, _ in pairs})
        tensors = {key: value.double() for key, value in pairs}
        weights = [(tensors[f"{layer}.weight"], tensors[f"{layer}.bias"]) for layer in layers]
        z = torch.randn(3, weights[0][0].shape[1]).double()
        images = z
        for number, (weight, bias) in enumerate(weights):
            if weight.dim() == 4:
                images = images.view(3, weight.shape[0], *[7 * number] * 2)
                images = nn.functional.conv_transpose2d(images, weight, bias, stride=2, padding=1)
            else:
                images = nn.functional.linear(images, weight, bias)
            images = images.tanh() if number + 1 == len(weights) else images.relu()
        read = "readConvolutions" if weights[-1][0].dim() == 4 else "readNetwork"
        found = run_script(
            f"""const network = core.{read}(Uint8Array.from(data.file));
            return [...network.forward(new Float64Array(data.z), 3)];""",
            {"file": list(path.read_bytes()), "z": z.flatten().tolist()},
        )
        assert np.allclose(found, images.flatten(), atol=1e-6), name


def test_a_thousand_steps_draw_digits():
    """As near to real digits as real ones are to each other, or almost; and each digit occurs."""
    digits = load_digits()
    real = digits.data / 8 - 1
    before, after = run_script(
        """const pixels = Float64Array.from(data, (value) => value / 8 - 1);
        const gan = new core.DigitsGan({ rate: 0.002 }, pixels);
        const z = new core.Random(5).normal(32 * 300);
        const draw = () => [...gan.average.forward(z, 300)];
        const before = draw();
        for (let step = 0; step < 1000; step++) gan.step();
        return [before, draw()];""",
        digits.data.flatten().tolist(),
    )
    known = KNeighborsClassifier(1).fit(real[:1500], digits.target[:1500])
    apart = {
        name: known.kneighbors(np.reshape(images, (-1, 64)))[0].mean()
        for name, images in (("before", before), ("after", after), ("real", real[1500:]))
    }
    assert apart["after"] < 1.6 * apart["real"] < apart["before"], apart
    counts = np.bincount(known.predict(np.reshape(after, (-1, 64))), minlength=10)
    assert counts.min() > 6, counts


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js, which counts processor time")
def test_the_page_answers_and_digits_come_soon():
    """In processor time, which other programs on the machine hardly change.

    What the page does at a stretch (a sub-step of the plane, what a picture of it needs) stays
    below 50 ms, and 1,500 steps on digits below 40 s.
    """
    sub_step, picture, step = run_script(
        """const cost = (times, action) => {
            const before = process.cpuUsage();
            for (let time = 0; time < times; time++) action();
            const { user, system } = process.cpuUsage(before);
            return (user + system) / 1000 / times;
        };
        const plane = new core.Plane(), costs = {};
        for (const network of "DGDGDGDGDGDG") {
            const walk = plane.walk(network);
            for (let number = 1, done = false; !done; number++) {
                const spent = cost(1, () => ({ done } = walk.next()));
                (costs[network + number] ??= []).push(spent);
            }
        }
        const usual = Object.values(costs).map((all) => all.sort((a, b) => a - b)[3]);
        const places = new Float64Array(2 * 41 * 41).fill(0.5);
        const picture = () => (plane.says(places), plane.look());
        const gan = new core.DigitsGan({}, new Float64Array(64 * 1797).fill(0.5));
        return [Math.max(...usual), cost(10, picture), cost(100, () => gan.step())];""",
        None,
    )
    assert max(sub_step, picture) < 50, (sub_step, picture)
    assert 1500 * step < 40_000, step


# --- the pages ---


class Page(html.parser.HTMLParser):
    """Links, resources and ids of a page, and the text of its paragraphs outside code."""

    BLOCKS = ("p", "li", "h1", "h2", "h3", "h4", "td", "th", "dt", "figcaption")

    def __init__(self, path):
        super().__init__()
        self.links, self.resources, self.ids, self.texts = [], [], set(), []
        self.open, self.silent, self.inside = [], 0, False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.add(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag == "link" and attributes.get("rel") not in ("canonical",):
            self.resources.append(attributes.get("href"))
        if tag in ("img", "script", "source", "audio", "iframe") and attributes.get("src"):
            self.resources.append(attributes["src"])
        if tag == "article":
            self.inside = True
        if tag in ("pre", "code", "script", "style"):
            self.silent += 1
        if tag in self.BLOCKS:
            self.open.append([])

    def handle_endtag(self, tag):
        if tag == "article":
            self.inside = False
        if tag in ("pre", "code", "script", "style"):
            self.silent -= 1
        if tag in self.BLOCKS and self.open:
            text = " ".join("".join(self.open.pop()).split())
            if text and self.inside:
                self.texts.append(text)

    def handle_data(self, data):
        if self.open and not self.silent:
            self.open[-1].append(data)


@pytest.fixture(scope="module")
def built():
    import build

    return build.build().parent


@functools.cache
def page(path):
    return Page(path)


def pages(built, tree):
    return [path for path in sorted((built / tree).rglob("*.html")) if "_static" not in path.parts]


@needs_sphinx
def test_every_notebook_is_a_page_in_both_languages(built):
    import build

    notebooks = build.notebooks()
    assert len(notebooks) >= 20
    for path in notebooks:
        for tree in ("zh", "en"):
            here = built / tree / path
            assert here.with_suffix(".html").is_file() and here.is_file()
            title = page(here.with_suffix(".html")).texts[0]
            assert bool(HANZI.search(title)) == (tree == "zh"), title
        assert (built / path).is_file()


def test_a_notebook_in_one_language():
    """Comments, printed lines, alt texts and links, each in its half."""
    import nbformat
    import split

    new = nbformat.v4
    shown = {
        "text/html": '<p lang="zh-Hant">字</p><p lang="en">word</p><img alt="圖 · figure">',
        "text/plain": "圖 · figure",
    }
    outputs = [
        new.new_output("stream", text="損失 · loss\n"),
        new.new_output("display_data", shown),
    ]
    prose = "![圖 · figure](a.png) [one](01.ipynb) [none](none.ipynb)"
    cells = [new.new_code_cell("x = 1  # 一 · one", outputs=outputs), new.new_markdown_cell(prose)]
    whole = new.new_notebook(cells=cells)
    for language, one, word, loss, figure in (
        ("zh-Hant", "一", "字", "損失", "圖"),
        ("en", "one", "word", "loss", "figure"),
    ):
        code, text = split.notebook_in(language, whole, Path(), [Path("01.ipynb")]).cells
        assert code.source == f"x = 1  # {one}"
        assert code.outputs[0].text.strip() == loss
        html = f'<p lang="{language}">{word}</p><img alt="{figure}">'
        assert code.outputs[1].data == {"text/html": html, "text/plain": figure}
        assert text.source.strip() == f"![{figure}](a.png) [one](01.ipynb) none"


@pytest.mark.parametrize("tree, language", [("zh", "zh-Hant"), ("en", "en")])
def test_code_is_folded_and_what_moves_speaks_the_language(tree, language):
    import build
    import nbformat

    def cells(path):
        found = nbformat.read(COURSE / path, as_version=4).cells
        found = build.cells_of_page(tree, path, found)
        return found, [cell for cell in found if cell.cell_type == "code"]

    _, answers = cells(Path("notebooks/solutions/03_models.ipynb"))
    assert all(cell.metadata.tags == ["hide-cell"] for cell in answers)
    lesson, code = cells(Path("notebooks/03_models.ipynb"))
    assert any(f'<gan-training lang="{language}">' in cell.source for cell in lesson)
    for cell in code:
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert (cell.metadata.get("tags") == ["hide-input"]) == hidden


@needs_sphinx
@pytest.mark.parametrize("tree", ["zh", "en"])
def test_every_page_is_listed_and_every_notebook_is_to_be_had(built, tree):
    import build

    listed = page(built / tree / "index.html").links
    assert {"play.html", "HELP.html", "TEACHING.html", "GLOSSARY.html"} <= set(listed)
    for path in build.notebooks():
        assert str(path.with_suffix(".html")) in listed
        links = page(built / tree / path.with_suffix(".html")).links
        assert {path.name, "../" * len(path.parts) + str(path)} <= set(links), path


@needs_sphinx
def test_every_gan_of_the_page_stands_in_a_lesson(built):
    import build

    for instrument, element in build.IN_THE_PAGE.items():
        lessons = (built / "en" / "notebooks").glob("*.html")
        assert any(f"<{element}" in path.read_text("utf-8") for path in lessons), instrument


@needs_sphinx
@pytest.mark.parametrize("tree", ["zh", "en"])
def test_every_link_and_resource_is_there(built, tree):
    for path in pages(built, tree):
        index = [target for target in page(path).resources if "searchindex" in target]
        assert bool(index) == (path.stem == "search"), f"{path.name} loads {index}"
        for target in page(path).resources:
            assert not re.match(r"https?:|//", target or ""), f"{path.name} fetches {target}"
        for target in page(path).links + page(path).resources:
            if re.match(r"[a-z]+:", target) or target.startswith("#"):
                continue
            file, _, anchor = target.partition("#")
            file = (path.parent / file.partition("?")[0]).resolve()
            assert file.is_file(), f"{path.relative_to(built)} leads to {target}"
            if anchor and file.suffix == ".html":
                assert anchor in page(file).ids, f"{path.relative_to(built)}: no {target}"
    for sheet in (built / tree / "_static").rglob("*.css"):
        for target in re.findall(r"url\([\"']?([^\"')]+)", sheet.read_text("utf-8")):
            if not target.startswith(("data:", "#")):
                file = sheet.parent / re.split(r"[?#]", target)[0]
                assert file.is_file(), f"{sheet.name}: {target}"


@needs_sphinx
def test_no_page_holds_a_paragraph_of_the_other_language(built):
    for path in pages(built, "en"):
        for text in page(path).texts if path.stem != "GLOSSARY" else ():
            text = re.sub(r"「.*?」|“.*?”|\(.*?\)|:.*", "", text)  # words that are spoken of
            assert not HANZI.search(text), f"{path.relative_to(built)}: {text}"
    for path in pages(built, "zh"):
        for text in page(path).texts if path.stem not in ("GLOSSARY", "search") else ():
            words = re.findall(r"\b[a-z]{2,}\b", text)
            assert HANZI.search(text) or len(words) < 9, f"{path.relative_to(built)}: {text}"
        simplified = re.findall(
            r"[请启为这们说时页图显开关变经过还让从网络损]", path.read_text("utf-8")
        )
        assert not simplified, f"{path.relative_to(built)}: {simplified}"  # the theme has some


@needs_sphinx
@pytest.mark.parametrize("tree", ["zh", "en"])
def test_a_version_is_named_in_both_languages(built, tree):
    newest = re.search(r"^## (.+)$", (COURSE / "CHANGELOG.md").read_text("utf-8"), re.M)[1]
    assert newest in (built / tree / "CHANGELOG.html").read_text("utf-8")


@needs_sphinx
def test_a_single_language_notebook_is_whole(built):
    """It has every cell of the lesson, runs the same code, and needs no file beside it."""
    import nbformat

    path = Path("notebooks") / "03_models.ipynb"
    whole = nbformat.read(COURSE / path, as_version=4).cells
    for tree in ("zh", "en"):
        alone = nbformat.read(built / tree / path, as_version=4).cells
        assert len(alone) == len(whole)
        assert "%pip install" in alone[1].source  # it says what it needs
        assert bool(HANZI.search(alone[1].source)) == (tree == "zh")
        text = "\n".join(cell.source for cell in alone if cell.cell_type == "markdown")
        assert "<div" not in text and "<span" not in text and "language_switch" not in text
        assert bool(HANZI.search(re.sub(r"「.*?」", "", text))) == (tree == "zh")
        assert not re.search(r"\]\((?!https?:|data:|#)", text)  # it may lie in any folder

        def code(cells):
            cells = [cell.source for cell in cells if cell.cell_type == "code"]
            return [re.sub(r"#.*", "", cell) for cell in cells[1:]]

        assert code(alone) == code(whole)


def trains(found):
    """Press Start, and wait until it has trained for a while."""
    training = found.locator("gan-training")
    training.get_by_role("button", name="Start", exact=True).click()
    found.wait_for_function(
        "() => /steps (\\d{2,})/.test(document.querySelector('gan-training').textContent)",
        timeout=120_000,
    )
    training.get_by_role("button", name="Stop").click()
    assert re.search(r"loss_d \d\.\d{3} +loss_g \d\.\d{3}", training.inner_text())


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@needs_sphinx
@needs_browser
class TestInABrowser:
    @pytest.fixture
    def visit(self, browser, built):
        """Open a page from its file; afterwards nothing may have failed or been fetched."""
        asked, failed, contexts = [], [], []

        def visit(path, script="", **settings):
            contexts.append(browser.new_context(**settings))
            found = contexts[-1].new_page()
            found.set_default_timeout(120_000)  # a busy machine is slow, not wrong
            found.add_init_script(script)
            found.on("request", lambda request: asked.append(request.url))
            found.on("pageerror", lambda error: failed.append(str(error)))
            found.goto((built / path).as_uri())
            return found

        visit.asked = asked
        yield visit
        for context in contexts:
            context.close()
        assert not failed
        assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]

    def test_a_gan_trains_in_the_page(self, visit):
        found = visit("en/play.html")
        trains(found)
        assert len(found.workers) == 1  # so that the page itself never waits for a step

    @pytest.mark.parametrize(
        "refuse", ["throw new Error()", "setTimeout(() => this.onerror(new Event('error')))"]
    )
    def test_it_trains_where_workers_are_refused(self, visit, refuse):
        """In slices of the page's own time."""
        script = f"window.Worker = class {{ constructor() {{ {refuse}; }} postMessage() {{}} }}"
        found = visit("en/play.html", script=script)
        trains(found)
        assert not found.workers

    def test_a_notebook_shows_it_too(self, visit, browser, built, tmp_path):
        """As the page says: in JupyterLab, and without a kernel in the notebook's HTML."""
        cell = visit("en/play.html").locator("article pre").inner_text()
        with serving(tmp_path) as address:
            for name in ("gan.js", "gan-training.js"):
                shutil.copy(built / name, tmp_path / "notebooks")
            write_notebook(tmp_path, "my_own", cell)
            lesson = Lesson(browser.new_page(), address("my_own"))
            lesson.run_all()
            assert lesson.errors() == []
            trains(lesson.page)
            lesson.command("docmanager:save")
            lesson.shut_down()
            lesson.page.close()
        whole, _ = HTMLExporter().from_filename(tmp_path / "notebooks" / "my_own.ipynb")
        (tmp_path / "my_own.html").write_text(whole, "utf-8")
        found = browser.new_page(offline=True)
        found.goto((tmp_path / "my_own.html").as_uri())
        trains(found)
        found.close()

    @pytest.mark.parametrize(
        "path, elements",
        [
            ("notebooks/01_concepts", ["plane"]),
            ("notebooks/08_measuring_gans", []),
            ("notebooks/05_generate_digits", ["training"]),
            ("notebooks/06_latent_space", ["explorer"]),
            ("play", ["training", "explorer", "number", "characters", "plane"]),
        ],
    )
    def test_a_page_asks_for_the_data_of_the_gans_that_are_seen(self, visit, path, elements):
        """Each alone, once it comes into sight: a page that is opened has little to do."""

        def asked():
            return [name for url in visit.asked for name in re.findall(r"/gan-(\w+)\.js", url)]

        found = visit(f"en/{path}.html", viewport={"width": 600, "height": 100})
        assert found.locator("article div.gan").count() == len(elements)
        for number, name in enumerate(elements):
            assert asked() == elements[:number]
            gan = found.locator(f"gan-{name} > .gan")
            gan.scroll_into_view_if_needed()
            gan.evaluate("box => box.parentElement.ready")
        assert asked() == [name for name in elements if name != "plane"]

    def test_data_that_is_missing_is_named(self, visit, tmp_path):
        shutil.copy(GAN, tmp_path)
        page = tmp_path / "page.html"
        page.write_text('<gan-explorer lang="en"></gan-explorer><script src="gan.js"></script>')
        visit(page).get_by_text("gan-explorer.js is missing.").wait_for()

    def test_every_control_is_heard(self, visit):
        """By a Worker that notes what it is told, by the plane, and by three generators."""
        noting = "postMessage(told) { (globalThis.told ??= []).push(structuredClone(told)) }"
        found = visit("en/play.html", script=f"globalThis.Worker = class {{ {noting} }}")

        def ask(name, script):  # of an element that has begun
            gan = found.locator(f"gan-{name} > .gan")
            gan.scroll_into_view_if_needed()
            return gan.evaluate(
                f"async (box) => {{ const gan = box.parentElement; await gan.ready; {script} }}"
            )

        def press(name, button):
            found.locator(f"gan-{name}").get_by_role("button", name=button, exact=True).click()

        def choose(name, *values):
            for number, value in enumerate(values):
                found.locator(f"gan-{name} select").nth(number).select_option(value)

        press("training", "Start")
        press("training", "Stop")
        choose("training", "8", "0.005", "0.9")
        press("training", "Restart")
        told = ask("training", "return told.map(({ pixels, ...rest }) => rest)")
        starts = [message["start"] for message in told if "start" in message]
        assert [start["latent"] for start in starts] == [32, 8, 8]
        assert len({start["seed"] for start in starts}) == 3
        assert (starts[-1]["rate"], starts[-1]["beta1"]) == (0.005, 0.9)
        sets = [message["set"] for message in told if "set" in message]
        assert [(now["rate"], now["beta1"]) for now in sets] == [(0.005, 0), (0.005, 0.9)]
        assert [message for message in told if "run" in message] == [{"run": True}]
        heights = ask(
            "training",
            """const images = new Float64Array(4096), found = { 178: [], 0: [] };
            for (const steps of [10, 20]) gan.show({ steps, lossD: 2.5, lossG: 0.5, images });
            const mean = (all) => all.reduce((a, b) => a + b, 0) / all.length;
            const { data } = gan.curve.getContext("2d").getImageData(20, 0, 200, 160);
            for (let at = 0; at < data.length; at += 4)
                if (data[at + 3] > 200 && data[at] !== data[at + 2])
                    found[data[at + 2] > data[at] ? 178 : 0].push(Math.floor(at / 800));
            return [mean(found[0]), mean(found[178])];""",
        )
        assert heights[0] > 100 > 60 > heights[1]  # G's is orange and low, D's is blue and high

        world = "return [gan.world.loss, gan.world.rateD, gan.world.rateG, gan.world.world[0]]"
        before = ask("plane", world)
        choose("plane", "spiral", "minimax", "0.003", "0.01")
        after = ask("plane", world)
        assert after[:3] == ["minimax", 0.003, 0.01] and after[3] != before[3]

        ends = "return [[...gan.a], [...gan.b]]"
        before = ask("explorer", ends)
        press("explorer", "New B")
        after = ask("explorer", ends)
        assert after[0] == before[0] and after[1] != before[1]

        label = ask(
            "number",
            """gan.network.forward = (z, n) => (gan.z = z, new Float64Array(784 * n));
            gan.input.value = "3";
            gan.draw();
            return [...gan.z.slice(-10)];""",
        )
        assert label == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]

        paper = ask(
            "characters",
            """const { data } = gan.page.getContext("2d").getImageData(0, 0, 28, 28);
            return data.reduce((sum, grey) => sum + grey) / data.length;""",
        )
        assert paper > 160  # ink on white paper

    @pytest.mark.parametrize("locale, tree", [("zh-TW", "zh"), ("fr-FR", "en")])
    def test_the_door_opens_in_the_readers_language(self, visit, locale, tree):
        visit("index.html", locale=locale).wait_for_url(f"**/{tree}/index.html")

    def test_the_plane_and_the_latent_space_move(self, visit):
        found = visit("zh/play.html")
        plane = found.locator("gan-plane")
        for button in ("D 走一步", "G 走一步", "慢動作"):
            plane.get_by_role("button", name=button).click()
        plane.locator("li.now").wait_for()
        assert "D 1   G 1" in plane.text_content()
        explorer = found.locator("gan-explorer")
        explorer.get_by_role("button", name="換 A").click()
        picture = "gan => gan.ready.then(() => gan.querySelector('canvas').toDataURL())"
        before = explorer.evaluate(picture)
        explorer.get_by_role("button", name="換 A").click()
        assert explorer.evaluate(picture) != before

    def test_the_other_language_is_one_click_away_and_stays(self, visit):
        found = visit("zh/notebooks/03_models.html")
        found.locator("a.gan-language:visible").first.click()
        found.wait_for_url("**/en/notebooks/03_models.html")
        assert found.evaluate("localStorage.getItem('gan-language')") == "en"

    @pytest.mark.parametrize(
        "tree, words, leads_to",
        [
            ("zh", "潛在向量", "06_latent_space"),
            ("zh", "判別器", "GLOSSARY"),  # another book's word
            ("zh", "熵", "01_concepts"),  # one character
            ("zh", "過擬合", "05_generate_digits"),
            ("zh", "顯示卡", "GLOSSARY"),
            ("zh", "卷積神經網路", "05_generate_digits"),  # the course has its parts
            ("zh", "VAE", "09_better_gans"),
            ("en", "latent vector", "06_latent_space"),
            ("en", "overfitting", "05_generate_digits"),
            ("en", "backpropagation", "04_training_loop"),
            ("en", "privacy", "GLOSSARY"),
            ("en", "batchnorm", "09_better_gans"),  # part of a name in the code
        ],
    )
    def test_search_finds(self, visit, tree, words, leads_to):
        found = visit(f"{tree}/search.html")
        found.goto(found.url + f"?q={words}")
        found.wait_for_selector(f"#search-results li a[href*='{leads_to}']")

    @pytest.mark.parametrize(("tree", "words"), [("zh", "名詞對照"), ("en", "glossary")])
    def test_a_search_in_vain_says_where_the_words_are(self, visit, tree, words):
        found = visit(f"{tree}/search.html")
        found.goto(found.url + "?q=zzqqzz")
        found.wait_for_selector(f"#search-results >> text={words}")

    @pytest.mark.parametrize("path", ["zh/play.html", "en/notebooks/05_generate_digits.html"])
    def test_it_fits_a_phone(self, visit, path):
        found = visit(path, viewport={"width": 390, "height": 844})
        assert found.evaluate("document.scrollingElement.scrollWidth") <= 390

    def test_maths_is_drawn(self, visit):
        found = visit("zh/notebooks/01_concepts.html")
        drawn = "math => math.every((one) => one.querySelector('mjx-container svg'))"
        found.wait_for_function(f"() => ({drawn})([...document.querySelectorAll('.math')])")

    @pytest.mark.parametrize(
        ("path", "settings"),
        [
            ("zh/play.html", {"color_scheme": "light"}),
            ("zh/play.html", {"color_scheme": "dark"}),
            ("en/notebooks/03_models.html", {"color_scheme": "light"}),
            ("en/notebooks/03_models.html", {"color_scheme": "dark"}),
            ("zh/notebooks/01_concepts.html", {"viewport": {"width": 390, "height": 844}}),
        ],
    )
    def test_anybody_can_use_it(self, visit, path, settings):
        from axe_playwright_python.sync_playwright import Axe

        found = visit(path, **settings)
        found.wait_for_timeout(500)
        found.wait_for_function(
            "() => [...document.querySelectorAll('.math')].every((one) =>"
            " one.querySelector('mjx-container'))"
        )
        serious = [
            (rule["id"], [node["target"] for node in rule["nodes"]][:3])
            for rule in Axe().run(found).response["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == []
