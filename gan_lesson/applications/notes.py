"""Musical notes from a GAN: a key and an instrument in, half a second of sound out.

A network that draws a wave point by point, as in Donahue et al. 2019, "Adversarial Audio
Synthesis", must first learn to swing evenly, which takes long. Here 48 oscillators swing already,
as in Engel et al. 2020, "DDSP: Differentiable Digital Signal Processing", one a semitone, like the
tone wheels of an electric organ; 1-D convolutions decide how loud each is, and when. Which of them
sound for a key, the generator has to learn: at first it sounds them all.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn.functional import one_hot, pad

from gan_lesson import plots
from gan_lesson.losses import minimax_discriminator_loss, non_saturating_generator_loss
from gan_lesson.training import Progress

SAMPLE_RATE, LENGTH = 8000, 4000  # numbers a second, numbers in a note
KEYS, WHEELS = 13, 48  # the keys C4 to C5; a wheel for each semitone from C4 to B7
PLUCKED, STRUCK = range(2)
PARTS, WINDOW = 32, 512  # each note in 32 parts of 125 numbers; a look at one takes in 512
Z_LENGTH, BATCH_SIZE, LEARNING_RATE = 16, 32, 2e-3
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


def example_notes(count, seed=0):
    """`count` notes of each key and instrument, loudest number 1: waves, keys, instruments.

    Shapes: (26 * count, 4000) in [-1, 1], and two of (26 * count,) whole numbers, in mixed order.
    """
    random = np.random.default_rng(seed)
    waves = []
    for key in range(KEYS):
        pitch = frequency(key)
        low, high = (0.4, 0.15, 0.985), (0.95, 0.45, 0.998)
        brightness, place, loss = random.uniform(low, high, (count, 3)).T
        waves.append(plucked_string(pitch, brightness, place, loss))
        brightness, damping = random.uniform((0.2, 4), (0.8, 10), (count, 2)).T
        waves.append(struck_bar(pitch, brightness, damping))
    waves = np.concatenate(waves)
    waves /= np.abs(waves).max(axis=1, keepdims=True)
    order = torch.from_numpy(random.permutation(len(waves)))
    keys = torch.arange(KEYS).repeat_interleave(2 * count)
    instruments = torch.tensor([PLUCKED, STRUCK]).repeat_interleave(count).repeat(KEYS)
    return torch.from_numpy(waves).float()[order], keys[order], instruments[order]


# --- wheels: from loudness to wave, and back ----------------------------------------------------

TURNS = frequency(np.arange(WHEELS))[:, None] * np.arange(LENGTH) / SAMPLE_RATE
SWINGS = torch.from_numpy(np.sin(2 * np.pi * TURNS)).float().unflatten(1, (PARTS, -1))
BELL = np.hanning(WINDOW) * 4 / WINDOW
LISTEN = torch.from_numpy(np.exp(2j * np.pi * TURNS[:, :WINDOW]) * BELL).to(torch.complex64)


def turn_wheels(loudness):
    """Let each wheel swing as loudly as told at 33 moments, evenly changing between two of them.

    Shapes: loudness (N, 48, 33) >= 0 -> waves (N, 4000).
    """
    before, after = (
        torch.einsum("nwp,wpt->npt", loudness[:, :, moments], SWINGS)
        for moments in (slice(None, -1), slice(1, None))
    )
    size = SWINGS.shape[2]
    return (before + torch.arange(size) / size * (after - before)).flatten(1)


def listen(waves):
    """How strong each wheel's pitch is in each part of a wave, 0 where there is nothing to hear.

    Shapes: (N, 4000) -> (N, 48, 32); 1 more is 7 decibels more.
    """
    size = LENGTH // PARTS
    pieces = pad(waves, ((WINDOW - size) // 2, (WINDOW - size + 1) // 2)).unfold(1, WINDOW, size)
    power = (pieces @ LISTEN.real.T).square() + (pieces @ LISTEN.imag.T).square()
    decibels = 10 * (power + 10 ** (QUIETEST / 10)).log10()
    return (decibels - QUIETEST).transpose(1, 2) / 7


def shift(wheels, keys):
    """Move what each wheel has up by `keys` (N,) wheels: (N, 48, T) -> (N, 48, T), 0 where none."""
    source = torch.arange(WHEELS) - keys[:, None]
    inside = (source >= 0) & (source < WHEELS)
    source = source.clamp(0, WHEELS - 1)[:, :, None].expand_as(wheels)
    return wheels.gather(1, source) * inside[:, :, None]


# --- the two networks ---------------------------------------------------------------------------


def condition(keys, instruments):
    """What both networks are told: the key as a number in [-1, 1], the instrument one-hot."""
    return torch.cat([keys[:, None] / 6 - 1, one_hot(instruments, 2)], dim=1)


class NoteGenerator(nn.Module):
    """z (N, 16), keys (N,) and instruments (N,) -> waves (N, 4000).

    Transposed convolutions double the moments: 5, 9, 17, 33. The network plays from C4 on; `shift`
    transposes what it plays to the key asked for.
    """

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(Z_LENGTH + 3, 64 * 5),
            nn.Unflatten(1, (64, 5)),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.ConvTranspose1d(64, 64, 5, stride=2, padding=2),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.ConvTranspose1d(64, 64, 5, stride=2, padding=2),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.ConvTranspose1d(64, WHEELS, 5, stride=2, padding=2),
        )

    def forward(self, z, keys, instruments):
        played = self.model(torch.cat([z, condition(keys, instruments)], dim=1))
        return turn_wheels(shift((played - 4).exp(), keys))


class NoteDiscriminator(nn.Module):
    """Judge what `listen` hears, moved down to C4: (N, 48, 32), instruments (N,) -> logits (N, 1).

    It gives two logits, one for each instrument; only that of the instrument asked for counts.
    """

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv1d(WHEELS, 64, 5, stride=2, padding=2),
            nn.LeakyReLU(0.2),
            nn.Conv1d(64, 64, 5, stride=2, padding=2),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(64 * 8, 64),
            nn.LeakyReLU(0.2),
            nn.Linear(64, 2),
        )

    def forward(self, heard, instruments):
        return self.model(heard).gather(1, instruments[:, None])


def build_networks(seed=0):
    """Both networks, with first weights that depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NoteGenerator(), NoteDiscriminator()


def train(generator, discriminator, waves, keys, instruments, steps=450, seed=0):
    """Train both networks on notes as `example_notes` gives them; yields a Progress a batch.

    The learning rate falls to zero over the second half: the last steps settle the details.
    """
    random = torch.Generator().manual_seed(seed)
    heard = shift(listen(waves), -keys)
    optimizer_g, optimizer_d = (
        torch.optim.Adam(network.parameters(), betas=(0.5, 0.99), fused=True)
        for network in (generator, discriminator)
    )
    for step in range(steps):
        for optimizer in (optimizer_g, optimizer_d):
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, 2 * (1 - step / steps))
        chosen = torch.randint(len(waves), (BATCH_SIZE,), generator=random)
        key, instrument, real = keys[chosen], instruments[chosen], heard[chosen]
        fake = generator(torch.randn(BATCH_SIZE, Z_LENGTH, generator=random), key, instrument)
        fake = shift(listen(fake), -key)

        logits = discriminator(torch.cat([real, fake.detach()]), instrument.repeat(2))
        loss_d = minimax_discriminator_loss(*logits.chunk(2))
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()

        loss_g = non_saturating_generator_loss(discriminator(fake, instrument))
        optimizer_g.zero_grad()
        loss_g.backward(inputs=list(generator.parameters()))
        optimizer_g.step()
        yield Progress(0, 1, step, steps, loss_d.item(), loss_g.item())


@torch.no_grad()
def play_notes(generator, keys, instruments, seed=0):
    """Notes (N, 4000) for keys (N,) and instruments (N,), each note with a z of its own."""
    z = torch.randn(len(keys), Z_LENGTH, generator=torch.Generator().manual_seed(seed))
    generator.eval()
    waves = generator(z, keys, instruments)
    generator.train()
    return waves


def pure_tones(keys):
    """The baseline that is always in tune: a fading sine of each key, (N,) -> (N, 4000)."""
    seconds = torch.arange(LENGTH) / SAMPLE_RATE
    return torch.sin(2 * torch.pi * frequency(keys)[:, None] * seconds) * torch.exp(-5 * seconds)


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


def cents_off(waves, keys):
    """How far waves (N, 4000) are from the pitch of their keys (N,): a semitone is 100 cents."""
    return 1200 * (detected_pitch(waves) / frequency(keys.double())).log2()


def share_in_tune(waves, keys):
    """The share of waves (N, 4000) whose pitch lies within 30 cents of their keys (N,)."""
    return (cents_off(waves, keys).abs() < 30).double().mean().item()


def decibels_from_real(notes, real):
    """How far notes sound from the nearest real note of the same key and instrument, on average.

    notes, real: (waves, keys, instruments). The distance of two notes is the root mean square of
    what `listen` hears, in decibels.
    """
    heard, heard_real = (7 * listen(waves).flatten(1) for waves, _, _ in (notes, real))
    distance = torch.cdist(heard, heard_real) / heard.shape[1] ** 0.5
    other = (notes[1][:, None] != real[1]) | (notes[2][:, None] != real[2])
    return distance.masked_fill(other, torch.inf).min(dim=1).values.mean().item()


def brightness_of(waves):
    """The mean frequency of waves (N, 4000), each weighed by its power, over their pitch: (N,)."""
    power = torch.fft.rfft(waves).abs().square()
    hertz = torch.arange(power.shape[1]) * SAMPLE_RATE / LENGTH
    return (power * hertz).sum(dim=1) / power.sum(dim=1) / detected_pitch(waves)


# --- the figure ---------------------------------------------------------------------------------


def show(rows, titles):
    """A figure of notes: for each {name: waves (N, 4000)}, a line of waves and one of spectrograms.

    titles: N short texts. Spectrograms over 60 decibels, dark is quiet.
    """
    columns = len(titles)
    figure, axes = plt.subplots(
        2 * len(rows), columns, figsize=(1.6 * columns, 2.6 * len(rows)), sharex=True, sharey="row"
    )
    window = torch.hann_window(WINDOW)
    for number, (name, waves) in enumerate(rows.items()):
        colour = plots.FAKE if "GAN" in name else plots.REAL
        for column, wave in enumerate(waves):
            above, below = axes[2 * number : 2 * number + 2, column]
            above.plot(np.arange(LENGTH) / SAMPLE_RATE, wave, color=colour, linewidth=0.3)
            spectrum = torch.stft(wave, WINDOW, 64, window=window, return_complex=True).abs()
            decibels = 20 * (spectrum / 100).clamp(min=1e-3).log10().numpy()
            look = {"origin": "lower", "aspect": "auto", "cmap": "cividis", "vmin": -60, "vmax": 0}
            below.imshow(decibels, extent=(0, 0.5, 0, 4), **look)
        axes[2 * number, 0].set_ylabel(name)
        axes[2 * number + 1, 0].set_ylabel("kHz")
    for column, title in enumerate(titles):
        axes[0, column].set_title(title, fontsize=9)
        axes[-1, column].set_xlabel("秒 · seconds")
    return figure
