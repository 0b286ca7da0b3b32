"""Text to image: a sentence in Chinese or English in, digits that fit it out.

A conditional GAN (Mirza and Osindero 2014, "Conditional Generative Adversarial Nets") whose
condition is a sentence, and whose discriminator also sees real images with wrong sentences: Reed et
al. 2016, "Generative Adversarial Text to Image Synthesis" (GAN-CLS). A small text encoder is
trained along with it.
"""

import functools
import re
import unicodedata
from random import Random
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, interpolate, max_pool2d

from gan_lesson import metrics
from gan_lesson.data import load_images
from gan_lesson.losses import minimax_discriminator_loss, non_saturating_generator_loss
from gan_lesson.training import Progress

Z_DIM, TEXT_DIM, NEURONS = 16, 32, 128
BATCH_SIZE, STEPS, LEARNING_RATE = 64, 1300, 2e-3
NOISE = 1.0  # on what the discriminator sees: standard deviation at the start, 0.6 of it at the end
MATCHING, VARIETY = 0.5, 0.01  # weights of the two terms beside the adversarial loss

# --- the sentences ------------------------------------------------------------------------------

# Three traits of a digit, each with two sides; three words for each side, in each language.
TRAITS = (("thin", "thick"), ("upright", "slanted"), ("small", "large"))
WORDS = {
    "zh": {
        "thin": ("細細的", "瘦瘦的", "苗條的"),
        "thick": ("粗粗的", "胖胖的", "厚厚的"),
        "upright": ("直直的", "端正的", "直立的"),
        "slanted": ("斜斜的", "歪歪的", "傾斜的"),
        "small": ("小小的", "迷你的", "嬌小的"),
        "large": ("大大的", "巨大的", "高大的"),
    },
    "en": {
        "thin": ("thin", "skinny", "slim"),
        "thick": ("thick", "fat", "bold"),
        "upright": ("upright", "straight", "vertical"),
        "slanted": ("slanted", "leaning", "tilted"),
        "small": ("small", "tiny", "little"),
        "large": ("large", "big", "huge"),
    },
}
DIGITS = {
    "zh": tuple("零一二三四五六七八九"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}
# {a}: the words for the traits, {d}: the digit. What follows | is left out without such words.
TEMPLATES = {
    "zh": (
        "畫一個{a}{d}",
        "請寫{a}{d}",
        "我想要一個{a}數字{d}",
        "給我看{a}{d}",
        "幫我畫{d}|，要{a}",
    ),
    "en": (
        "draw a {a} {d}",
        "please write the {a} {d}",
        "I want a {a} number {d}",
        "show me a {a} digit {d}",
        "make me a {d}| that is {a}",
    ),
}
HELD_OUT_TEMPLATES = {
    "zh": ("請幫我寫一個{a}數字{d}", "我想看一個{d}|，{a}"),
    "en": ("please show me the {a} number {d}", "I want the digit {d}| and make that {a}"),
}


def sentence_about(digit, named, random, held_out=False):
    """A sentence for a digit and the traits it names: for each trait 0 (not named), 1 or 2.

    One of the three words for a trait is kept back from each digit, another one from digit to
    digit. A held-out sentence has a held-out template, and of the words only those kept back.
    random: a random.Random.
    """
    language = random.choice(("zh", "en"))
    words = []
    for sides, side in zip(TRAITS, named, strict=True):
        if side:
            choices = list(WORDS[language][sides[side - 1]])
            kept_back = choices.pop(digit % 3)
            words.append(kept_back if held_out else random.choice(choices))
    random.shuffle(words)
    template = random.choice((HELD_OUT_TEMPLATES if held_out else TEMPLATES)[language])
    template = template.replace("|", "") if words else template.split("|")[0]
    name = random.choice((DIGITS[language][digit], str(digit)))
    sentence = template.format(a=("、" if language == "zh" else " and ").join(words), d=name)
    return re.sub(r"\ba (?=[aeiou8])", "an ", " ".join(sentence.split()))


def tokens(sentence):
    """The words of a sentence: English words, numbers, Chinese characters and pairs of these."""
    sentence = unicodedata.normalize("NFKC", sentence).lower()
    single = re.findall(r"[a-z]+|\d+|[^\W\d_]", sentence)
    pairs = re.findall(r"(?=([\u4e00-\u9fff]{2}))", sentence)
    return single + pairs


@functools.cache
def training_sentences(each=24):
    """For each of 10 * 27 meanings (digit * 27 + named in base 3) `each` sentences to train on."""
    random = Random(0)
    return [
        [sentence_about(digit, (code // 9, code // 3 % 3, code % 3), random) for _ in range(each)]
        for digit in range(10)
        for code in range(27)
    ]


@functools.cache
def vocabulary():
    """A number for each word of the training sentences, from 1 on; 0 fills short sentences up."""
    known = {word for some in training_sentences() for each in some for word in tokens(each)}
    known |= {word for digits in DIGITS.values() for word in digits} | set("0123456789")
    return {word: number for number, word in enumerate(sorted(known), 1)}


def as_numbers(sentences):
    """Sentences as numbers of words (N, longest); what the vocabulary lacks is left out."""
    known = vocabulary()
    rows = [[known[word] for word in tokens(each) if word in known] for each in sentences]
    longest = max(map(len, rows))
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])


class SentenceError(ValueError):
    """A sentence that cannot be drawn; the message says why in both languages."""


def check_sentence(sentence):
    """Refuse, with a SentenceError, what nobody could draw: better no picture than any picture.

    The networks are not helped by this: the encoder gets the words and nothing else.
    """
    words = [word for word in tokens(sentence) if len(word) == 1 or word.isascii()]
    unknown = dict.fromkeys(word for word in words if word not in vocabulary())
    if unknown:
        raise SentenceError(
            f"「{sentence}」裡有沒學過的字：{'、'.join(unknown)} · "
            f"words that were never learnt: {', '.join(unknown)}"
        )
    digits = "0123456789" + "".join(DIGITS["zh"])
    counted = tokens(sentence.replace("一個", " "))  # there 一 is no digit
    count = sum(word in DIGITS["en"] or word in digits for word in counted if word)
    if count != 1:
        raise SentenceError(
            f"「{sentence}」說了 {count} 個數字，要剛好 1 個（0 到 9） · "
            f"{count} digits in this sentence; it takes exactly 1 (0 to 9)"
        )
    for sides in TRAITS:
        said = [
            [word for words in WORDS.values() for word in words[side] if word in sentence.lower()]
            for side in sides
        ]
        if all(said):
            one, other = said[0][0], said[1][0]
            raise SentenceError(
                f"「{sentence}」又要「{one}」又要「{other}」，相反了 · "
                f"{one} and {other} are opposites"
            )


# --- the images ---------------------------------------------------------------------------------


def slant_of(ink):
    """How far strokes lean to the right, in pixels a row: 0 is upright. (N, H, W) -> (N,)

    From the second moments of the ink: its covariance of x and y over its variance of y.
    """
    place = torch.arange(float(ink.shape[-1]))
    total = ink.sum(dim=(1, 2))
    x = place - ((ink.sum(dim=1) @ place) / total)[:, None]
    y = place - ((ink.sum(dim=2) @ place) / total)[:, None]
    return -torch.einsum("nyx,ny,nx->n", ink, y, x) / torch.einsum("nyx,ny->n", ink, y**2)


def height_of(ink):
    """The height of the digit: rows with more than half of full ink. (N, H, W) -> (N,)"""
    return (ink.amax(dim=2) > 0.5).sum(dim=1).clamp(min=1).float()


def darkness(ink):
    """How much of a square of the digit's height is inked, that is above 1/2. (N, H, W) -> (N,)"""
    return (ink > 0.5).sum(dim=(1, 2)) / height_of(ink) ** 2


def as_ink(images):
    """Images (N, 1, H, W) in [-1, 1] as ink (N, H, W) in [0, 1]."""
    return (images[:, 0] + 1) / 2


def lean_and_scale(ink, lean, scale):
    """Shear ink (N, H, W) to the right by `lean`, enlarge it by `scale` -> (N, 28, 28)."""
    zero = torch.zeros(len(ink))
    one_over = 1 / (zero + scale)
    rows = (torch.stack([one_over, lean * one_over, zero]), torch.stack([zero, one_over, zero]))
    where = torch.stack(rows).permute(2, 0, 1)
    grid = affine_grid(where, (len(ink), 1, 28, 28), align_corners=False)
    return grid_sample(ink[:, None], grid, align_corners=False)[:, 0]


def in_eight_ways(images):
    """Real digits (N, 1, 28, 28) with each combination of the traits, (8, N, 1, 28, 28).

    The recipe: at twice the size, narrow each stroke by a pixel a side (thin) or widen it (thick);
    straighten the digit, and shear it by 0.4 if it is to be slanted; shrink it to 0.7 if it is to
    be small; at 28x28, give it full contrast.
    """
    large = interpolate(images, size=56, mode="bicubic").clamp(-1, 1)
    made = []
    for stroke in (-max_pool2d(-large, 3, 1, 1), max_pool2d(large, 3, 1, 1)):
        ink = as_ink(stroke)
        straight = -slant_of(ink)
        for lean in (0, 0.4):
            for scale in (0.7, 1):
                changed = lean_and_scale(ink, straight + lean, scale)
                made.append(changed / changed.amax(dim=(1, 2), keepdim=True))
    return 2 * torch.stack(made)[:, :, None] - 1


class Digits(NamedTuple):
    """Images with what is true of them."""

    images: torch.Tensor  # (N, 1, 28, 28) in [-1, 1]
    digits: torch.Tensor  # (N,)
    traits: torch.Tensor  # (N, 3): thick, slanted, large, 0 or 1 each


def load_digits():
    """Real digits in all eight ways: Digits to train on (11,496), and held out (2,880).

    Every fifth image is held out, those that the package's classifier has not seen either.
    """
    images, digits = load_images("digits")
    held_out = torch.arange(len(images)) % 5 == 0
    ways = torch.cartesian_prod(*[torch.arange(2)] * 3)
    return tuple(
        Digits(
            in_eight_ways(images[part]).flatten(0, 1),
            digits[part].repeat(8),
            ways.repeat_interleave(int(part.sum()), dim=0),
        )
        for part in (~held_out, held_out)
    )


# --- the networks -------------------------------------------------------------------------------


class TextGenerator(nn.Module):
    """Latent vectors (N, 16) and sentences (N, 32) -> images (N, 1, 28, 28) in [-1, 1]."""

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(Z_DIM + TEXT_DIM, NEURONS),
            nn.BatchNorm1d(NEURONS),
            nn.ReLU(),
            nn.Linear(NEURONS, NEURONS),
            nn.BatchNorm1d(NEURONS),
            nn.ReLU(),
            nn.Linear(NEURONS, 14 * 14),
            nn.Unflatten(1, (1, 14, 14)),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            nn.Tanh(),
        )

    def forward(self, z, text):
        return self.model(torch.cat([z, text], dim=1))


class MatchingDiscriminator(nn.Module):
    """Images (N, 1, 28, 28) -> how real each looks (N, 1), and what is seen in it (N, 32).

    What is seen has the length of a sentence's vector: the two fit where their inner product is
    high (Miyato and Koyama 2018, "cGANs with Projection Discriminator").
    """

    def __init__(self):
        super().__init__()
        self.look = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, NEURONS),
            nn.LeakyReLU(0.2),
            nn.Linear(NEURONS, NEURONS),
            nn.LeakyReLU(0.2),
        )
        self.real = nn.Linear(NEURONS, 1)
        self.seen = nn.Linear(NEURONS, TEXT_DIM)

    def forward(self, images):
        features = self.look(images)
        return self.real(features), self.seen(features)


class Networks(NamedTuple):
    encoder: nn.EmbeddingBag  # numbers of words (N, L) -> the sum of their vectors (N, 32)
    generator: TextGenerator
    discriminator: MatchingDiscriminator


def build_networks():
    """The three networks, with the same weights each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = nn.EmbeddingBag(len(vocabulary()) + 1, TEXT_DIM, mode="sum", padding_idx=0)
        nn.init.normal_(encoder.weight, std=0.02)  # small: a word means little until it is learnt
        return Networks(encoder, TextGenerator(), MatchingDiscriminator())


# --- the loss and the training ------------------------------------------------------------------


def draw_requests(digits, traits, random):
    """What the sentences of a batch ask for: what is true of each image, then one thing wrong.

    Each trait is named with a chance of 2/3; the wrong request flips one of those, or the digit.
    Shapes: digits (N,), traits (N, 3) -> digits (2N,), named (2N, 3) as in `sentence_about`.
    """
    n = len(digits)
    named = (traits + 1) * (torch.rand(n, 3, generator=random) < 2 / 3)
    place = torch.randint(4, (n, 1), generator=random)  # 3, or a trait without a name: the digit
    flipped = torch.where((torch.arange(3) == place) & (named > 0), 3 - named, named)
    other = (digits + torch.randint(1, 10, (n,), generator=random)) % 10
    wrong = torch.where((flipped == named).all(dim=1), other, digits)
    return torch.cat([digits, wrong]), torch.cat([named, flipped])


def describes(asked, named, digits, traits):
    """Whether each request, digits (M,) and named (M, 3), is true of each image: (N, M)."""
    same = (named == 0) | (named == traits[:, None] + 1)
    return (asked == digits[:, None]) & same.all(dim=2)


def matching_loss(seen, text, fits):
    """How surely each image picks its own sentence among all that do not fit it.

    The wrong sentences of Reed et al., all those of a batch at once.
    Shapes: what is seen (N, 32), sentences (M, 32) of which the first N belong to the images, fits
    (N, M) whether each describes the image -> one number >= 0.
    """
    others = fits.clone().fill_diagonal_(False)  # they fit as well: no mistake to pick them
    scores = (seen @ text.T).masked_fill(others, -torch.inf)
    return cross_entropy(scores, torch.arange(len(seen)))


def variety_loss(fake, other, z, other_z):
    """High where two latent vectors give the same image: images (N, 1, 28, 28), z (N, 16).

    Source: Mao et al. 2019, "Mode Seeking Generative Adversarial Networks for Diverse Image
    Synthesis": its ratio, turned upside down.
    """
    change = (fake - other).abs().mean(dim=(1, 2, 3)) / (z - other_z).abs().mean(dim=1)
    return (1 / (change + 0.05)).mean()


def train(networks, data, steps=STEPS):
    """Train the three networks on Digits; yields a Progress after each batch.

    The encoder learns with the discriminator: the better it reads, the surer real images find
    their sentences. The discriminator sees all images through noise, less and less of it, so that
    it cannot win by details (Sønderby et al. 2017, "Amortised MAP Inference for Image
    Super-resolution", there called instance noise).
    """
    encoder, generator, discriminator = networks
    random = torch.Generator().manual_seed(0)
    sentences = as_numbers([each for some in training_sentences() for each in some])
    each = len(sentences) // 270
    readers = [*encoder.parameters(), *discriminator.parameters()]
    optimizer_g, optimizer_d = (
        torch.optim.Adam(weights, betas=(0.5, 0.99), fused=True)
        for weights in (generator.parameters(), readers)
    )

    def judge(images, text):
        """Logits (N, 1), real and fitting, and what is seen, both through noise."""
        noise = torch.randn(images.shape, generator=random)
        real, seen = discriminator(images + NOISE * (1 - 0.4 * step / steps) * noise)
        return real + (seen * text).sum(dim=1, keepdim=True), seen

    for step in range(steps):
        for optimizer in (optimizer_g, optimizer_d):
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, 2 * (1 - step / steps))
        chosen = torch.randint(len(data.images), (BATCH_SIZE,), generator=random)
        real, digits, traits = (part[chosen] for part in data)
        asked, named = draw_requests(digits, traits, random)
        fits = describes(asked, named, digits, traits)
        meanings = asked * 27 + (named * torch.tensor([9, 3, 1])).sum(dim=1)
        which = torch.randint(each, (len(meanings),), generator=random)
        text = encoder(sentences[meanings * each + which])  # (2N, 32), wrong ones second
        right = text[:BATCH_SIZE]
        z, other_z = torch.randn(2, BATCH_SIZE, Z_DIM, generator=random)
        fake = generator(z, right.detach())

        logits, seen = judge(torch.cat([real, fake.detach()]), torch.cat([right, right]))
        loss_d = minimax_discriminator_loss(*logits.chunk(2))
        loss_d = loss_d + MATCHING * matching_loss(seen[:BATCH_SIZE], text, fits)
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()

        logits, seen = judge(fake, right.detach())
        loss_g = non_saturating_generator_loss(logits)
        loss_g = loss_g + MATCHING * matching_loss(seen, text.detach(), fits)
        half = BATCH_SIZE // 2
        other = generator(other_z[:half], right[:half].detach())
        loss_g = loss_g + VARIETY * variety_loss(fake[:half], other, z[:half], other_z[:half])
        optimizer_g.zero_grad()
        loss_g.backward(inputs=list(generator.parameters()))
        optimizer_g.step()
        yield Progress(0, 1, step, steps, loss_d.item(), loss_g.item())


@torch.no_grad()
def draw_sentences(networks, sentences, seed=0):
    """An image for each sentence, (N, 1, 28, 28); SentenceError where one cannot be drawn."""
    for sentence in sentences:
        check_sentence(sentence)
    z = torch.randn(len(sentences), Z_DIM, generator=torch.Generator().manual_seed(seed))
    networks.generator.eval()
    images = networks.generator(z, networks.encoder(as_numbers(sentences)))
    networks.generator.train()
    return images


# --- the measures -------------------------------------------------------------------------------

MEASURES = (darkness, slant_of, height_of)  # one for each of TRAITS, on ink


def read_digits(images, classifier):
    """The digits (N,) that a classifier reads; it only knows upright digits that fill 20 rows, so
    each image is straightened and enlarged to that first, by what its own pixels measure."""
    ink = as_ink(images)
    ink = lean_and_scale(ink, -slant_of(ink), 20 / height_of(ink).clamp(min=7))
    return metrics.logits_and_features(2 * ink[:, None] - 1, classifier)[0].argmax(dim=1)


def thresholds(data):
    """For each trait, halfway between the medians of real images on its two sides: 3 numbers."""
    ink, limits = as_ink(data.images), []
    for measure_ink, side in zip(MEASURES, data.traits.T, strict=True):
        value = measure_ink(ink)
        limits.append(((value[side == 0].median() + value[side == 1].median()) / 2).item())
    return limits


class Match(NamedTuple):
    """Shares of images, 0 to 1, that have what was asked for."""

    digit: float
    weight: float
    slant: float
    size: float


def measure(images, digits, named, classifier, limits):
    """Compare images with what was asked: digits (N,), named (N, 3) as in `sentence_about`."""
    ink = as_ink(images)
    named = torch.as_tensor(named)
    shares = [(read_digits(images, classifier) == digits).double().mean().item()]
    for measure_ink, side, limit in zip(MEASURES, named.T, limits, strict=True):
        right = (measure_ink(ink) > limit) == (side == 2)
        shares.append(right[side > 0].double().mean().item())
    return Match(*shares)


def held_out_questions(count, seed=1):
    """Held-out sentences with what they ask for: sentences, digits (count,), named (count, 3)."""
    random = Random(seed)
    digits = torch.arange(count) % 10
    named = torch.tensor([[random.randrange(3) for _ in TRAITS] for _ in range(count)])
    sentences = [
        sentence_about(digit, each, random, held_out=True)
        for digit, each in zip(digits.tolist(), named.tolist(), strict=True)
    ]
    return sentences, digits, named


def one_hot_words(numbers):
    """Numbers of words (N, L) as lists with 1 for each word that is there: (N, words)."""
    return torch.zeros(len(numbers), len(vocabulary()) + 1).scatter_(1, numbers, 1)[:, 1:]


def nearest_real_images(sentences, data, seed=0):
    """The baseline: no network, but a real image of the training sentence with most words alike.

    Words count by rarity (Spärck Jones 1972); where many images are true, one by lot.
    """
    known = as_numbers([each for some in training_sentences() for each in some])
    rarity = (len(known) / one_hot_words(known).sum(dim=0).clamp(min=1)).log()
    lists = [one_hot_words(numbers) * rarity for numbers in (as_numbers(sentences), known)]
    asked, given = (words / words.norm(dim=1, keepdim=True) for words in lists)
    meanings = (asked @ given.T).argmax(dim=1) // (len(known) // 270)
    named = torch.stack([meanings // 9 % 3, meanings // 3 % 3, meanings % 3], dim=1)
    fits = describes(meanings // 27, named, data.digits, data.traits).T.double()
    chosen = torch.multinomial(fits, 1, generator=torch.Generator().manual_seed(seed))
    return data.images[chosen[:, 0]]


# --- the figure ---------------------------------------------------------------------------------


def show(networks, sentences, columns=8, seed=0):
    """A figure with a row of images for each sentence, from different latent vectors."""
    drawn = draw_sentences(networks, [each for each in sentences for _ in range(columns)], seed)
    figure, axes = plt.subplots(
        len(sentences),
        columns + 1,
        figsize=(9.2, 0.8 * len(sentences)),
        width_ratios=[3.4] + [1] * columns,
        squeeze=False,
        layout="constrained",
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    for axis in axes.flat:
        axis.axis("off")
    for line, sentence in zip(axes, sentences, strict=True):
        line[0].text(1, 0.5, sentence, ha="right", va="center", transform=line[0].transAxes)
    for axis, image in zip(axes[:, 1:].flat, drawn, strict=True):
        axis.imshow(image[0].numpy(), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    return figure
