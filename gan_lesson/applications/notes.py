"""Musical notes: strings and bars by a recipe, wheels that swing, and how near new notes come.

The data, the measures and the figures; the networks, the losses and the training stand in the
notebook. A network that draws a wave point by point, as in Donahue et al. 2019, "Adversarial Audio
Synthesis", must first learn to swing steadily, which takes long. Here 48 oscillators swing already,
one a semitone, like the tone wheels of an electric organ. Letting a program swing is the idea of
Engel et al. 2020, "DDSP: Differentiable Digital Signal Processing", which is no GAN.
"""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn.functional import conv1d, pad

from gan_lesson import plots

SAMPLE_RATE, LENGTH = 8000, 4000  # numbers a second, numbers in a note
KEYS, WHEELS = 13, 48  # the keys C4 to C5; a wheel for each semitone from C4 to B7
LEARNED, PLAYED = 12, 36  # the key that is learned, C5, and how many wheels it has: C5 to B7
PLUCKED, STRUCK = range(2)
PARTS, WINDOW = 32, 512  # each note in 32 parts of 125 numbers; a look at one takes in 512
QUIETEST = -50  # decibels; whatever is weaker counts as silence


def frequency(key):
    """Vibrations a second of a key: 0 is C4, each semitone up multiplies by 2 ** (1 / 12)."""
    return 440 * 2 ** ((key - 9) / 12)


# --- the data: our own strings and bars ---------------------------------------------------------


def plucked_string(pitch, brightness, place, loss):
    """Strings by Karplus and Strong 1983, "Digital Synthesis of Plucked-String and Drum Timbres".

    A ring holds one period of a string pulled at `place`; each turn, every number becomes the mean
    of two neighbours times `loss`. A ring has a whole number of places, a period has not: the last
    two lines of the loop turn the rest (Jaffe and Smith 1983). Shapes: three (N,) -> (N, 4000).
    """
    period = SAMPLE_RATE / pitch
    whole = int(period - 0.6)
    rest = period - 0.5 - whole
    tuning = (1 - rest) / (1 + rest)
    partial = np.arange(1, SAMPLE_RATE / 2 / pitch)
    strength = np.sin(np.pi * partial * place[:, None]) / partial
    strength *= brightness[:, None] ** (partial - 1)
    times = np.arange(whole + 2)
    start = strength @ np.cos(2 * np.pi * partial[:, None] * times / period)
    wave = np.concatenate([start, np.zeros((len(place), LENGTH))], axis=1)
    mean_before = loss / 2 * (wave[:, 0] + wave[:, 1])
    for now in range(whole + 2, wave.shape[1]):
        mean = loss / 2 * (wave[:, now - whole] + wave[:, now - whole - 1])
        wave[:, now] = tuning * (mean - wave[:, now - 1]) + mean_before
        mean_before = mean
    return wave[:, -LENGTH:]


def struck_bar(pitch, brightness, damping):
    """Bars of a marimba: partials at 1, 4 and 10 times the pitch, the high ones die first.

    Shapes: two (N,) -> (N, 4000). The ratios are those to which bars are tuned (Rossing 2000,
    "Science of Percussion Instruments").
    """
    seconds = np.arange(LENGTH) / SAMPLE_RATE
    wave = np.zeros((len(damping), LENGTH))
    for number, ratio in enumerate((1, 4, 10)):
        if ratio * pitch < SAMPLE_RATE / 2:
            fading = np.exp(-seconds * damping[:, None] * ratio**0.7)
            swing = np.sin(2 * np.pi * ratio * pitch * seconds)
            wave += brightness[:, None] ** number * fading * swing
    return wave


def soften(waves):
    """Let notes (N, 4000) begin within 5 ms and end within 20 ms, so that no click is heard."""
    rise, fall = (
        torch.sin(torch.arange(count) / count * torch.pi / 2).square() for count in (40, 160)
    )
    middle = torch.ones(LENGTH - len(rise) - len(fall))
    return waves * torch.cat([rise, middle, fall.flip(0)])


def example_notes(count, key=LEARNED, seed=0):
    """`count` notes of each instrument, loudest number 1: waves and instruments, in mixed order.

    Shapes: (2 * count, 4000) in [-1, 1], and whole numbers (2 * count,), PLUCKED or STRUCK.
    """
    random, pitch = np.random.default_rng(seed), frequency(key)
    low, high = (0.4, 0.15, 0.99), (0.95, 0.45, 0.999)
    plucked = plucked_string(pitch, *random.uniform(low, high, (count, 3)).T)
    struck = struck_bar(pitch, *random.uniform((0.2, 4), (0.8, 10), (count, 2)).T)
    waves = soften(torch.from_numpy(np.concatenate([plucked, struck])).float())
    waves /= waves.abs().amax(dim=1, keepdim=True)
    order = torch.from_numpy(random.permutation(len(waves)))
    return waves[order], torch.tensor([PLUCKED, STRUCK]).repeat_interleave(count)[order]


# --- wheels: from loudness to wave, and back ----------------------------------------------------

TURNS = frequency(np.arange(WHEELS))[:, None] * np.arange(LENGTH) / SAMPLE_RATE
SWINGS = torch.from_numpy(np.sin(2 * np.pi * TURNS)).float().unflatten(1, (PARTS, -1))
SPIRALS = np.exp(2j * np.pi * TURNS[:, :WINDOW]) * np.hanning(WINDOW) * 4 / WINDOW
LISTEN = torch.from_numpy(np.concatenate([SPIRALS.real, SPIRALS.imag])).float()[:, None]


def turn_wheels(loudness, key=LEARNED):
    """Let 36 wheels from a key on swing as loudly as told at 33 moments, evenly in between.

    Another key is other wheels and the same loudness: that is how an organ transposes.
    Shapes: loudness (N, 36, 33) >= 0 -> waves (N, 4000).
    """
    swings = SWINGS[key : key + PLAYED]
    before, after = (
        torch.einsum("nwp,wpt->npt", loudness[:, :, moments], swings)
        for moments in (slice(None, -1), slice(1, None))
    )
    size = swings.shape[2]
    return soften((before + torch.arange(size) / size * (after - before)).flatten(1))


def listen(waves):
    """How strong each of the 48 wheels sounds in each part of a wave, 0 where nothing is heard.

    Shapes: (N, 4000) -> (N, 48, 32); 1 more is 7 decibels more.
    """
    size = LENGTH // PARTS
    wide = pad(waves, ((WINDOW - size) // 2, (WINDOW - size + 1) // 2))
    both = conv1d(wide[:, None], LISTEN, stride=size).unflatten(1, (2, WHEELS))  # quickest by far
    decibels = 10 * (both.square().sum(dim=1) + 10 ** (QUIETEST / 10)).log10()
    return (decibels - QUIETEST) / 7


# --- the baselines, which learn nothing ----------------------------------------------------------


def mean_notes(waves, instruments):
    """The mean spectrum, in decibels, of each instrument's notes, on the wheels: (2, 4000)."""
    heard = listen(waves)[:, LEARNED:]
    mean = torch.stack([heard[instruments == each].mean(dim=0) for each in (PLUCKED, STRUCK)])
    loudness = (10 ** ((7 * mean + QUIETEST) / 20)) * (mean > 0.1)  # 0 is silence
    moments = pad(loudness, (1, 1), mode="replicate")
    return turn_wheels((moments[:, :, 1:] + moments[:, :, :-1]) / 2)


def pure_tones(count):
    """A fading sine, always in tune: (count, 4000)."""
    seconds = torch.arange(LENGTH) / SAMPLE_RATE
    wave = torch.sin(2 * torch.pi * frequency(LEARNED) * seconds) * torch.exp(-5 * seconds)
    return soften(wave.expand(count, -1))


def tune(waves, seconds=0.35):
    """Notes (N, 4000) one after the other, each ringing on into the next: one long wave."""
    apart = int(SAMPLE_RATE * seconds)
    whole = torch.zeros(apart * (len(waves) - 1) + LENGTH)
    for number, wave in enumerate(waves):
        whole[number * apart : number * apart + LENGTH] += wave
    return whole


# --- the measures -------------------------------------------------------------------------------


def detected_pitch(waves):
    """The pitch of waves (N, 4000) in hertz, (N,): after how long does a wave resemble itself?

    The autocorrelation, eight times finer than the samples; of its peaks between 600 and 230
    hertz, the earliest that is at least nine tenths as high as the highest; a parabola through it
    and its neighbours. Everything in double precision.
    """
    part = waves[:, 400:3600].double() * torch.hann_window(3200, dtype=torch.float64)
    power = torch.fft.rfft(part, 8192).abs().square()
    alike = torch.fft.irfft(pad(power, (0, 7 * 4096)), 8 * 8192)
    first, last = 8 * SAMPLE_RATE // 600, 8 * SAMPLE_RATE // 230
    left, middle, right = (alike[:, first + by : last + by] for by in (-1, 0, 1))
    peak = (middle > left) & (middle >= right)
    peak &= middle >= 0.9 * middle.amax(dim=1, keepdim=True)
    at = peak.int().argmax(dim=1, keepdim=True)
    left, middle, right = (values.gather(1, at)[:, 0] for values in (left, middle, right))
    between = (left - right) / 2 / (left - 2 * middle + right)
    return 8 * SAMPLE_RATE / (first + at[:, 0] + between)


def share_in_tune(waves, key=LEARNED):
    """The share of waves (N, 4000) within 30 cents (a semitone has 100) of a key's pitch."""
    cents = 1200 * (detected_pitch(waves) / frequency(key)).log2()
    return (cents.abs() < 30).double().mean().item()


class Quality(NamedTuple):
    """The share in tune; how far, in decibels and on average, the notes are from the nearest real
    one, the real ones from the nearest of the notes, and the notes from each other."""

    in_tune: float
    off: float
    missed: float
    spread: float


def measure(waves, instruments, real, real_instruments, key=LEARNED):
    """The Quality of notes beside real ones; only notes of the same instrument are compared.

    The distance of two notes is the root mean square of the difference of what `listen` hears.
    """
    off, missed, spread = [], [], []
    for instrument in (PLUCKED, STRUCK):
        made, true = (
            7 * listen(some[which == instrument]).flatten(1)
            for some, which in ((waves, instruments), (real, real_instruments))
        )
        size = made.shape[1] ** 0.5
        distance = torch.cdist(made, true) / size
        off.append(distance.min(dim=1).values.mean())
        missed.append(distance.min(dim=0).values.mean())
        spread.append(torch.pdist(made).mean() / size)
    means = (torch.stack(each).mean().item() for each in (off, missed, spread))
    return Quality(share_in_tune(waves, key), *means)


# --- the figure ---------------------------------------------------------------------------------


@plots.styled
def show(rows, titles):
    """A figure of notes: for each {name: waves (N, 4000)}, a line of waves and one of spectrograms.

    titles: N short texts. Spectrograms over 50 decibels below each note's loudest, dark is loud.
    """
    columns, window = len(titles), torch.hann_window(256)
    figure, axes = plt.subplots(
        *(2 * len(rows), columns),
        figsize=(2.3 * columns, 2.9 * len(rows)),
        sharex="col",
        sharey="row",
        squeeze=False,
    )
    for number, (name, waves) in enumerate(rows.items()):
        colour = plots.FAKE if "GAN" in name else plots.REAL
        for column, wave in enumerate(waves):
            above, below = axes[2 * number : 2 * number + 2, column]
            seconds = np.arange(len(wave)) / SAMPLE_RATE
            above.plot(
                seconds, wave.numpy(), color=colour, linewidth=0.3 if len(wave) > 1000 else 1
            )
            spectrum = torch.stft(wave, 256, 32, window=window, return_complex=True).abs()
            decibels = 20 * (spectrum / spectrum.max()).clamp(min=1e-4).log10()
            look = {"origin": "lower", "aspect": "auto", "cmap": "magma_r", "vmin": -50, "vmax": 0}
            below.imshow(decibels, extent=(0, len(wave) / SAMPLE_RATE, 0, 4), **look)
            below.set_ylim(0, 3)
        axes[2 * number, 0].set_ylabel(name)
        axes[2 * number + 1, 0].set_ylabel("kHz")
    for column, title in enumerate(titles):
        axes[0, column].set_title(title, fontsize=9)
        axes[-1, column].set_xlabel("秒 · seconds")
    return figure
