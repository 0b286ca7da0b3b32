"""The networks, the losses and the loop: the original's mathematics, repeatable and checked."""

import contextlib
import copy
import dataclasses
import inspect
import io
import math
import re
import types
import warnings

import cells
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from original import original_loop, original_networks

from gan_lesson import fast, losses, models, training
from gan_lesson.config import SETTINGS, SettingError, TrainingConfig, UnknownSetting
from gan_lesson.data import load_images
from gan_lesson.recipes import RECIPES
from gan_lesson.training import Progress, TrainingState, train
from gan_lesson.unfit import TrainingDiverged, UnfitError


@pytest.fixture(scope="module")
def images():
    return load_images("digits")[0]


def networks(config, package=models):
    torch.manual_seed(config.seed)
    return package.Generator(config.latent_dim), package.Discriminator()


def state_of(config, package=models):
    return TrainingState(*networks(config, package), config)


def compare_with_original(images, models=models, steps_of=lambda state: training.taught_steps):
    """Feed the original's loop and ours the same images, order and noise; assert equal results.

    steps_of: what makes the steps function for train() of a TrainingState.
    """
    steps = 60
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
    progress = train(state, images, steps=steps_of(state))
    ours = [(now.loss_d, now.loss_g) for _, now in zip(range(steps), progress, strict=False)]

    assert len(ours) == len(theirs) == steps
    torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs), rtol=1e-4, atol=1e-5)
    for ours, theirs in ((generator, their_generator), (discriminator, their_discriminator)):
        for mine, original in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(mine, original, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("steps_of", [lambda state: training.taught_steps, fast.TwoLayerSteps])
def test_same_losses_and_weights_as_the_original(images, steps_of):
    compare_with_original(images, steps_of=steps_of)


@pytest.mark.parametrize("name", ["discriminator_step", "generator_step"])
def test_train_takes_the_steps_that_lesson_04_writes(images, monkeypatch, name):
    def broken(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(training, name, broken)
    with pytest.raises(ZeroDivisionError):
        next(train(state_of(TrainingConfig()), images))


class Twice(models.Generator):
    def forward(self, z):
        return super().forward(2 * z)


def hooked(network):
    network.register_forward_hook(lambda network, inputs, p: p / 2)


def hooked_gradient(network):
    network.model[0].weight.register_hook(lambda gradient: 0 * gradient)


def frozen(network):
    network.model[0].weight.requires_grad_(False)


def without_bias(network):
    network.model[2].bias = None


def weight_normed(network):
    torch.nn.utils.parametrizations.weight_norm(network.model[0])


def weight_normed_as_before(network):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.nn.utils.weight_norm(network.model[0])


def another_layer(network):
    network.model[1] = torch.nn.Sigmoid()


CHANGES = [hooked, hooked_gradient, frozen, without_bias, weight_normed]
CHANGES += [weight_normed_as_before, another_layer]


@pytest.mark.parametrize("which", ["generator", "discriminator"])
@pytest.mark.parametrize("change", CHANGES)
def test_the_fast_steps_refuse_networks_that_they_would_train_otherwise(change, which):
    state = state_of(TrainingConfig(latent_dim=4))
    fast.TwoLayerSteps(state)
    change(getattr(state, which))
    with pytest.raises(fast.NotTwoLayers, match="taught_steps"):
        fast.TwoLayerSteps(state)


@pytest.mark.parametrize("which", ["generator", "discriminator"])
@pytest.mark.parametrize("change", [frozen, weight_normed_as_before])
def test_the_fast_steps_refuse_a_change_between_two_steps_too(change, which):
    state = state_of(TrainingConfig(latent_dim=4))
    steps = fast.TwoLayerSteps(state)
    steps(state, torch.zeros(8, 784), torch.zeros(8, 4))
    change(getattr(state, which))
    with pytest.raises(fast.NotTwoLayers, match="taught_steps"):
        steps(state, torch.zeros(8, 784), torch.zeros(8, 4))


def test_the_fast_steps_refuse_other_networks():
    config = TrainingConfig(latent_dim=4)
    discriminator = models.Discriminator()
    for other in (Twice(4), torch.nn.Sequential(torch.nn.Linear(4, 784))):
        with pytest.raises(fast.NotTwoLayers):
            fast.TwoLayerSteps(TrainingState(other, discriminator, config))


def sgd(state):
    state.optimizer_d = torch.optim.SGD(state.discriminator.parameters(), lr=0.1)


def rmsprop(state):
    state.optimizer_g = torch.optim.RMSprop(state.generator.parameters(), lr=1e-4)


def two_groups(state):
    first, second = state.discriminator.model[0], state.discriminator.model[2]
    groups = [{"params": first.parameters()}, {"params": second.parameters(), "lr": 1e-2}]
    state.optimizer_d = torch.optim.Adam(groups, fused=True)


def decay(state):
    state.optimizer_d.param_groups[0]["weight_decay"] = 0.1


def upwards(state):
    state.optimizer_g.param_groups[0]["maximize"] = True


def blunt(state):
    state.optimizer_d.param_groups[0]["eps"] = 0.01


def heavy(state):
    state.optimizer_g.param_groups[0]["betas"] = (0.5, 0.9)


def amsgrad(state):
    state.optimizer_g = torch.optim.Adam(state.generator.parameters(), amsgrad=True)


def a_scheduler(state):
    for group in state.optimizer_g.param_groups:
        group["lr"] *= 0.5


def cleared(state):
    state.optimizer_d.zero_grad(set_to_none=True)
    state.optimizer_g.zero_grad(set_to_none=True)


def clipped(state):
    def clip(*given):
        for weight in state.discriminator.parameters():
            weight.data.clamp_(-0.02, 0.02)

    state.optimizer_d.register_step_post_hook(clip)


ALIKE = [sgd, rmsprop, two_groups, decay, upwards, blunt, heavy, amsgrad, a_scheduler, cleared]
ALIKE += [clipped]


@pytest.mark.parametrize("change", ALIKE)
def test_what_a_student_changes_changes_the_fast_steps_alike(images, change):
    """Before the first step, and again after ten: the same weights as the taught steps give."""
    found = []
    for steps_of in (lambda state: training.taught_steps, fast.TwoLayerSteps):
        state = state_of(TrainingConfig(latent_dim=4))
        change(state)
        progress = train(state, images, steps=steps_of(state))
        for _ in range(10):
            next(progress)
        change(state)
        for _ in range(10):
            next(progress)
        found.append([each.detach() for each in state.generator.parameters()])
        found[-1] += [each.detach() for each in state.discriminator.parameters()]
    for taught, by_hand in zip(*found, strict=True):
        torch.testing.assert_close(by_hand, taught, rtol=1e-3, atol=1e-4)


def test_fast_steps_agree_where_the_discriminator_is_too_sure(images):
    """Where a probability rounds to 0 or 1, BCELoss gives no slope, and neither do we."""
    results = []
    for taught in (True, False):
        config = TrainingConfig(latent_dim=4, learning_rate=1e-3)
        generator, discriminator = networks(config)
        with torch.no_grad():
            discriminator.model[2].weight.mul_(3000)
        state = TrainingState(generator, discriminator, config)
        steps = training.taught_steps if taught else fast.TwoLayerSteps(state)
        z = torch.randn(64, 4, generator=torch.Generator().manual_seed(1))
        losses = [loss.item() for _ in range(3) for loss in steps(state, images[:64].flatten(1), z)]
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
        compare_with_original(images, steps_of=lambda state: package.taught_steps)


@pytest.mark.parametrize("mistake", MODEL_MISTAKES)
def test_a_mistake_in_the_networks_is_found(images, mistake):
    with pytest.raises(AssertionError):
        compare_with_original(images, models=rewritten(models, *MODEL_MISTAKES[mistake]))


@pytest.mark.parametrize("mistake", STEP_MISTAKES)
def test_a_mistake_in_the_steps_is_found(images, mistake):
    # Without `detach`, D's backward pass frees G's graph: the next step fails outright.
    with pytest.raises((AssertionError, RuntimeError)):
        broken = rewritten(training, *STEP_MISTAKES[mistake])
        compare_with_original(images, steps_of=lambda state: broken.taught_steps)


FAST_MISTAKES = {
    "labels": ("y[:count] = 1", "y[count:] = 1"),
    "the mean": ("1e-12)) / count", "1e-12)) / (2 * count)"),
    "tanh's slope": ("outer *= 1 - fake.square()", "outer *= 1"),
    "tanh": ("beta=2, alpha=2", "beta=1, alpha=2"),
    "relu's slope": (".mul_(hidden.sign())  #", "  #"),
    "the other label": ("p, 1, features", "p, 0, features"),
    "D's leak": ("min=leaky.negative_slope", "min=1"),
    "G's step": ("        step_with(state.optimizer_g, self.generator, gradients)\n", ""),
}


@pytest.mark.parametrize("mistake", FAST_MISTAKES)
def test_a_mistake_in_the_fast_steps_is_found(images, mistake):
    package = rewritten(fast, *FAST_MISTAKES[mistake])
    with pytest.raises((AssertionError, package.NotTwoLayers)):
        compare_with_original(images, steps_of=package.TwoLayerSteps)
    package.compare_with_autograd = lambda state: None  # and without its own comparison
    with pytest.raises(AssertionError):
        compare_with_original(images, steps_of=package.TwoLayerSteps)


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
        "paper": "auto",
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


def test_both_optimisers_have_the_settings_of_the_run():
    state = state_of(TrainingConfig(learning_rate=0.01, beta1=0.2, beta2=0.7))
    for optimizer in (state.optimizer_g, state.optimizer_d):
        (group,) = optimizer.param_groups
        assert (group["lr"], group["betas"]) == (0.01, (0.2, 0.7))


def test_progress_counts_and_prints_as_the_original(images):
    config = TrainingConfig(epochs=2, batch_size=1000)
    records = list(train(state_of(config), images))
    assert [(now.epoch, now.batch) for now in records] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    line = str(Progress(epoch=3, epochs=100, batch=200, batches=938, loss_d=1.23456, loss_g=0.5))
    assert line == "Epoch [3/100] Batch 200/938 Loss D: 1.2346, loss G: 0.5000"


def test_each_epoch_takes_every_image_once_in_an_order_of_its_own(images):
    state, orders = state_of(TrainingConfig(epochs=2, batch_size=1000)), []
    for _ in train(state, images):
        orders.append(state.order)
    assert [order.sort().values.equal(torch.arange(1797)) for order in orders] == 4 * [True]
    assert orders[0].equal(orders[1]) and not orders[0].equal(orders[2])


def test_the_same_seed_gives_the_same_bytes(images):
    def weights(seed):
        config = TrainingConfig(epochs=1, seed=seed)
        state = state_of(config)
        list(train(state, images))
        return b"".join(each.detach().numpy().tobytes() for each in state.generator.parameters())

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


def test_bytes_train_as_their_pixels_do(images):
    as_bytes = ((images + 1) * 127.5).round().byte()
    config = TrainingConfig(epochs=1)
    losses = [
        [now.loss_g for now in train(state_of(config), pictures)]
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


def test_a_setting_that_there_is_not_or_that_is_changed_is_told():
    with pytest.raises(UnknownSetting, match="no setting lr; there are: dataset, ") as caught:
        TrainingConfig(lr=1e-3)
    assert_bilingual(caught.value)
    config = TrainingConfig()
    with pytest.raises(UnknownSetting, match=r"TrainingConfig\(latent_dim=2\)") as caught:
        config.latent_dim = 2
    assert_bilingual(caught.value)
    assert config == TrainingConfig() == copy.deepcopy(config) != TrainingConfig(latent_dim=2)
    assert dataclasses.replace(config, latent_dim=2) == TrainingConfig(latent_dim=2)


def test_a_batch_larger_than_the_data_set_is_refused(images):
    config = TrainingConfig(batch_size=1798)
    with pytest.raises(SettingError, match="1797"):
        train(state_of(config), images)


def test_numbers_of_numpy_are_numbers():
    config = TrainingConfig(epochs=np.int64(3), learning_rate=np.float32(0.5), seed=np.uint8(7))
    assert config == TrainingConfig(epochs=3, learning_rate=0.5, seed=7)
    assert {type(value) for value in dataclasses.asdict(config).values()} == {int, float, str}


@pytest.mark.parametrize(
    ("count", "model", "batch_size", "epochs"),
    [
        (10, "mlp", 10, 5800),
        (30, "mlp", 30, 5800),
        (1797, "mlp", 64, 200),  # as of digits
        (60_000, "mlp", 64, 10),  # as of MNIST
        (65, "mlp", 63, 2900),  # no batch of one image
        (33, "dcgan", 31, 2900),
    ],
)
def test_defaults_suit_the_number_of_images(count, model, batch_size, epochs):
    config = TrainingConfig(dataset="mine", model=model, count=count)
    assert (config.batch_size, config.epochs) == (batch_size, epochs)
    given = TrainingConfig(dataset="mine", count=count, batch_size=5, epochs=7)
    assert given == TrainingConfig(dataset="mine", batch_size=5, epochs=7)


def test_every_recipe_has_its_settings_and_no_other():
    assert set(SETTINGS) == set(RECIPES)
    for model, settings in SETTINGS.items():
        config = TrainingConfig(model=model)
        assert settings.items() <= dataclasses.asdict(config).items()


def test_the_default_draws_with_the_average_and_the_original_does_not():
    assert TrainingConfig().ema == 0.999
    assert TrainingConfig.original().ema == 0


def misfits(images):
    """What is wrong, and what train() is given."""
    config, (generator, discriminator) = TrainingConfig(), networks(TrainingConfig())
    state = TrainingState(generator, discriminator, config)
    nan = images.clone()
    nan[5, 0, 3] = math.nan
    conditional = TrainingState(
        models.ConditionalGenerator(100), models.ConditionalDiscriminator(), config
    )
    unsure = TrainingState(models.ConvGenerator(100), torch.nn.Linear(783, 1), config)
    torn = torch.nn.Sequential(torch.nn.Linear(100, 256), torch.nn.Linear(128, 784))
    mean = models.Discriminator()
    mean.forward = lambda images: images.mean()
    returns_none = models.Generator(100)
    returns_none.forward = lambda z: None
    return {
        "pixels of 0 to 255": (state, (images + 1) * 127.5),
        "pixels in [0, 1]": (state, (images + 1) / 2),
        "whole numbers": (state, images.long()),
        "NaN": (state, nan),
        "images and labels": (state, (images, images)),
        "an array": (state, images.numpy()),
        "no images": (state, images[:0]),
        "a pixel": (state, images[0, 0, 0, 0]),
        "other shape": (state, images[..., :20]),
        "no state": (generator, images),
        "wrong way round": (TrainingState(discriminator, generator, config), images),
        "other latent_dim": (TrainingState(models.Generator(50), discriminator, config), images),
        "no condition": (conditional, images),
        "a condition too much": (state, images, torch.arange(1797)),
        "labels too few": (conditional, images, torch.arange(5)),
        "one label for all": (conditional, images, torch.tensor(3)),
        "labels with fractions": (conditional, images, torch.zeros(1797)),
        "complex numbers": (state, images.to(torch.complex64)),
        "sparse images": (state, images.to_sparse()),
        "sparse labels": (conditional, images, torch.arange(1797).to_sparse()),
        "labels in a list": (conditional, images, [0] * 1797),
        "D takes others": (unsure, images),
        "layers that do not fit": (TrainingState(torn, discriminator, config), images),
        "forward without return": (TrainingState(returns_none, discriminator, config), images),
        "one verdict for all": (TrainingState(generator, mean, config), images),
        "labels from 1 to 10": (conditional, images, torch.arange(1797) % 10 + 1),
    }


@pytest.mark.parametrize("what", misfits(torch.zeros(1797, 1, 28, 28)))
def test_what_does_not_fit_is_said_before_the_first_step(images, what):
    state, *given = misfits(images)[what]
    with pytest.raises(UnfitError) as caught:
        train(state, *given)
    assert_bilingual(caught.value)


def assert_bilingual(error):
    """In both languages; and that is all a notebook shows of it."""
    assert re.search("[\u4e00-\u9fff]", error.zh)
    assert not re.search("[\u4e00-\u9fff]", error.en) and len(error.en) > 20
    assert shown(error) == f"{type(error).__name__}: {error.zh}\n{error.en}"


def shown(error):
    """What a notebook shows of an error below the cell."""
    shell = InteractiveShell.instance()
    shell.user_ns["error"] = error
    with contextlib.redirect_stdout(io.StringIO()) as page:
        shell.run_cell("raise error")
    return page.getvalue().rstrip()


def no_steps(*given):
    """Steps without their return."""


def returning(losses):
    return lambda state, real, z: losses


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (None, "NoneType"),
        ((torch.tensor(1.0), torch.tensor(1.0)), "without brackets"),
        (lambda state, real: (1.0, 1.0), "steps(state, real, z)"),
        (no_steps, "return loss_d, loss_g; these return NoneType"),
        (returning(torch.tensor(1.0)), "()"),
        (returning((1.0, 2.0, 3.0)), "float, float, float"),
        (returning((torch.ones(64, 1), torch.tensor(1.0))), "(64, 1), ()"),
        (returning((torch.tensor(1.0), None)), "(), NoneType"),
    ],
)
def test_steps_that_are_none_are_told_so(images, steps, words):
    with pytest.raises(UnfitError) as caught:
        next(train(state_of(TrainingConfig()), images, steps=steps))
    assert words in caught.value.en
    assert_bilingual(caught.value)


@pytest.mark.parametrize(
    ("epoch", "words"), [(3, "epoch=one_epoch; this is a int"), (lambda: 1, "epoch(state, take)")]
)
def test_an_epoch_that_is_none_is_told_so(images, epoch, words):
    with pytest.raises(UnfitError) as caught:
        train(state_of(TrainingConfig()), images, epoch=epoch)
    assert words in caught.value.en
    assert_bilingual(caught.value)


def without_sigmoid(state):
    state.discriminator.model = state.discriminator.model[:3]


def frozen_generator(state):
    frozen(state.generator)


def frozen_discriminator(state):
    state.discriminator.requires_grad_(False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_sigmoid, "Sigmoid"),
        (frozen_generator, "generator has frozen weights"),
        (frozen_discriminator, "discriminator has frozen weights"),
    ],
)
def test_networks_that_the_taught_steps_cannot_train_are_told_so(images, change, words):
    state = state_of(TrainingConfig())
    change(state)
    with pytest.raises(UnfitError) as caught:
        next(train(state, images))
    assert words in caught.value.en
    assert_bilingual(caught.value)


def test_a_notebook_shows_where_training_was_stopped(images):
    def stopped(state, real, z):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        next(train(state_of(TrainingConfig()), images, steps=stopped))
    told = "KeyboardInterrupt: 停在第 0 回合第 0 批\nstopped in epoch 0, batch 0"
    assert shown(caught.value) == told


def test_training_without_gradients_is_told_so(images):
    with torch.no_grad(), pytest.raises(UnfitError, match="out of it") as caught:
        next(train(state_of(TrainingConfig()), images))
    assert_bilingual(caught.value)


def test_the_rest_of_torchs_errors_are_the_steps_own(images):
    def mistaken(state, real, z):
        return z @ real

    with pytest.raises(RuntimeError, match="shapes"):
        next(train(state_of(TrainingConfig()), images, steps=mistaken))


def test_numbers_of_64_bits_train_like_others(images):
    config = TrainingConfig(epochs=1)
    losses = [
        [now.loss_g for now in train(state_of(config), pictures)]
        for pictures in (images, images.double())
    ]
    assert losses[0] == losses[1]


def new_layer(state):
    state.discriminator.model[2] = torch.nn.Linear(128, 1)


def one_layer_more(state):
    state.generator.model.insert(1, torch.nn.Linear(128, 128))


@pytest.mark.parametrize("change", [new_layer, one_layer_more])
def test_a_layer_that_the_state_does_not_hold_is_told(images, change):
    state = state_of(TrainingConfig())
    change(state)
    with pytest.raises(UnfitError, match="new state") as caught:
        train(state, images)
    assert_bilingual(caught.value)


@pytest.mark.parametrize("given", [models.Generator, None, torch.nn.Sequential(), "generator"])
def test_a_state_needs_networks_with_weights(given):
    with pytest.raises(UnfitError) as caught:
        TrainingState(given, models.Discriminator(), TrainingConfig())
    assert_bilingual(caught.value)


def test_a_state_needs_a_configuration():
    with pytest.raises(UnfitError, match="TrainingConfig"):
        TrainingState(*networks(TrainingConfig()), {"latent_dim": 100})


def test_nan_stops_training_and_says_why(images):
    with pytest.raises(TrainingDiverged, match="learning rate"):
        for _ in train(state_of(TrainingConfig(learning_rate=1e38)), images):
            pass


def test_asking_the_networks_changes_nothing(images):
    """train() asks both networks about one image before it begins."""
    state = TrainingState(models.DeepGenerator(100), models.DeepDiscriminator(), TrainingConfig())
    before = {name: value.clone() for name, value in state.generator.state_dict().items()}
    random, mine = torch.get_rng_state(), state.random.get_state()
    train(state, images)
    assert all(before[name].equal(now) for name, now in state.generator.state_dict().items())
    assert state.generator.training
    assert random.equal(torch.get_rng_state()) and mine.equal(state.random.get_state())


def test_it_trains_where_the_networks_are(images):
    """On a GPU where there is one; elsewhere the same lines run on the CPU."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    config = TrainingConfig(epochs=1)
    state = TrainingState(*(network.to(device) for network in networks(config)), config)
    last = list(train(state, images))[-1]
    assert math.isfinite(last.loss_d) and math.isfinite(last.loss_g)


@pytest.mark.parametrize("name", ["discriminator_loss", "generator_loss"])
def test_a_loss_changed_in_lesson_04_trains(name, images):
    def trained(here):
        state = here.new_state()
        for _, _ in zip(range(4), train(state, images, steps=here.taught_steps), strict=False):
            pass
        return torch.cat([each.flatten() for each in state.generator.parameters()])

    loss = getattr(cells.load("04_training_loop"), name)
    changed = {name: lambda *given: loss(*given).square()}
    cells.assert_the_cells_train("04_training_loop", trained, **changed)
