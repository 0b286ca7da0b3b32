"""The GPU's way through an epoch, walked on the CPU: what can be tested where there is no GPU.

The recording of steps as a CUDA graph is not: tests marked `needs_gpu` run where there is one.
"""

import contextlib
import copy
from types import SimpleNamespace

import pytest
import torch
from original import original_loop
from test_runs import CONFIG, build_networks, contents, record

from gan_lesson import data, gpu, recipes, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.fast import TwoLayerSteps
from gan_lesson.training import train
from gan_lesson.unfit import TrainingDiverged

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")


@pytest.fixture(scope="module")
def digits():
    return data.load_images("digits")


def at_once(state, images, labels=None):
    """recipes.train() as it is on a GPU, on the CPU."""
    recipe = recipes.RECIPES[state.config.model]
    steps = TwoLayerSteps(state) if state.config.model == "mlp" else recipe.steps
    condition = labels if recipe.conditional else None
    return train(state, images, condition, steps=steps, epoch=gpu.Epochs(recipe.alike))


def test_an_epoch_is_the_originals(digits):
    config, images = TrainingConfig.original(epochs=2, latent_dim=20, seed=3), digits[0][:200]
    state = runs.start(build_networks, config)
    generator, discriminator = copy.deepcopy((state.generator.model, state.discriminator.model))
    found = [(now.loss_d, now.loss_g) for now in at_once(state, images)]

    random = torch.Generator().manual_seed(config.seed)
    batches, noise = [], []
    for _ in range(config.epochs):
        order = torch.randperm(len(images), generator=random)
        seed = int(torch.randint(2**63 - 1, (), generator=random))
        z = torch.empty(len(images), 20).normal_(generator=torch.Generator().manual_seed(seed))
        batches += images.flatten(1)[order].split(64)
        noise += z.split(64)
    expected = list(original_loop(generator, discriminator, batches, noise))
    assert len(expected) == len(found) == 8
    assert torch.tensor(found).allclose(torch.tensor(expected), atol=1e-6)
    for ours, theirs in zip(state.generator.parameters(), generator.parameters(), strict=True):
        assert ours.allclose(theirs, atol=1e-6)


@pytest.mark.parametrize("model", recipes.RECIPES)
def test_every_recipe_goes_through_its_epoch(model, digits):
    config = TrainingConfig(model=model, epochs=1)
    state = runs.start(recipes.build_networks, config)
    images, labels = digits[0][:200], digits[1][:200]
    batches = -(-200 // config.batch_size)
    progress = list(at_once(state, images, labels))
    assert [now.batch for now in progress] == list(range(batches))
    assert (state.epoch, state.batch) == (1, 0)
    steps = {int(each["step"]) for each in state.optimizer_g.state.values()}
    assert steps == {-(-batches // 3) if model == "wgan-gp" else batches}
    if state.average is not None:
        assert state.average.n_averaged == batches


@pytest.mark.parametrize("model", recipes.RECIPES)
def test_only_a_recipe_whose_steps_are_alike_is_recorded(model, digits):
    """What is recorded may ask neither for the batch's number nor for the CPU's random numbers."""
    recipe = recipes.RECIPES[model]
    state = runs.start(recipes.build_networks, TrainingConfig(model=model))
    labels = [digits[1][:8]] if recipe.conditional else []
    z, real = torch.randn(8, 100), digits[0][:8].flatten(1)
    before = [weight.clone() for weight in state.generator.parameters()]
    state.batch, random = 1, state.random.get_state()
    recipe.steps(state, real, z, *labels)
    moved = not all(map(torch.equal, before, state.generator.parameters()))
    assert (moved and state.random.get_state().equal(random)) == recipe.alike


@pytest.fixture
def pretended_graphs(monkeypatch):
    """CUDA graphs played by the CPU: recording takes a step and takes it back again."""
    played = []

    class Epochs(gpu.Epochs):
        def _prepare(self, state, take):
            super()._prepare(state, take)
            self.state, self.stream = state, "pretended"
            kept = (state.generator, state.discriminator, state.average)
            self.kept = [network for network in kept if network is not None]

        def _own_stream(self):
            return contextlib.nullcontext()

        def _recorded(self):
            tensors = [
                self.batch,
                *(each for one in self.kept for each in one.state_dict().values()),
            ]
            for optimizer in (self.state.optimizer_g, self.state.optimizer_d):
                tensors += [each for one in optimizer.state.values() for each in one.values()]
            before = [tensor.clone() for tensor in tensors]

            @contextlib.contextmanager
            def graph(recording, **_):
                try:
                    yield
                finally:
                    for tensor, content in zip(tensors, before, strict=True):
                        tensor.copy_(content)

            def replay():
                played.append(self.batch.item())
                batch, self.state.batch = self.state.batch, 1  # not the one that is played
                self._whole_batch()
                self.state.batch = batch

            monkeypatch.setattr(torch.cuda, "graph", graph)
            monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: SimpleNamespace(replay=replay))
            return super()._recorded()

    monkeypatch.setattr(gpu, "Epochs", Epochs)
    return played


@pytest.mark.parametrize("model", recipes.RECIPES)
def test_replayed_steps_are_the_steps(model, digits, request):
    config = TrainingConfig(model=model, epochs=2)
    images, labels = digits[0][:400], digits[1][:400]

    def history():
        state = runs.start(recipes.build_networks, config)
        return [(now.loss_d, now.loss_g) for now in at_once(state, images, labels)]

    expected = history()
    played = request.getfixturevalue("pretended_graphs")
    assert history() == expected
    whole = 400 // config.batch_size
    once = [*range(gpu.WARM_UP, whole), *range(whole)]
    assert played == (once if recipes.RECIPES[model].alike else [])


@pytest.mark.parametrize("batches", [1, 28, 29, 58, 100])
def test_a_run_that_is_stopped_keeps_its_whole_epoch(digits, monkeypatch, tmp_path, batches):
    monkeypatch.setattr(recipes, "train", at_once)
    record(runs.create(tmp_path / "whole", CONFIG), digits[0])
    folder = runs.create(tmp_path / "run", CONFIG)
    state = record(folder, digits[0], batches=batches)
    assert state.batch == 0 and len(runs.read_history(folder)[0]) == state.epoch * 29
    record(folder, digits[0], state=runs.resume(folder, build_networks))
    assert contents(folder) == contents(tmp_path / "whole")


def test_a_run_begun_one_by_one_goes_on_in_the_middle_of_an_epoch(digits, monkeypatch, tmp_path):
    folder = runs.create(tmp_path / "run", CONFIG)
    record(folder, digits[0], batches=40)
    monkeypatch.setattr(recipes, "train", at_once)
    state = runs.resume(folder, build_networks)
    assert (state.epoch, state.batch) == (1, 11)
    record(folder, digits[0], state=state)
    loss_d, _, batches = runs.read_history(folder)
    assert len(loss_d) == 4 * 29 and batches == 29


def test_in_the_middle_of_an_epoch_it_takes_the_images_that_are_left():
    state, seen = runs.start(build_networks, TrainingConfig(epochs=1)), []

    def take(chosen, z):
        seen.append(chosen)
        return torch.zeros(()), torch.zeros(())

    state.order, state.batch = torch.randperm(1797), 26
    gpu.Epochs(alike=False)(state, take)
    assert torch.cat(seen).equal(state.order[26 * 64 :])


def test_nan_names_its_batch(digits):
    def steps(state, real, z):
        return torch.zeros(()), torch.full((), torch.nan if state.batch == 5 else 0.0)

    state = runs.start(build_networks, TrainingConfig(epochs=1))
    with pytest.raises(TrainingDiverged, match="epoch 0, batch 5"):
        list(train(state, digits[0], steps=steps, epoch=gpu.Epochs(alike=False)))


def test_a_checkpoint_goes_from_gpu_to_cpu():
    state = runs.start(build_networks, CONFIG)
    saved = state.state_dict()
    for optimizer in ("optimizer_g", "optimizer_d"):
        saved[optimizer]["param_groups"][0]["capturable"] = True  # as a GPU saves it
    state.load_state_dict(saved)
    for optimizer in (state.optimizer_g, state.optimizer_d):
        assert optimizer.param_groups[0]["capturable"] is False


@needs_gpu
@pytest.mark.parametrize("model", recipes.RECIPES)
def test_a_recorded_epoch_is_the_one_taken_step_by_step(model, digits, monkeypatch):
    found = []
    for warm_up in (gpu.WARM_UP, 10**9):  # recorded; never recorded
        monkeypatch.setattr(gpu, "WARM_UP", warm_up)
        config = TrainingConfig(model=model, epochs=1)
        state = runs.start(recipes.build_networks, config, "cuda")
        found.append([(now.loss_d, now.loss_g) for now in recipes.train(state, *digits)])
    assert torch.tensor(found[0]).allclose(torch.tensor(found[1]), rtol=1e-2, atol=1e-2)
