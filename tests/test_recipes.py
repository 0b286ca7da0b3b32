"""The GANs of lesson 09: what each is made of, that it learns, and that a run can be continued."""

import collections
import json
import subprocess
import sys
import types

import cells
import pytest
import torch
from torch.nn.functional import softplus
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gan_lesson import RESULTS, data, losses, metrics, models, recipes, runs, training
from gan_lesson.config import SettingError, TrainingConfig
from gan_lesson.training import TrainingState
from gan_lesson.unfit import UnfitError

every_recipe = pytest.mark.parametrize("model", recipes.RECIPES)


@pytest.fixture(scope="module")
def digits():
    return data.load_images("digits")


def trained(model, digits, batches, **given):
    """The state of a recipe after so many batches of real digits."""
    state = runs.start(recipes.build_networks, TrainingConfig(model=model, **given))
    for _, _ in zip(range(batches), recipes.train(state, *digits), strict=False):
        pass
    return state


def weights(network):
    return torch.cat([parameter.flatten() for parameter in network.parameters()])


@every_recipe
def test_shapes_and_ranges(model):
    generator, discriminator = recipes.build_networks(TrainingConfig(model=model, latent_dim=3))
    labels = [torch.arange(4)] if recipes.RECIPES[model].conditional else []
    images = generator(torch.randn(4, 3), *labels)
    assert images.shape == (4, 784) and images.abs().max() <= 1
    assert discriminator(images, *labels).shape == (4, 1)


@every_recipe
def test_a_continued_run_is_the_same_run(model, digits, tmp_path):
    whole = trained(model, digits, 9, epochs=1)
    state = trained(model, digits, 4, epochs=1)
    runs.save_checkpoint(tmp_path / "checkpoint.pt", state)
    torch.manual_seed(99)
    state = runs.resume(tmp_path, recipes.build_networks)
    for _, _ in zip(range(5), recipes.train(state, *digits), strict=False):
        pass
    assert weights(state.generator).equal(weights(whole.generator))
    assert weights(state.discriminator).equal(weights(whole.discriminator))
    z = torch.randn(5, 100)
    assert runs.sample(state.drawer, z).equal(runs.sample(whole.drawer, z))


@pytest.mark.parametrize("model", [name for name in recipes.RECIPES if name != "mlp"])
def test_each_step_moves_its_own_network(model, digits):
    state = runs.start(recipes.build_networks, TrainingConfig(model=model))
    labels = [digits[1][:64]] if recipes.RECIPES[model].conditional else []
    real, z = digits[0][:64].flatten(1), torch.randn(64, 100)
    for batch in range(3 if model == "wgan-gp" else 1):
        before_g, before_d = weights(state.generator), weights(state.discriminator)
        state.batch = batch
        recipes.RECIPES[model].steps(state, real, z, *labels)
        assert not weights(state.discriminator).equal(before_d)
        assert weights(state.generator).equal(before_g) == (batch > 0)


@every_recipe
@pytest.mark.parametrize("count, size", [(1797, 449), (65, 32), (64, 1)])
def test_a_last_batch_of_one_image_trains_or_is_refused_at_once(model, count, size, digits):
    images, labels = (each[:count] for each in digits)
    config = TrainingConfig(model=model, batch_size=size, epochs=1)
    state = runs.start(recipes.build_networks, config)
    state.order, state.batch = torch.arange(count), (count - 1) // size
    if model in ("mlp", "dcgan"):  # no batch norm, or one of 49 places an image
        (now,) = recipes.train(state, images, labels)
        assert now.loss_d > 0
        return
    with pytest.raises(SettingError) as error:
        recipes.train(state, images, labels)
    assert error.value.setting == "batch_size" and str(count) in str(error.value)


def test_a_name_that_is_no_recipe_is_told_the_names():
    with pytest.raises(SettingError, match="wgan-gp") as error:
        TrainingConfig(model="stylegan")
    assert error.value.setting == "model"


def test_settings_given_go_before_those_of_the_recipe():
    assert TrainingConfig(model="r3gan").beta2 == 0.99
    assert TrainingConfig(model="r3gan", beta2=0.9).beta2 == 0.9
    assert TrainingConfig(model="hinge").learning_rate == 5e-4
    assert TrainingConfig(model="hinge", ema=0).ema == 0


def test_the_terminal_knows_every_recipe(tmp_path):
    command = [sys.executable, "-m", "gan_lesson", "train"]
    told = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
    for model in recipes.RECIPES:
        assert model in "".join(told.split())  # lines may break at a hyphen
    run = [*command, "--model", "conditional", "--epochs", "1", "--out", tmp_path / "run"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    drawn = [sys.executable, "-m", "gan_lesson", "sample", tmp_path / "run"]
    done = subprocess.run([*drawn, "--out", tmp_path / "ten.png"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    bad = subprocess.run([*command, "--model", "best"], capture_output=True, text=True)
    assert bad.returncode == 2 and "--model" in bad.stderr and "dcgan" in bad.stderr


def test_the_average_follows_and_draws(digits):
    state = trained("deep-mlp", digits, 30)
    assert not weights(state.drawer).equal(weights(state.generator))
    alone = trained("deep-mlp", digits, 30, ema=0.0)
    assert alone.drawer is alone.generator
    assert weights(alone.generator).equal(weights(state.generator))  # it only watches
    # by hand: one step further; after 30 steps it still keeps 31/40 of what it was, not 0.999
    before = {name: value.clone() for name, value in state.drawer.state_dict().items()}
    state.average.update_parameters(state.generator)
    now, goal = state.drawer.state_dict(), state.generator.state_dict()
    for name, value in before.items():  # what batch norm has seen, too
        if value.is_floating_point():
            expected = 31 / 40 * value + 9 / 40 * goal[name]
            assert torch.allclose(now[name], expected, atol=1e-6), name


def test_drawing_leaves_a_generator_as_it_is(digits):
    generator = trained("dcgan", digits, 2).generator
    assert generator.training
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    z = torch.randn(8, 100)
    alone, together = runs.sample(generator, z[:1]), runs.sample(generator, z)[:1]
    assert torch.allclose(alone, together, atol=1e-5)  # whatever else is in the batch
    assert generator.training
    assert all(before[name].equal(value) for name, value in generator.state_dict().items())


def test_a_conditional_generator_draws_in_turn_or_what_is_asked():
    generator = models.ConditionalGenerator(5).eval()
    z = torch.randn(12, 5)
    in_turn = generator(z)
    assert in_turn.equal(generator(z, torch.tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])))
    assert not in_turn.equal(generator(z, torch.zeros(12, dtype=torch.int64)))


def test_a_conditional_gan_takes_ten_labels(digits):
    state = runs.start(recipes.build_networks, TrainingConfig(model="conditional"))
    images, labels = digits[0], digits[1].clone()
    labels[5] = 10
    for given in (labels, None):
        with pytest.raises(UnfitError, match="0 to 9"):
            recipes.train(state, images, given)


@pytest.mark.parametrize("model", recipes.RECIPES)
def test_swapped_networks_and_another_latent_dim_are_told_of_each_recipe(model, digits):
    recipe, config = recipes.RECIPES[model], TrainingConfig(model=model, latent_dim=10)
    generator, discriminator = recipe.networks(10)
    given = digits[0], digits[1] if recipe.conditional else None
    with pytest.raises(UnfitError, match="the wrong way round"):
        training.train(TrainingState(discriminator, generator, config), *given)
    state = TrainingState(recipe.networks(20)[0], discriminator, config)
    with pytest.raises(UnfitError, match=r"of 20 numbers, and config\.latent_dim is 10"):
        training.train(state, *given)


def test_a_label_stands_behind_z():
    """As in the weights that are stored, in the lesson and in the page."""
    generator = models.ConditionalGenerator(5).eval()
    generator.model[0].weight.data[:, 5:] = 0
    z = torch.randn(10, 5)
    assert generator(z, torch.zeros(10, dtype=torch.int64)).equal(generator(z))
    assert not generator(z + 1).equal(generator(z))


def test_spectral_norm_bounds_the_slope():
    _, discriminator = recipes.build_networks(TrainingConfig(model="hinge"))
    for _ in range(50):  # each forward pass in training mode brings the estimate closer
        discriminator(torch.randn(2, 784))
    discriminator.eval()
    layers = [layer for layer in discriminator.model if hasattr(layer, "weight")]
    for layer in layers:
        assert torch.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1, abs=0.05)
    a, b = torch.randn(100, 784), torch.randn(100, 784)
    assert ((discriminator(a) - discriminator(b)).norm(dim=1) <= (a - b).norm(dim=1)).all()
    with torch.no_grad():
        grown = layers[0].parametrizations.weight.original.mul_(100)
    assert torch.linalg.matrix_norm(grown, 2) > 50  # what would stretch without it
    assert torch.linalg.matrix_norm(layers[0].weight, 2).item() == pytest.approx(1, abs=0.05)


def test_new_losses_by_hand():
    real, fake = torch.tensor([[2.0], [0.5]]), torch.tensor([[-2.0], [0.0]])
    # real: 2 is past 1 and free, 0.5 lacks 0.5; fake: -2 is free, 0 lacks 1
    assert losses.hinge_discriminator_loss(real, fake).item() == pytest.approx(0.25 + 0.5)
    expected = (softplus(torch.tensor(-4.0)) + softplus(torch.tensor(-0.5))) / 2
    assert losses.relativistic_loss(real, fake).item() == pytest.approx(expected.item())
    assert losses.relativistic_loss(fake, real) > losses.relativistic_loss(real, fake)


def test_the_penalty_is_the_squared_slope():
    slope = torch.tensor([[3.0, 4.0]])
    points = torch.randn(7, 2)
    weight = slope.clone().requires_grad_()
    penalty = losses.zero_centred_gradient_penalty(lambda x: x @ weight.T, points)
    assert penalty.item() == pytest.approx(25)
    penalty.backward()  # it can be trained: its own gradient is twice the weight
    assert torch.allclose(weight.grad, 2 * slope)
    assert losses.zero_centred_gradient_penalty(lambda x: 0 * x.sum(1), points).item() == 0


def test_r3gan_penalises_slopes_at_real_and_at_fake_images():
    state = types.SimpleNamespace(discriminator=lambda x: x.square().sum(dim=1) / 2)  # slope: x
    real, fake = torch.full((3, 4), 0.5), torch.full((3, 4), 1.5)  # of length 1 and 3
    penalty = recipes.r1_r2_penalty(state, real, fake)
    assert penalty.item() == pytest.approx(recipes.GAMMA / 2 * (1**2 + 3**2))


def slopes(discriminator, points):
    """How steep a discriminator is at each of the points (N, K): (N,)."""
    points = points.detach().requires_grad_()
    return torch.autograd.grad(discriminator(points).sum(), points)[0].norm(dim=1)


def test_what_both_networks_of_lesson_09_pay_by_hand(digits):
    """Each loss from its formula, with the numbers that the first step draws."""
    for model in ("deep-mlp", "dcgan", "wgan-gp", "r3gan"):
        state = runs.start(recipes.build_networks, TrainingConfig(model=model))
        real, z = digits[0][:64].flatten(1), torch.randn(64, 100)
        share = torch.rand(64, 1, generator=torch.Generator().manual_seed(0))  # the run's seed
        fake, d = state.generator(z), state.discriminator
        logits_real, logits_fake = d(real), d(fake)
        if model == "wgan-gp":
            between = share * real + (1 - share) * fake
            expected = logits_fake.mean() - logits_real.mean()
            expected = expected + 10 * (slopes(d, between) - 1).square().mean()
        elif model == "r3gan":
            r1, r2 = (slopes(d, points).square().mean() for points in (real, fake))
            expected = softplus(logits_fake - logits_real).mean() + recipes.GAMMA / 2 * (r1 + r2)
        else:
            expected = softplus(-logits_real).mean() + softplus(logits_fake).mean()
        loss_d, loss_g = recipes.RECIPES[model].steps(state, real, z)
        assert loss_d.item() == pytest.approx(expected.item(), rel=1e-4), model
        logits_real, logits_fake = d(real), d(fake)  # after D's step, before G's
        expected = {
            "wgan-gp": -logits_fake.mean(),
            "r3gan": softplus(logits_real - logits_fake).mean(),
        }.get(model, softplus(-logits_fake).mean())
        assert loss_g.item() == pytest.approx(expected.item(), rel=1e-4), model


@every_recipe
def test_the_seed_fixes_the_first_weights(model):
    first, again, other = (
        runs.start(recipes.build_networks, TrainingConfig(model=model, seed=seed))
        for seed in (1, 1, 2)
    )
    for name in ("generator", "discriminator"):
        weights_of = [weights(getattr(state, name)) for state in (first, again, other)]
        assert weights_of[0].equal(weights_of[1]) and not weights_of[0].equal(weights_of[2])


class WrongDigits(torch.nn.Module):
    """Draws a light picture where a dark one is asked for, and the other way round."""

    def __init__(self):
        super().__init__()
        self.nothing = torch.nn.Parameter(torch.zeros(()))

    def forward(self, z, labels):
        return 0.03 * (1 - 2 * (labels % 2))[:, None].expand(-1, 784) + 0 * self.nothing


def test_a_conditional_discriminator_sees_what_belongs_to_a_label():
    """Real and fake are the same pictures: dark and light, and only their labels are different."""
    labels = torch.arange(640) % 10
    images = (0.03 * (2 * (labels % 2) - 1)).view(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    config = TrainingConfig(model="conditional", ema=0, epochs=10)
    _, discriminator = recipes.build_networks(config)
    state = TrainingState(WrongDigits(), discriminator, config)
    *_, last = recipes.train(state, images, labels)
    assert last.loss_d < 0.2  # log 4 is 1.39, which is all that guessing gets


class NoDoubles(TorchDispatchMode):
    """A device without 64-bit decimals, as Apple's GPUs are."""

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        found = function(*arguments, **named or {})
        for each in tree_leaves(found):
            assert not isinstance(each, torch.Tensor) or each.dtype != torch.float64, function
        return found


@every_recipe
def test_no_recipe_asks_for_64_bit_decimals(model, digits):
    with NoDoubles():
        state = trained(model, digits, 4)
        assert runs.sample(state.drawer, torch.randn(2, 100)).isfinite().all()
    with pytest.raises(AssertionError), NoDoubles():
        torch.ones(3).double()


@every_recipe
def test_every_recipe_learns(model, digits):
    """A little training brings the samples closer to real digits, in the eyes of the judge."""
    judge = metrics.load_classifier("digits")
    distances = []
    for batches in (1, 300):
        state = trained(model, digits, batches, ema=0.0)
        images = runs.sample(state.drawer, runs.fixed_noise(state.config, 500))
        distances.append(metrics.measure(images, judge).frechet_distance)
    assert distances[1] < 0.6 * distances[0], distances


@every_recipe
def test_the_stored_contest_has_three_seeds_of_every_recipe(model):
    rows = json.loads((RESULTS / "models.json").read_text())
    rate = TrainingConfig(model=model).learning_rate
    wanted = {"dataset": "digits", "model": model, "learning_rate": rate}
    found = [row for row in rows if row.items() >= wanted.items()]
    assert [row["seed"] for row in found] == [0, 1, 2]
    for row in found:
        assert {"FD", "IS", "precision", "recall", "coverage", "copied"} <= row["last"].keys()
        assert row["last"].keys() == row["average"].keys()
        assert ("asked" in row["last"]) == recipes.RECIPES[model].conditional


# --- lesson 09's cells ---


def trained_by_its_cell(model, digits):
    """From the definitions of lesson 09 to G's weights after 4 of the steps that its cell takes."""
    (source,) = (each for each in cells.sources("09_better_gans") if f'compete("{model}"' in each)

    def trained_in(here):
        found = collections.defaultdict(dict)

        def compete(name, networks, steps, condition=None, every=300):
            torch.manual_seed(0)
            state = TrainingState(*networks(100), TrainingConfig(model=name, batch_size=32))
            progress = training.train(state, digits[0], condition, steps=steps)
            for _, _ in zip(range(4), progress, strict=False):
                pass
            found[name] = collections.defaultdict(dict, weights=weights(state.generator))

        here.compete, here.results, here.labels = compete, found, digits[1]
        here.show_scores = lambda *given: None
        exec(source, vars(here))
        return found[model]["weights"]

    return trained_in


@pytest.mark.parametrize(
    "model, names",
    [
        ("deep-mlp", "minimax_discriminator_loss, non_saturating_generator_loss"),
        ("dcgan", "minimax_discriminator_loss, non_saturating_generator_loss"),
        ("conditional", "minimax_discriminator_loss, non_saturating_generator_loss"),
        ("wgan-gp", "wasserstein_critic_loss, wasserstein_generator_loss, gradient_penalty"),
        ("hinge", "hinge_discriminator_loss, wasserstein_generator_loss"),
        ("r3gan", "relativistic_loss, zero_centred_gradient_penalty"),
    ],
)
def test_a_loss_changed_in_its_cell_trains(model, names, digits):
    for name in names.split(", "):
        loss = getattr(cells.load("09_better_gans"), name)
        cells.assert_the_cells_train(
            "09_better_gans",
            trained_by_its_cell(model, digits),
            **{name: lambda *given, loss=loss: loss(*given).square()},
        )
