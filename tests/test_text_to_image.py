"""Text to image: sentences, the recipe, the measure, the rival, and the notebook's cells."""

import functools
import math

import cells
import pytest
import torch

from gan_lesson.applications import text_to_image

load = functools.cache(text_to_image.load)


def test_sentences_say_what_they_should():
    say = text_to_image.say
    assert say(7, (1, 1), "zh") == "粗粗的、斜斜的七"
    assert say(7, (1, 1), "en") == "a bold, slanted seven"
    assert say(8, (0, 0), "en", (False, False)) == "an eight"
    assert say(8, (0, 0), "en", (False, True)) == "an upright eight"
    assert say(1, (0, 0), "en", (False, False)) == "a one"
    assert say(0, (0, 1), "zh", (True, False)) == "細細的零"
    taught = load()[0]
    sentences = text_to_image.describe(
        taught.digits[:300], taught.traits[:300], torch.Generator().manual_seed(0)
    )
    chinese = [sentence for sentence in sentences if not sentence.isascii()]
    assert 100 < len(chinese) < 200
    for sentence in sentences:
        text_to_image.check_sentence(sentence)


def test_tokens_by_hand():
    assert text_to_image.tokens("A BOLD, thin ３!") == ["a", "bold", "thin", "3"]
    assert text_to_image.tokens("一個粗粗的七") == ["粗", "粗", "的", "七"]
    assert len(set(text_to_image.VOCABULARY)) == 28


@pytest.mark.parametrize(
    "sentence, zh, en",
    [
        ("粗粗的", "0 個數字", "0 digits"),
        ("三五", "2 個數字", "2 digits"),
        ("粗粗的貓", "沒學過的詞：貓", "never learned: 貓"),
        ("not a bold three", "沒學過的詞：not", "never learned: not"),
        ("細細的、粗粗的三", "相反", "opposites"),
        ("a thin, bold three", "相反", "opposites"),
        ("斜斜的 upright 三", "相反", "opposites"),
        ("", "0 個數字", "0 digits"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_both_languages(sentence, zh, en):
    with pytest.raises(text_to_image.SentenceError) as refusal:
        text_to_image.check_sentence(sentence)
    assert zh in refusal.value.zh and en in refusal.value.en


def test_slant_and_weight_by_hand():
    ink = torch.zeros(2, 28, 28)
    for row in range(10):
        ink[0, 5 + row, 14] = 1  # upright, one pixel wide
        ink[1, 5 + row, 20 - row] = 1  # one pixel to the left for each row down
    assert text_to_image.slant(ink).tolist() == pytest.approx([0, 1], abs=1e-5)
    assert text_to_image.weight(ink).tolist() == pytest.approx([0.1, 0.1])
    moved = text_to_image.lean(ink[:1], torch.tensor([0.4]))
    assert text_to_image.slant(moved).item() == pytest.approx(0.4, abs=0.05)


def test_one_way_of_each_digit_is_never_taught():
    taught, exam = load()
    assert exam.images.shape == (1440, 1, 28, 28) and len(taught.images) == 1437 * 3
    assert taught.images.min() >= -1 and taught.images.max() <= 1
    assert not text_to_image.never_taught(taught.digits, taught.traits).any()
    new = text_to_image.never_taught(exam.digits, exam.traits)
    assert new.double().mean().item() == pytest.approx(1 / 4)
    ways = torch.cat([exam.digits[:, None], exam.traits], dim=1)[new].unique(dim=0).tolist()
    assert len(ways) == 10 and [4, 0, 0] in ways


def test_the_measure_tells_planted_bad_images():
    taught, exam = load()
    assert min(text_to_image.measure(exam.images, exam, taught)[:3]) > 0.9
    other = exam._replace(digits=(exam.digits + 1) % 10)
    assert text_to_image.measure(exam.images, other, taught).digit < 0.1
    other = exam._replace(traits=1 - exam.traits)
    obeyed = text_to_image.measure(exam.images, other, taught)
    assert max(obeyed.weight, obeyed.slant, obeyed.all) < 0.1 and obeyed.digit > 0.9


def test_the_rival_is_near_the_ceiling_on_what_was_taught_and_lacks_the_rest():
    taught, exam = load()
    new = text_to_image.never_taught(exam.digits, exam.traits)
    random = torch.Generator().manual_seed(0)
    for chosen, low, high in ((~new, 0.85, 1), (new, 0, 0.2)):
        found = text_to_image.look_up(exam.at(chosen), taught, random)
        obeyed = text_to_image.measure(found, exam.at(chosen), taught)
        assert low <= obeyed.all <= high and obeyed.digit > 0.95


def test_variety_by_hand():
    real = load()[0].images[:20]
    same = real[:1].expand(20, -1, -1, -1)
    assert text_to_image.variety(real, real) == pytest.approx(1)
    assert text_to_image.variety(same, real) == pytest.approx(0, abs=0.01)
    assert text_to_image.variety(real / 2, real) == pytest.approx(0.5)


def test_figure():
    images = load()[0].images
    figure = text_to_image.show({"七": images[:3], "a three": images[3:6]})
    assert len(figure.axes) == 6
    text_to_image.plt.close("all")


# --- the notebook's cells ---


@functools.cache
def notebook():
    return cells.load("applications/text_to_image")


def trained(here, count):
    """What the notebook's generator draws of three sentences after so many of its steps."""
    taught = load()[0]
    sentences = text_to_image.describe(
        taught.digits, taught.traits, torch.Generator().manual_seed(0)
    )
    torch.manual_seed(0)
    state = cells.train(
        here,
        here.WordGenerator(),
        here.WordDiscriminator(),
        taught.images,
        here.bag(sentences),
        steps=here.matching_steps,
        count=count,
        latent_dim=here.LATENT_DIM,
        epochs=here.EPOCHS,
        ema=0.99,
    )
    return here.draw(state.drawer, ["粗粗的七", "a thin three", "八"])


def test_a_bag_by_hand():
    bags = notebook().bag(["粗粗的、斜斜的七", "a slanted, bold seven", "a bold, slanted seven"])
    assert bags.shape == (3, 28) and bags.sum(dim=1).tolist() == [3, 3, 3]
    assert bags[1].equal(bags[2]) and not bags[0].equal(bags[1])
    with pytest.raises(text_to_image.SentenceError):
        notebook().bag(["a cat"])


def test_shapes_and_words_are_added_up():
    here = notebook()
    z = torch.randn(2, here.LATENT_DIM)
    words = here.bag(["七", "a thin three"])
    image = here.WordGenerator()(z, words)
    assert image.shape == (2, 1, 28, 28) and image.abs().max() <= 1
    assert here.WordDiscriminator()(image, words).shape == (2,)
    generator = here.WordGenerator()
    vectors = generator.text.weight.T[words[1].bool()]
    assert torch.allclose(generator.text(words)[1], vectors.sum(dim=0), atol=1e-6)


def test_losses_by_hand():
    """A discriminator that cannot decide: log 2 for each pair, the last two counted half."""
    here, zeros, large = notebook(), torch.zeros(4), torch.full((4,), 50.0)
    loss = here.matching_discriminator_loss(zeros, zeros, zeros).item()
    assert loss == pytest.approx(2 * math.log(2))
    assert here.matching_discriminator_loss(large, -large, -large).item() == pytest.approx(0)
    for wrong in ((-large, -large, -large), (large, large, -large), (large, -large, large)):
        assert here.matching_discriminator_loss(*wrong).item() > 20
    assert here.matching_generator_loss(zeros).item() == pytest.approx(math.log(2))


def test_the_cells_train():
    cells.assert_the_cells_train(
        "applications/text_to_image",
        lambda here: trained(here, 4),
        matching_discriminator_loss=lambda real, wrong, fake: (fake - real).mean(),
    )
