"""The networks, the losses and the loop: the original's mathematics, repeatable and checked."""

import dataclasses
import functools
import inspect
import math
import types

import pytest
import torch
from original import original_loop, original_networks

from gan_lesson import fast, losses, models, training
from gan_lesson.data import load_images
from gan_lesson.training import (
    Progress,
    SettingError,
    TrainingConfig,
    TrainingDiverged,
    TrainingState,
    train,
)


@pytest.fixture(scope="module")
def images():
    return load_images("digits")[0]


def networks(config, package=models):
    torch.manual_seed(config.seed)
    return package.Generator(config.latent_dim), package.Discriminator()


def compare_with_original(images, models=models, training=training, steps=60, taught=False):
    """Feed the original's loop and ours the same images, order and noise; assert equal results.

    taught: let train() take the steps of lesson 04 instead of those written out by hand.
    """
    config = TrainingConfig.original(seed=3, epochs=1, latent_dim=20)
    generator, discriminator = networks(config, models)
    their_generator, their_discriminator = original_networks(config.latent_dim)
    their_generator.load_state_dict(generator.model.state_dict())
    their_discriminator.load_state_dict(discriminator.model.state_dict())

    # The same random numbers, drawn in the same order as train() draws them.
    images = torch.cat([images, images, images])
    random = torch.Generator().manual_seed(config.seed)
    order = torch.randperm(len(images), generator=random).split(config.batch_size)
    batches = [images[chosen].view(len(chosen), 784) for chosen in order[:steps]]
    noise = [torch.randn(len(real), config.latent_dim, generator=random) for real in batches]
    theirs = list(original_loop(their_generator, their_discriminator, batches, noise))

    state = TrainingState(generator, discriminator, config)
    with pytest.MonkeyPatch.context() as patch:
        if taught:
            patch.setattr(training.fast, "fits", lambda state: False)
        progress = training.train(generator, discriminator, images, config, state)
        first = next(progress)
    ours = [(first.loss_d, first.loss_g)]
    ours += [(now.loss_d, now.loss_g) for _, now in zip(range(steps - 1), progress, strict=False)]

    assert len(ours) == len(theirs) == steps
    torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs), rtol=1e-4, atol=1e-5)
    for ours, theirs in ((generator, their_generator), (discriminator, their_discriminator)):
        for mine, original in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(mine, original, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("taught", [True, False])
def test_same_losses_and_weights_as_the_original(images, taught):
    compare_with_original(images, taught=taught)


def test_the_original_networks_take_the_fast_steps_and_others_do_not():
    config = TrainingConfig(latent_dim=4)
    generator, discriminator = networks(config)

    def fits(generator, discriminator):
        return fast.fits(TrainingState(generator, discriminator, config))

    class Twice(models.Generator):
        def forward(self, z):
            return super().forward(2 * z)

    assert fits(generator, discriminator)
    assert not fits(Twice(4), discriminator)
    assert not fits(torch.nn.Sequential(torch.nn.Linear(4, 784)), discriminator)
    hooked = models.Discriminator()
    hooked.register_forward_hook(lambda network, inputs, p: p / 2)
    assert not fits(generator, hooked)


def test_fast_steps_agree_where_the_discriminator_is_too_sure(images):
    """Where a probability rounds to 0 or 1, BCELoss gives no slope, and neither do we."""
    results = []
    for taught in (True, False):
        config = TrainingConfig(latent_dim=4, learning_rate=1e-3)
        generator, discriminator = networks(config)
        with torch.no_grad():
            discriminator.model[2].weight.mul_(3000)
        state = TrainingState(generator, discriminator, config)
        steps = (
            functools.partial(training.taught_steps, state)
            if taught
            else fast.TwoLayerSteps(state, 64)
        )
        z = torch.randn(64, 4, generator=torch.Generator().manual_seed(1))
        losses = [loss.item() for _ in range(3) for loss in steps(images[:64].flatten(1), z)]
        results.append((losses, discriminator.model[0].weight.detach()))
    (taught_losses, taught_weight), (losses, weight) = results
    assert max(taught_losses) > 50  # some probabilities did round to 0 or 1
    assert losses == pytest.approx(taught_losses, rel=1e-4)
    torch.testing.assert_close(weight, taught_weight, rtol=1e-3, atol=1e-5)


def rewritten(module, old, new, **names):
    """A module made from the source of another, one thing changed, some names replaced."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, old
    result = types.ModuleType(module.__name__)
    exec(compile(source.replace(old, new), module.__file__, "exec"), result.__dict__)
    result.__dict__.update(names)
    return result


LOSS_MISTAKES = {
    "labels of the real swapped": ("(p_real, torch.ones_like", "(p_real, torch.zeros_like"),
    "labels of the fake swapped": ("(p_fake, torch.zeros_like", "(p_fake, torch.ones_like"),
    "sign of the sum": ("loss_real + loss_fake", "loss_real - loss_fake"),
    "generator's label": ("(p_fake, torch.ones_like", "(p_fake, torch.zeros_like"),
    "generator's sign": ("return binary", "return -binary"),
}
MODEL_MISTAKES = {
    "no tanh": ("nn.Tanh()", "nn.Identity()"),
    "another slope": ("LeakyReLU(0.2)", "LeakyReLU(0.01)"),
    "no sigmoid": ("nn.Sigmoid()", "nn.Hardsigmoid()"),
}
STEP_MISTAKES = {
    "no detach": ("fake.detach()", "fake"),
    "gradients of D add up": ("    optimizer_d.zero_grad()\n", ""),
    "gradients of G add up": ("    optimizer_g.zero_grad()\n", ""),
    "D does not step": ("    optimizer_d.step()\n", ""),
}


@pytest.mark.parametrize("mistake", LOSS_MISTAKES)
def test_a_mistake_in_the_losses_is_found(images, mistake):
    broken = rewritten(losses, *LOSS_MISTAKES[mistake])
    package = rewritten(
        training,
        "import math\n",
        "import math\n",
        discriminator_loss=broken.discriminator_loss,
        generator_loss=broken.generator_loss,
    )
    with pytest.raises(AssertionError):
        compare_with_original(images, training=package, taught=True)


@pytest.mark.parametrize("mistake", MODEL_MISTAKES)
def test_a_mistake_in_the_networks_is_found(images, mistake):
    with pytest.raises(AssertionError):
        compare_with_original(images, models=rewritten(models, *MODEL_MISTAKES[mistake]))


@pytest.mark.parametrize("mistake", STEP_MISTAKES)
def test_a_mistake_in_the_steps_is_found(images, mistake):
    # Without `detach`, D's backward pass frees G's graph: the next step fails outright.
    with pytest.raises((AssertionError, RuntimeError)):
        broken = rewritten(training, *STEP_MISTAKES[mistake])
        compare_with_original(images, training=broken, taught=True)


FAST_MISTAKES = {
    "labels": ("torch.zeros_like(ones)]", "torch.ones_like(ones)]"),
    "a half for the sum": ("full_like(loss_d, 2)", "full_like(loss_d, 1)"),
    "tanh's slope": ("aten.tanh_backward(inner @", "torch.mul(inner @"),
    "relu's slope": ("hidden, 0)", "hidden, -1)"),
    "the other label": ("p, ones, torch", "p, 1 - ones, torch"),
    "D's leak": ("inner, features, self.slope", "inner, features, 1.0"),
    "G's step": ("        self.step_g()\n", ""),
}


@pytest.mark.parametrize("mistake", FAST_MISTAKES)
def test_a_mistake_in_the_fast_steps_is_found(images, mistake):
    package = rewritten(training, "import math\n", "import math\n")
    package.fast = rewritten(fast, *FAST_MISTAKES[mistake])
    with pytest.raises(AssertionError):
        compare_with_original(images, training=package)


def test_steps_teach_one_network_each(images):
    config = TrainingConfig(latent_dim=5)
    generator, discriminator = networks(config)
    state = TrainingState(generator, discriminator, config)
    fake = generator(torch.randn(8, 5))
    training.discriminator_step(discriminator, state.optimizer_d, images[:8].flatten(1), fake)
    assert all(weight.grad is None for weight in generator.parameters())
    discriminator.zero_grad()
    training.generator_step(generator, discriminator, state.optimizer_g, fake)
    assert all(weight.grad is None for weight in discriminator.parameters())
    assert all(weight.grad is not None for weight in generator.parameters())


@pytest.mark.parametrize("latent_dim", [1, 2, 100, 300])
def test_networks_have_the_original_shapes(latent_dim):
    generator, discriminator = models.Generator(latent_dim), models.Discriminator()
    images = generator(torch.randn(3, latent_dim))
    assert images.shape == (3, 784)
    assert images.abs().max() <= 1
    verdicts = discriminator(images)
    assert verdicts.shape == (3, 1)
    assert ((verdicts >= 0) & (verdicts <= 1)).all()
    count = sum(weight.numel() for weight in generator.parameters())
    assert count == latent_dim * 128 + 128 + 128 * 784 + 784
    assert sum(weight.numel() for weight in discriminator.parameters()) == 100_609


def test_original_preset_has_the_original_values():
    config = dataclasses.asdict(TrainingConfig.original())
    assert config == {
        "dataset": "mnist",
        "model": "mlp",
        "ema": 0.0,
        "latent_dim": 100,
        "learning_rate": 2e-4,
        "beta1": 0.9,
        "beta2": 0.999,
        "batch_size": 64,
        "epochs": 100,
        "snapshot_every": 10,
        "seed": 0,
    }
    defaults = inspect.signature(torch.optim.Adam).parameters["betas"].default
    assert (config["beta1"], config["beta2"]) == defaults


@pytest.mark.parametrize(
    "given, epochs, snapshot_every",
    [
        ({}, 200, 10),
        ({"dataset": "mnist"}, 10, 1),
        ({"dataset": "mnist", "epochs": 100}, 100, 5),
        ({"epochs": 3}, 3, 1),
    ],
)
def test_length_fits_the_data_set(given, epochs, snapshot_every):
    config = TrainingConfig(**given)
    assert (config.epochs, config.snapshot_every) == (epochs, snapshot_every)


def test_progress_counts_and_prints_as_the_original(images):
    config = TrainingConfig(epochs=2, batch_size=1000)
    records = list(train(*networks(config), images, config))
    assert [(now.epoch, now.batch) for now in records] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    line = str(Progress(epoch=3, epochs=100, batch=200, batches=938, loss_d=1.23456, loss_g=0.5))
    assert line == "Epoch [3/100] Batch 200/938 Loss D: 1.2346, loss G: 0.5000"


def test_the_same_seed_gives_the_same_bytes(images):
    def weights(seed):
        config = TrainingConfig(epochs=1, seed=seed)
        generator, discriminator = networks(config)
        list(train(generator, discriminator, images, config))
        return b"".join(weight.detach().numpy().tobytes() for weight in generator.parameters())

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


def test_bytes_train_as_their_pixels_do(images):
    as_bytes = ((images + 1) * 127.5).round().byte()
    config = TrainingConfig(epochs=1)
    losses = [
        [now.loss_g for now in train(*networks(config), pictures, config)]
        for pictures in (as_bytes, as_bytes / 127.5 - 1)
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "setting, value",
    [
        ("latent_dim", 0),
        ("latent_dim", 1.5),
        ("latent_dim", True),
        ("batch_size", 0),
        ("epochs", -1),
        ("snapshot_every", 0),
        ("seed", -1),
        ("learning_rate", 0),
        ("learning_rate", -1e-3),
        ("learning_rate", math.nan),
        ("learning_rate", "fast"),
        ("beta1", 1),
        ("beta1", -0.1),
        ("beta2", 1.0),
        ("beta2", math.nan),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, value):
    with pytest.raises(SettingError, match=setting) as caught:
        TrainingConfig(**{setting: value})
    assert str(value) in str(caught.value)


def test_a_batch_larger_than_the_data_set_is_refused(images):
    config = TrainingConfig(batch_size=1798)
    with pytest.raises(SettingError, match="1797"):
        train(*networks(config), images, config)


@pytest.mark.parametrize("what", ["images", "learning rate"])
def test_nan_stops_training_and_says_why(images, what):
    config = TrainingConfig(learning_rate=1e38 if what == "learning rate" else 1e-3)
    if what == "images":
        images = images.clone()
        images[5] = math.nan
    with pytest.raises(TrainingDiverged, match="learning rate"):
        for _ in train(*networks(config), images, config):
            pass


def test_it_trains_where_the_networks_are(images):
    """On a GPU where there is one; elsewhere the same lines run on the CPU."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    config = TrainingConfig(epochs=1)
    generator, discriminator = (network.to(device) for network in networks(config))
    last = list(train(generator, discriminator, images, config))[-1]
    assert math.isfinite(last.loss_d) and math.isfinite(last.loss_g)
