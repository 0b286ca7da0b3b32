"""What a direction of a latent space changes in images, in a word or two: "thin ↔ bold"."""

import torch

from gan_lesson import metrics
from gan_lesson.runs import sample

# What a direction can change, of images (N, 28, 28) from 0 to 1; and both ends in words.
CHANGES = {
    ("細", "粗", "thin", "bold"): lambda ink: ink.sum(dim=(1, 2)),
    ("窄", "寬", "narrow", "wide"): lambda ink: _deviation(ink.sum(dim=1)),
    ("矮", "高", "low", "tall"): lambda ink: _deviation(ink.sum(dim=2)),
    ("偏左", "偏右", "left", "right"): lambda ink: _mean(ink.sum(dim=1)),
    ("偏上", "偏下", "up", "down"): lambda ink: _mean(ink.sum(dim=2)),
}


def _mean(profile):
    """The mean place of ink along a row, for profiles (N, 28)."""
    return profile @ torch.arange(28.0) / profile.sum(dim=1).clamp(min=1e-6)


def _deviation(profile):
    away = torch.arange(28.0) - _mean(profile)[:, None]
    return ((profile * away**2).sum(dim=1) / profile.sum(dim=1).clamp(min=1e-6)).sqrt()


def name_directions(generator, vectors, classifier=None):
    """A pair (zh, en) for each direction: what images turn into 2 to both sides of 64 z.

    With a classifier of digits: the digit that gets rarest and the one that gets most common, where
    a tenth of the images change sides. Else what changes most of CHANGES, if it does by half its
    deviation; else None.
    """
    z = torch.randn(64, vectors.shape[1], generator=torch.Generator().manual_seed(0))
    names = []
    for vector in vectors:
        ends = [sample(generator, z + step * vector) for step in (-2, 2)]
        if classifier:
            shares = [
                metrics.logits_and_features(end, classifier)[0].argmax(dim=1).bincount(minlength=10)
                for end in ends
            ]
            change = (shares[1] - shares[0]) / len(z)
            if change.max() - change.min() > 0.2:
                digits = f"{change.argmin()} ↔ {change.argmax()}"
                names.append((digits, digits))
                continue
        inks = [(end.view(-1, 28, 28) + 1) / 2 for end in ends]
        changes = {}
        for words, measure in CHANGES.items():
            low, high = (measure(ink) for ink in inks)
            deviation = torch.cat([low, high]).std().clamp(min=1e-3)
            changes[words] = ((high - low).mean() / deviation).item()
        low_zh, high_zh, low_en, high_en = words = max(changes, key=lambda each: abs(changes[each]))
        way, pairs = 1 if changes[words] > 0 else -1, ((low_zh, high_zh), (low_en, high_en))
        clear = abs(changes[words]) > 0.5
        names.append(tuple(" ↔ ".join(pair[::way]) for pair in pairs) if clear else None)
    return names
