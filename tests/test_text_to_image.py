"""Text to image: sentences, recipe, losses, measures, and that the GAN follows new words."""

import functools
import math
from random import Random

import pytest
import torch

from gan_lesson import metrics
from gan_lesson.applications import text_to_image

load_digits = functools.cache(text_to_image.load_digits)


@functools.cache
def trained(steps=text_to_image.STEPS):
    networks = text_to_image.build_networks()
    records = list(text_to_image.train(networks, load_digits()[0], steps))
    return networks, records


def judged(images, digits, named):
    limits = text_to_image.thresholds(load_digits()[0])
    classifier = metrics.load_classifier("digits")
    return text_to_image.measure(images, digits, named, classifier, limits)


def test_sentences_say_what_they_should():
    random = Random(0)
    for held_out in (False, True):
        for digit in range(10):
            for named in ((0, 0, 0), (1, 2, 0), (2, 1, 2)):
                sentence = text_to_image.sentence_about(digit, named, random, held_out)
                text_to_image.check_sentence(sentence)  # one digit, known words, no opposites
                assert "{" not in sentence and "|" not in sentence
    made = {text_to_image.sentence_about(8, (0, 0, 0), random) for _ in range(100)}
    assert {"畫一個八", "幫我畫8", "draw an eight", "make me an 8", "show me a digit 8"} <= made


def test_no_held_out_sentence_was_trained_on():
    known = {each for some in text_to_image.training_sentences() for each in some}
    sentences, digits, named = text_to_image.held_out_questions(500)
    assert not known & set(sentences)
    words = text_to_image.WORDS["en"]["thin"]
    for digit, word in ((3, "thin"), (4, "skinny"), (5, "slim")):
        name = text_to_image.DIGITS["en"][digit]
        together = [each for each in known if word in each.split() and name in each.split()]
        assert not together and words[digit % 3] == word
    assert all(named.min(dim=0).values == 0) and digits.bincount().tolist() == [50] * 10


def test_tokens_by_hand():
    assert text_to_image.tokens("Draw a THIN ３!") == ["draw", "a", "thin", "3"]
    assert text_to_image.tokens("畫一個七") == ["畫", "一", "個", "七", "畫一", "一個", "個七"]


@pytest.mark.parametrize(
    "sentence, zh, en",
    [
        ("畫一個胖胖的", "0 個數字", "0 digits"),
        ("draw 3 and 5", "2 個數字", "2 digits"),
        ("畫三、五", "2 個數字", "2 digits"),
        ("畫一隻貓", "沒學過的字：隻、貓", "never learnt: 隻, 貓"),
        ("draw a thick 12", "沒學過的字：12", "never learnt: 12"),
        ("not a thick 3", "沒學過的字：not", "never learnt: not"),
        ("畫一個瘦瘦的、胖胖的三", "相反", "opposites"),
        ("draw a thin and fat three", "相反", "opposites"),
        ("", "0 個數字", "0 digits"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_both_languages(sentence, zh, en):
    with pytest.raises(text_to_image.SentenceError) as refusal:
        text_to_image.draw_sentences(text_to_image.build_networks(), ["畫一個七", sentence])
    assert zh in str(refusal.value) and en in str(refusal.value)


@pytest.mark.parametrize("sentence", ["畫一個一", "一個一", "draw a thin three", "7", "胖七"])
def test_what_can_be_drawn_is_not_refused(sentence):
    text_to_image.check_sentence(sentence)


def test_slant_height_and_darkness_by_hand():
    ink = torch.zeros(2, 28, 28)
    for row in range(10):
        ink[0, 5 + row, 14] = 1  # upright, one pixel wide
        ink[1, 5 + row, 20 - row] = 1  # one pixel to the left for each row down
    assert text_to_image.slant_of(ink).tolist() == pytest.approx([0, 1], abs=1e-5)
    assert text_to_image.height_of(ink).tolist() == [10, 10]
    assert text_to_image.darkness(ink).tolist() == pytest.approx([0.1, 0.1])
    moved = text_to_image.lean_and_scale(ink[:1], 0.4, 1)
    assert text_to_image.slant_of(moved).item() == pytest.approx(0.4, abs=0.05)


def test_the_data_are_what_their_traits_say_and_the_classifier_can_read_them():
    data, held_out = load_digits()
    assert data.images.shape == (11496, 1, 28, 28) and held_out.images.shape == (2880, 1, 28, 28)
    assert data.images.min() >= -1 and data.images.max() <= 1
    assert data.traits.double().mean(dim=0).tolist() == [0.5, 0.5, 0.5]
    real = judged(held_out.images, held_out.digits, held_out.traits + 1)
    assert min(real) > 0.95


def test_shapes_and_the_same_networks_each_time():
    before = torch.get_rng_state()
    first, second = text_to_image.build_networks(), text_to_image.build_networks()
    assert torch.get_rng_state().equal(before)
    for one, other in zip(first, second, strict=True):
        assert all(map(torch.equal, one.parameters(), other.parameters()))
    text = first.encoder(text_to_image.as_numbers(["畫一個七", "draw a thin three"]))
    assert text.shape == (2, text_to_image.TEXT_DIM)
    images = first.generator(torch.randn(2, text_to_image.Z_DIM), text)
    assert images.shape == (2, 1, 28, 28) and images.abs().max() <= 1
    real, seen = first.discriminator(images)
    assert real.shape == (2, 1) and seen.shape == text.shape


def test_requests_by_hand():
    asked, named = torch.tensor([3, 3, 5]), torch.tensor([[0, 0, 0], [2, 0, 1], [0, 0, 0]])
    fits = text_to_image.describes(
        asked, named, torch.tensor([3, 3]), torch.tensor([[1, 0, 0], [1, 0, 1]])
    )
    assert fits.tolist() == [[True, True, False], [True, False, False]]
    data = load_digits()[0]
    some = slice(0, None, 100)
    digits, traits = data.digits[some], data.traits[some]
    drawn = text_to_image.draw_requests(digits, traits, torch.Generator().manual_seed(0))
    right, wrong = text_to_image.describes(*drawn, digits, traits).chunk(2, dim=1)
    assert right.diagonal().all() and not wrong.diagonal().any()


def test_losses_by_hand():
    """Two images, one sure, one torn between its own sentence and a wrong one; one fits anyway."""
    seen = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    text = torch.tensor([[0.0, 0.0], [0.0, 1.0], [9.0, 0.0], [0.0, 5.0]])
    fits = torch.tensor([[1, 0, 1, 0], [0, 1, 1, 1]]).bool()
    loss = text_to_image.matching_loss(seen, text, fits)
    assert loss.item() == pytest.approx((math.log(3) + math.log(2)) / 2)
    images, z = torch.zeros(4, 1, 28, 28), torch.zeros(4, 16)
    same = text_to_image.variety_loss(images, images, z, z + 1)
    apart = text_to_image.variety_loss(images, images + 0.5, z, z + 1)
    assert same.item() == pytest.approx(20) and apart.item() == pytest.approx(1 / 0.55)


def test_the_measure_tells_planted_bad_images():
    held_out = load_digits()[1]
    images, digits, named = held_out.images[::9], held_out.digits[::9], held_out.traits[::9] + 1
    assert min(judged(images, digits, named)) > 0.9
    assert judged(images, (digits + 1) % 10, named).digit < 0.1
    assert max(judged(images, digits, 3 - named)[1:]) < 0.1
    unnamed = named * torch.tensor([1, 0, 1])
    assert math.isnan(judged(images, digits, unnamed).slant)


def test_a_second_run_gives_the_same_and_leaves_the_random_numbers_alone():
    before = torch.get_rng_state()
    _, first = trained.__wrapped__(30)
    _, second = trained.__wrapped__(30)
    assert first == second and len(first) == 30
    assert all(math.isfinite(now.loss_d + now.loss_g) for now in first)
    assert torch.get_rng_state().equal(before)


def test_the_gan_follows_sentences_it_has_never_seen():
    sentences, digits, named = text_to_image.held_out_questions(500)
    networks, _ = trained()
    drawn = judged(text_to_image.draw_sentences(networks, sentences), digits, named)
    order = torch.randperm(500, generator=torch.Generator().manual_seed(0))
    another = [sentences[number] for number in order]
    random = judged(text_to_image.draw_sentences(networks, another), digits, named)
    nearest = text_to_image.nearest_real_images(sentences, load_digits()[0])
    assert drawn.digit >= 0.9 and min(drawn[1:]) > 0.8
    assert random.digit < 0.2 and max(random[1:]) < 0.65
    assert judged(nearest, digits, named).digit < drawn.digit - 0.2
    seven = text_to_image.draw_sentences(networks, ["畫一個七"] * 40)
    assert metrics.spread(seven) > 4  # many sevens, not one


def test_training_brings_images_nearer_to_real_ones():
    held_out = load_digits()[1]
    sentences = text_to_image.held_out_questions(500)[0]

    def distance(networks):
        drawn = text_to_image.draw_sentences(networks, sentences).flatten(1)
        return metrics.energy_distance(drawn, held_out.images[::5].flatten(1))

    assert distance(trained()[0]) < distance(text_to_image.build_networks()) / 4


def test_figure():
    figure = text_to_image.show(text_to_image.build_networks(), ["畫一個七", "a thin 3"], columns=3)
    assert len(figure.axes) == 8
    text_to_image.plt.close("all")
