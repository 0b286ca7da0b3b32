"""Train the six small GANs of lesson 02 and draw the README's gallery: python images/gallery.py

A row for each field: what goes in, what the GAN makes of it, and the truth, or the real example
that lies nearest to the GAN's. Nothing is picked: the first held-out inputs, the first samples.
Takes about two minutes.
"""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import torch
from draw import FOLDER, save
from matplotlib.colors import to_rgb

from gan_lesson.applications import (
    augmentation,
    levels,
    notes,
    style_transfer,
    super_resolution,
    text_to_image,
)

COLUMNS = 4  # pictures in each group
SIDE = 112  # pixels of each picture
SENTENCES = ("畫一個粗的三", "draw a thin seven", "畫斜斜的五", "draw a small eight")


def trained(progress):
    """Train to the end, saying where it is."""
    *_, last = progress
    print(last)


def nearest(drawn, real):
    """For each row of drawn (N, K) the number of the real one (M, K) that lies nearest."""
    return torch.cdist(drawn.flatten(1), real.flatten(1)).argmin(dim=1)


def grey(images):
    """Images (N, 1, H, W) in [-1, 1] as RGB arrays (N, H, W, 3) in [0, 1]."""
    return (images.permute(0, 2, 3, 1).expand(-1, -1, -1, 3) / 2 + 0.5).clamp(0, 1).numpy()


def style():
    pairs = style_transfer.load_pairs()
    learning, held_out = pairs
    painter, discriminator = style_transfer.build_networks()
    trained(style_transfer.train(painter, discriminator, learning, 0.3))
    sketches = held_out.sketches[:COLUMNS]
    colour = [
        (paintings.permute(0, 2, 3, 1) / 2 + 0.5).clamp(0, 1).numpy()
        for paintings in (
            style_transfer.paintings_of(painter, sketches),
            held_out.paintings[:COLUMNS],
        )
    ]
    return grey(1 - 2 * sketches), *colour


def enlargement():
    images, held_out, _ = super_resolution.load_digits()
    enlarger, discriminator = super_resolution.build_networks()
    trained(super_resolution.train(enlarger, discriminator, images, 0.05))
    truth = held_out[:COLUMNS]
    small = super_resolution.shrink(truth, torch.Generator().manual_seed(0))
    with torch.no_grad():
        return grey(small), grey(enlarger(small)), grey(truth)


def text():
    data, _ = text_to_image.load_digits()
    networks = text_to_image.build_networks()
    trained(text_to_image.train(networks, data))
    images = text_to_image.draw_sentences(networks, SENTENCES)
    words = [textwrap.fill(each, 7 if each.isascii() else 4) for each in SENTENCES]
    return words, grey(images), grey(data.images[nearest(images, data.images)])


def more_data():
    hospitals = augmentation.draw_hospitals("digits", 5)
    points = torch.stack([hospital.few for hospital in hospitals])
    labels, first = hospitals[0].labels, hospitals[0]
    generator, discriminator = augmentation.build_networks(points, labels)
    trained(augmentation.train(generator, discriminator, points, labels))
    kinds = torch.tensor([2, 3, 5, 8])
    drawn = augmentation.draw_examples(generator, torch.arange(10))[0, kinds]
    real = torch.cat([first.few, first.others, first.held_out])
    few = torch.stack([first.few[labels == kind][0] for kind in kinds])
    return [
        grey(((some + first.centre) * first.spread).view(-1, 1, 14, 14))
        for some in (few, drawn, real[nearest(drawn, real)])
    ]


def dungeons():
    examples = levels.example_levels(2500)
    generator, discriminator = levels.build_networks()
    trained(levels.train(generator, discriminator, examples))
    z = torch.randn(COLUMNS, levels.LATENT_DIM, generator=torch.Generator().manual_seed(0))
    drawn = levels.draw_levels(generator, COLUMNS)
    close = examples[nearest(levels.layers(drawn), levels.layers(examples))]
    colours = np.array([to_rgb(colour) for colour in levels.COLOURS])
    return bars(z), colours[drawn], colours[close]


def bars(z):
    """Latent vectors (N, K) as pictures of bars around zero, (N, SIDE, SIDE, 3) in [0, 1]."""
    heights = z[:, torch.arange(SIDE) * 14 // SIDE, None] * SIDE / 6
    middle = SIDE / 2 - torch.arange(SIDE)
    inside = (middle * heights.sign() > 0) & (middle.abs() < heights.abs())
    inside[:, torch.arange(SIDE) * 14 % SIDE < 28] = False
    return np.where(inside.mT[..., None], to_rgb("#D55E00"), 1.0)


def sounds():
    waves, keys, instruments = notes.example_notes(12)
    generator, discriminator = notes.build_networks()
    trained(notes.train(generator, discriminator, waves, keys, instruments))
    asked, kinds = torch.tensor([0, 4, 7, 12]), torch.tensor([0, 1, 0, 1])
    drawn = notes.play_notes(generator, asked, kinds)
    same = (keys == asked[:, None]) & (instruments == kinds[:, None])
    distance = torch.cdist(notes.listen(drawn).flatten(1), notes.listen(waves).flatten(1))
    close = waves[distance.masked_fill(~same, torch.inf).argmin(dim=1)]
    words = ("撥弦\nplucked", "敲擊\nstruck")
    names = [
        f"{note}\n{words[kind]}" for note, kind in zip(("C4", "E4", "G4", "C5"), kinds, strict=True)
    ]
    return names, spectrograms(drawn), spectrograms(close)


def spectrograms(waves):
    """Waves (N, 4000) as pictures of their spectrograms, low pitches below, 60 decibels."""
    spectra = torch.stft(waves, 512, 64, window=torch.hann_window(512), return_complex=True).abs()
    decibels = 20 * (spectra / 100).clamp(min=1e-3).log10()
    return plt.get_cmap("cividis")(1 + decibels.flip(1)[:, 128:] / 60)[..., :3]


def main():
    rows = {
        "風格轉換\nstyle transfer": style(),
        "超解析度\nsuper-resolution": enlargement(),
        "文字到圖像\ntext to image": text(),
        "資料擴增\naugmentation": more_data(),
        "遊戲關卡\ngame levels": dungeons(),
        "音訊\naudio": sounds(),
    }
    columns = (
        "進去的\ninput",
        "GAN 做的\nwhat the GAN makes",
        "答案或最近的真例\ntruth or nearest real",
    )
    figure, axes = plt.subplots(len(rows), 3 * COLUMNS + 2, figsize=(12, 5.8))
    for line, (name, groups) in zip(axes, rows.items(), strict=True):
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=11)
        for axis in line:
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        for start, group in zip(range(0, len(line), COLUMNS + 1), groups, strict=True):
            for axis, content in zip(line[start:], group, strict=False):
                if isinstance(content, str):
                    place = {"ha": "center", "va": "center", "transform": axis.transAxes}
                    axis.text(0.5, 0.5, content, fontsize=10, **place)
                else:
                    axis.imshow(content, aspect="auto", interpolation="nearest")
    for start, title in zip((1, COLUMNS + 2, 2 * COLUMNS + 3), columns, strict=True):
        axes[0, start].set_title(title, fontsize=11, loc="left").set_in_layout(False)
    axes[0, COLUMNS].set_title("\n", fontsize=11)  # room for them
    save(figure, FOLDER / "gallery.png")


if __name__ == "__main__":
    main()
