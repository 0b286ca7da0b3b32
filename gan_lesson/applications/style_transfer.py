"""Style transfer: pencil outlines of digits in, brush paintings out, by pix2pix's idea.

A content loss (L1) keeps the painting that of this sketch; a discriminator that looks at patches
of sketch and painting together asks for brush strokes. The paintings follow a recipe of ours.
Source: Isola et al. 2017, "Image-to-Image Translation with Conditional Adversarial Networks".
"""

from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import (
    affine_grid,
    avg_pool2d,
    grid_sample,
    interpolate,
    l1_loss,
    max_pool2d,
    pad,
)

from gan_lesson import metrics
from gan_lesson.data import load_images
from gan_lesson.losses import minimax_discriminator_loss, non_saturating_generator_loss
from gan_lesson.training import Progress

SIZE = 48  # pixels; the middle 24 of a digit's 28, twice as large


def colours(dark, light):
    """Two RGB colours from 0 to 255 as pixels (3, 1, 1) in [-1, 1]."""
    return [torch.tensor(colour)[:, None, None] / 127.5 - 1 for colour in (dark, light)]


GROUND = colours((4, 18, 60), (47, 100, 148))  # the darkest and the lightest blue
STROKE = colours((150, 56, 8), (255, 232, 130))  # the darkest and the lightest orange
STEPS, BATCH_SIZE, LEARNING_RATE = 300, 8, 4e-3  # the rate falls to 0 over the second half


# --- the data: sketches and paintings in pairs, by a recipe ---------------------------------------


def soften(pictures, size):
    """The mean of size x size pixels around each pixel, (N, C, H, W) -> the same shape."""
    return avg_pool2d(pad(pictures, [size // 2] * 4, mode="replicate"), size, stride=1)


def slopes(pictures):
    """How fast pictures rise to the right, and downwards: two of the shape (N, C, H, W)."""
    wide = pad(pictures, (1, 1, 1, 1), mode="replicate")
    across = wide[..., 1:-1, 2:] - wide[..., 1:-1, :-2]
    down = wide[..., 2:, 1:-1] - wide[..., :-2, 1:-1]
    return across / 2, down / 2


def moved(pictures, by):
    """Each pixel taken from a place `by` pixels (right, down) away, by (N, 2, 48, 48)."""
    here = affine_grid(torch.eye(2, 3)[None], (1, 1, SIZE, SIZE), align_corners=False)
    places = here + by.permute(0, 2, 3, 1) * 2 / SIZE
    return grid_sample(pictures, places, padding_mode="reflection", align_corners=False)


def stroke_directions(ink):
    """Which way the brush goes: along the pen on the digit, level on the ground.

    Shapes: ink (N, 1, 48, 48) in [0, 1] -> unit vectors (right, down), (N, 2, 48, 48).
    """
    across, down = slopes(soften(ink, 3))
    ground = 0.01 * (1 - soften((ink > 0.3).float(), 3))
    xx, xy, yy = (soften(soften(p, 5), 5) for p in (across**2, across * down, down**2 + ground))
    steepest = torch.atan2(2 * xy, xx - yy) / 2
    return torch.cat([-steepest.sin(), steepest.cos()], dim=1)


def paint_ink(ink, random):
    """Paintings of ink (N, 1, 48, 48) in [0, 1]: RGB (N, 3, 48, 48) in [-1, 1].

    Bristles are random noise smeared 11 pixels along the brush; they make the paint lighter and
    darker. Orange paint lies thick on blue ground: the light comes from the upper left.
    """
    noise = torch.randn(ink.shape, generator=random)
    noise = soften(noise, 3) + 0.4 * noise
    direction = stroke_directions(ink)
    bristles = sum(moved(noise, far * direction) for far in range(-5, 6))
    bristles = 0.22 * bristles / bristles.std(dim=(2, 3), keepdim=True)
    across, down = slopes(torch.sigmoid(6 * (ink - 0.5)))
    tone = (0.5 + bristles + 1.2 * (across + down)).clamp(0, 1)
    ground, thick = (dark + tone * (light - dark) for dark, light in (GROUND, STROKE))
    covered = torch.sigmoid(15 * (ink - 0.5))
    return covered * thick + (1 - covered) * ground


def draw_outline(ink, random):
    """Sketches of ink (N, 1, 48, 48): 0 is paper and 1 pencil, with a shaky hand and grain."""
    shake = 6 * soften(soften(torch.randn(len(ink), 2, SIZE, SIZE, generator=random), 9), 9)
    ink = moved(ink, shake)
    steepness = torch.hypot(*slopes(ink))
    line = torch.exp(-(((ink - 0.5) / (steepness + 0.02)) ** 2))
    return line * (0.55 + 0.45 * torch.rand(ink.shape, generator=random))


class Pairs(NamedTuple):
    """Sketches (N, 1, 48, 48) in [0, 1], paintings (N, 3, 48, 48) in [-1, 1], labels (N,)."""

    sketches: torch.Tensor
    paintings: torch.Tensor
    labels: torch.Tensor


def load_pairs():
    """Pairs from real digits: 1437 to train on, 360 held out.

    Every fifth digit is held out, the very ones that the package's classifier has not seen either.
    """
    images, labels = load_images("digits")
    random = torch.Generator().manual_seed(0)
    ink = interpolate(images[..., 2:-2, 2:-2], size=SIZE, mode="bicubic") / 2 + 0.55
    pairs = draw_outline(ink, random), paint_ink(ink, random), labels
    held_out = torch.arange(len(images)) % 5 == 0
    return Pairs(*(part[~held_out] for part in pairs)), Pairs(*(part[held_out] for part in pairs))


# --- the two networks ---------------------------------------------------------------------------


def down(channels_in, channels_out):
    """Half the size: (N, channels_in, H, W) -> (N, channels_out, H/2, W/2)."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1), nn.LeakyReLU(0.2)
    )


def up(channels_in, channels_out):
    """Twice the size: (N, channels_in, H, W) -> (N, channels_out, 2H, 2W)."""
    return nn.Sequential(
        nn.Conv2d(channels_in, 4 * channels_out, 3, padding=1),
        nn.PixelShuffle(2),
        nn.LeakyReLU(0.2),
    )


class Painter(nn.Module):
    """The generator, a small U-Net: down to 6x6 and up again, with a bridge at each size.

    Shapes: sketch (N, 1, 48, 48) and as much noise -> painting (N, 3, 48, 48) in [-1, 1].
    """

    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.down3 = down(2, 16), down(16, 32), down(32, 32)
        self.up3, self.up2, self.up1 = up(32, 32), up(64, 16), up(32, 8)
        self.last = nn.Sequential(nn.Conv2d(10, 3, 3, padding=1), nn.Tanh())

    def forward(self, sketch, noise):
        large = torch.cat([sketch, noise], dim=1)  # 48x48
        middle = self.down1(large)  # 24x24
        small = self.down2(middle)  # 12x12
        painting = self.up3(self.down3(small))
        painting = self.up2(torch.cat([painting, small], dim=1))
        painting = self.up1(torch.cat([painting, middle], dim=1))
        return self.last(torch.cat([painting, large], dim=1))


class PatchDiscriminator(nn.Module):
    """Judge patches of 18x18 pixels of sketch and painting together, each by itself.

    Shapes: sketch (N, 1, 48, 48), painting (N, 3, 48, 48) -> a logit a patch (N, 1, 12, 12).
    """

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(4, 32, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 32, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 1, 3, padding=1),
        )

    def forward(self, sketch, painting):
        return self.model(torch.cat([sketch, painting], dim=1))


def build_networks():
    """Both networks, with the same weights each time: painter, discriminator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Painter(), PatchDiscriminator()


# --- the loss and the training ------------------------------------------------------------------


def painter_loss(fake, real, logits_fake, adversarial_weight):
    """This sketch's painting, and brush strokes that pass for real (Isola et al. 2017, eq. 4).

    The paper weighs the content by 100; we weigh the other part by a small number instead.
    Shapes: fake and real (N, 3, 48, 48), logits_fake (N, 1, 12, 12) -> one number >= 0.
    """
    content = l1_loss(fake, real)
    adversarial = non_saturating_generator_loss(logits_fake)
    return content + adversarial_weight * adversarial


def train(painter, discriminator, pairs, adversarial_weight, steps=STEPS):
    """Train both networks on Pairs; yield a Progress each batch.

    With adversarial_weight 0 only the content loss is left: the L1 network to compare with.
    """
    optimizer_g, optimizer_d = (
        torch.optim.Adam(network.parameters(), betas=(0.5, 0.99))
        for network in (painter, discriminator)
    )
    random = torch.Generator().manual_seed(0)
    for step in range(steps):
        for optimizer in (optimizer_g, optimizer_d):
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, 2 * (1 - step / steps))
        chosen = torch.randint(len(pairs.labels), (BATCH_SIZE,), generator=random)
        sketch, real = pairs.sketches[chosen], pairs.paintings[chosen]
        fake = painter(sketch, torch.randn(sketch.shape, generator=random))
        if adversarial_weight:
            both = discriminator(sketch.repeat(2, 1, 1, 1), torch.cat([real, fake.detach()]))
            loss_d = minimax_discriminator_loss(*both.chunk(2))
            optimizer_d.zero_grad()
            loss_d.backward()
            optimizer_d.step()
            loss_g = painter_loss(fake, real, discriminator(sketch, fake), adversarial_weight)
        else:
            loss_d, loss_g = torch.zeros(()), l1_loss(fake, real)
        optimizer_g.zero_grad()
        loss_g.backward(inputs=list(painter.parameters()))
        optimizer_g.step()
        yield Progress(0, 1, step, steps, loss_d.item(), loss_g.item())


@torch.no_grad()
def paintings_of(painter, sketches, seed=1):
    """What the painter makes of sketches (N, 1, 48, 48), with noise that the seed decides."""
    return painter(
        sketches, torch.randn(sketches.shape, generator=torch.Generator().manual_seed(seed))
    )


# --- the baseline that learns nothing -----------------------------------------------------------


def filled(sketches):
    """Outlines (N, 1, 48, 48) filled as with a paint bucket, in two plain colours.

    Paper that the corner reaches is ground; what lies behind one line is stroke; what lies behind
    two is ground again, like the hole of a 0. Where a line has a gap, the paint runs out.
    """
    paper = (sketches < 0.3).float()

    def flood(start):
        for _ in range(2 * SIZE):
            start = max_pool2d(start, 3, stride=1, padding=1) * paper
        return start

    corner = torch.zeros_like(paper)
    corner[..., 0, 0] = 1
    ground = flood(corner)
    behind_one_line = flood(max_pool2d(ground, 7, stride=1, padding=3) * paper * (1 - ground))
    hole = paper - ground - behind_one_line
    plain_ground, plain_stroke = (sum(pair) / 2 for pair in (GROUND, STROKE))
    return torch.where(ground + hole > 0, plain_ground, plain_stroke)


# --- the measures ---------------------------------------------------------------------------------


def grey(paintings):
    """Paintings (N, 3, 48, 48) as the classifier wants digits: (N, 1, 28, 28) in [-1, 1]."""
    ground, stroke = (((dark + light) / 2).mean() for dark, light in (GROUND, STROKE))
    brightness = paintings.mean(dim=1, keepdim=True)
    ink = ((brightness - ground) / (stroke - ground) * 2 - 1).clamp(-1, 1)
    return pad(avg_pool2d(ink, 2), (2, 2, 2, 2), value=-1)


def texture(paintings):
    """How much a pixel differs from the mean of its 3x3, on average: 0 is perfectly smooth."""
    return l1_loss(paintings, soften(paintings, 3)).item()


class Quality(NamedTuple):
    """What is measured of paintings."""

    distance: float  # mean L1 distance from the true paintings, 0 to 2
    texture: float  # best where it is that of the true paintings
    read: float  # share of digits that the classifier reads right, 0 to 1


def measure(paintings, pairs, classifier):
    """Judge paintings (N, 3, 48, 48) of the sketches of these Pairs."""
    read = metrics.logits_and_features(grey(paintings), classifier)[0].argmax(dim=1)
    return Quality(
        l1_loss(paintings, pairs.paintings).item(),
        texture(paintings),
        (read == pairs.labels).double().mean().item(),
    )


# --- the figure -----------------------------------------------------------------------------------


def show(rows, columns=6):
    """A figure with a row for each: {its name: pictures (N, 1 or 3, 48, 48)}.

    Three layers are a painting in [-1, 1], one is a sketch, where 1 is pencil.
    """
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(9.6, 1.35 * len(rows)), layout="constrained"
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for axis, picture in zip(line, pictures, strict=False):
            if len(picture) == 3:
                axis.imshow((picture.permute(1, 2, 0).numpy() + 1) / 2, interpolation="nearest")
            else:
                pencil = 1 - picture[0].numpy()
                axis.imshow(pencil, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure
