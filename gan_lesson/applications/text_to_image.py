"""Text to image: a few words in Chinese or English in, handwritten digits that fit them out.

The data, the measure and the figure; the networks, the losses and the training stand in the
notebook. Its idea is that of Reed et al. 2016, "Generative Adversarial Text to Image Synthesis".
"""

import re
import unicodedata
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from matplotlib.layout_engine import ConstrainedLayoutEngine
from torch.nn.functional import affine_grid, grid_sample, interpolate, max_pool2d

from gan_lesson import BilingualError, plots
from gan_lesson.data import load_images
from gan_lesson.metrics import load_classifier

SIZE = 28
# What can be said of a digit: its name, and one word of each of two pairs.
DIGITS = {
    "zh": tuple("零一二三四五六七八九"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}
PAIRS = {
    "zh": (("細", "粗"), ("直", "斜")),
    "en": (("thin", "bold"), ("upright", "slanted")),
}
VOCABULARY = [
    word
    for language in ("zh", "en")
    for word in (*DIGITS[language], *(word for pair in PAIRS[language] for word in pair))
]


# --- the sentences ------------------------------------------------------------------------------


class SentenceError(BilingualError, ValueError):
    """A sentence that cannot be drawn, and why."""


def say(digit, traits, language, named=(True, True)):
    """「粗粗的、斜斜的七」 or "a bold, slanted seven"; named: which of the two traits it tells."""
    pairs = zip(PAIRS[language], traits, named, strict=True)
    words = [pair[trait] for pair, trait, told in pairs if told]
    if language == "zh":
        return "、".join(f"{word * 2}的" for word in words) + DIGITS["zh"][digit]
    sentence = " ".join(["a", ", ".join(words), DIGITS["en"][digit]]).replace("  ", " ")
    return re.sub(r"^a (?=[aeiou](?!ne))", "an ", sentence)


def describe(digits, traits, random):
    """A sentence for each image: either language, each trait told with a chance of 2/3."""
    told = torch.rand(len(digits), 3, generator=random)
    return [
        say(digit, pair, "zh" if language < 0.5 else "en", (first < 2 / 3, second < 2 / 3))
        for digit, pair, (language, first, second) in zip(
            digits.tolist(), traits.tolist(), told.tolist(), strict=True
        )
    ]


def tokens(sentence):
    """The words of a sentence: English words, numbers, Chinese characters."""
    sentence = unicodedata.normalize("NFKC", sentence).lower().replace("一個", " ")
    return re.findall(r"[a-z]+|\d+|[^\W\d_]", sentence)


def check_sentence(sentence):
    """Refuse, with a SentenceError, what nobody could draw: better no picture than any picture."""
    words = tokens(sentence)
    unknown = dict.fromkeys(each for each in words if each not in [*VOCABULARY, "a", "an", "的"])
    if unknown:
        raise SentenceError(
            f"「{sentence}」裡有沒學過的詞：{'、'.join(unknown)}",
            f"words in '{sentence}' that were never learned: {', '.join(unknown)}",
        )
    count = sum(word in names for word in words for names in DIGITS.values())
    if count != 1:
        raise SentenceError(
            f"「{sentence}」說了 {count} 個數字，要剛好 1 個",
            f"{count} digits in '{sentence}'; it takes exactly 1",
        )
    for pair in range(2):
        sides = [{PAIRS[language][pair][side] for language in PAIRS} for side in range(2)]
        said = [[word for word in words if word in side] for side in sides]
        if all(said):
            raise SentenceError(
                f"「{sentence}」又要「{said[0][0]}」又要「{said[1][0]}」，相反了",
                f"{said[0][0]} and {said[1][0]} in '{sentence}' are opposites",
            )


# --- the images ---------------------------------------------------------------------------------


class Digits(NamedTuple):
    """Images with what is true of them."""

    images: torch.Tensor  # (N, 1, 28, 28) in [-1, 1]
    digits: torch.Tensor  # (N,)
    traits: torch.Tensor  # (N, 2): bold, slanted, 0 or 1 each

    def at(self, chosen):
        return Digits(*(each[chosen] for each in self))


def as_ink(images):
    """Images (N, 1, H, W) in [-1, 1] as ink (N, H, W) in [0, 1]."""
    return (images[:, 0].clamp(-1, 1) + 1) / 2


def slant(ink):
    """How far strokes lean to the right, in pixels a row: 0 is upright. (N, H, W) -> (N,)

    From the second moments of the ink: its covariance of x and y over its variance of y.
    """
    place = torch.arange(float(ink.shape[-1]))
    total = ink.sum(dim=(1, 2)).clamp(min=1e-6)
    x = place - ((ink.sum(dim=1) @ place) / total)[:, None]
    y = place - ((ink.sum(dim=2) @ place) / total)[:, None]
    spread = torch.einsum("nyx,ny->n", ink, y**2).clamp(min=1e-6)
    return -torch.einsum("nyx,ny,nx->n", ink, y, x) / spread


def weight(ink):
    """Inked pixels over the square of the digit's height, in pixels. (N, H, W) -> (N,)"""
    height = (ink.amax(dim=2) > 0.5).sum(dim=1).clamp(min=1)
    return (ink > 0.5).sum(dim=(1, 2)) / height**2


def lean(ink, by):
    """Shear ink (N, H, W) to the right by `by` (N,) pixels a row -> (N, 28, 28)."""
    zero, one = torch.zeros(len(ink)), torch.ones(len(ink))
    rows = torch.stack([torch.stack([one, by, zero]), torch.stack([zero, one, zero])])
    grid = affine_grid(rows.permute(2, 0, 1), (len(ink), 1, SIZE, SIZE), align_corners=False)
    return grid_sample(ink[:, None], grid, align_corners=False)[:, 0]


def in_four_ways(images):
    """Real digits (N, 1, 28, 28), each thin or bold and upright or slanted: (4, N, 1, 28, 28).

    At twice the size, narrow each stroke by a pixel a side or widen it; straighten the digit, and
    shear it by 0.4 if it is to be slanted; at 28x28, give it full contrast.
    """
    large = interpolate(images, size=2 * SIZE, mode="bicubic").clamp(-1, 1)
    made = []
    for stroke in (-max_pool2d(-large, 3, 1, 1), max_pool2d(large, 3, 1, 1)):
        ink = as_ink(stroke)
        for more in (0, 0.4):
            changed = lean(ink, more - slant(ink))
            made.append(changed / changed.amax(dim=(1, 2), keepdim=True))
    return 2 * torch.stack(made)[:, :, None] - 1


def never_taught(digits, traits):
    """One of the four ways of each digit, such as a thin, upright four: (N,) of bool."""
    return 2 * traits[:, 0] + traits[:, 1] == digits % 4


def load():
    """Digits to train on (4,311), without those never taught; and held-out ones, every fifth image.

    The package's classifier has not seen the held-out images either.
    """
    images, digits = load_images("digits")
    held_out = torch.arange(len(images)) % 5 == 0
    ways = torch.cartesian_prod(torch.arange(2), torch.arange(2))
    training, exam = (
        Digits(
            in_four_ways(images[part]).flatten(0, 1),
            digits[part].repeat(4),
            ways.repeat_interleave(int(part.sum()), dim=0),
        )
        for part in (~held_out, held_out)
    )
    return training.at(~never_taught(training.digits, training.traits)), exam


def say_all(asked, language):
    """The sentence about each of some Digits that tells both traits."""
    both = zip(asked.digits.tolist(), asked.traits.tolist(), strict=True)
    return [say(digit, traits, language) for digit, traits in both]


# --- the measure and the figure -------------------------------------------------------------------


class Obeyed(NamedTuple):
    """The shares of images with the digit, the weight, the slant, and all three as asked."""

    digit: float
    weight: float
    slant: float
    all: float


def measure(images, asked, real):
    """Obeyed, of images (N, 1, 28, 28) asked for as Digits; real: Digits that set the thresholds.

    A classifier reads the digit, after straightening. The others are above a threshold or not: the
    middle of the medians of real images of the two kinds.
    """
    ink = as_ink(images)
    straight = 2 * lean(ink, -slant(ink))[:, None] - 1
    right = [load_classifier("digits")(straight).argmax(dim=1) == asked.digits]
    for trait, value in enumerate((weight, slant)):
        of_real = value(as_ink(real.images))
        medians = [of_real[real.traits[:, trait] == side].median() for side in (0, 1)]
        right.append((value(ink) > sum(medians) / 2) == asked.traits[:, trait].bool())
    right = torch.stack([*right, torch.stack(right).all(dim=0)])
    return Obeyed(*right.double().mean(dim=1).tolist())


def look_up(asked, data, random):
    """No network: a real image of the digit with as many of the traits as there is, at random."""
    same_traits = (asked.traits[:, None] == data.traits).sum(dim=2)
    score = 3.0 * (asked.digits[:, None] == data.digits) + same_traits
    chance = torch.rand(score.shape, generator=random)
    return data.images[(score + chance / 2).argmax(dim=1)]


def variety(images, real):
    """The mean distance of two images (N, 1, 28, 28), over that of two real ones."""
    return (torch.pdist(images.flatten(1)).mean() / torch.pdist(real.flatten(1)).mean()).item()


@plots.styled
def show(rows):
    """A figure with a row of images (N, 1, 28, 28) for each {name: images}, white on black."""
    columns = max(map(len, rows.values()))
    figure, axes = plt.subplots(
        len(rows),
        columns,
        figsize=(columns + 1.4, 1.02 * len(rows)),
        squeeze=False,
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02),
    )
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for axis, image in zip(line, images, strict=True):
            axis.imshow(image[0].numpy(), cmap="gray", vmin=-1, vmax=1)
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure
