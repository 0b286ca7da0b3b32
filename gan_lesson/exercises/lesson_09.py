"""The exercises of lesson 09: convolutions, the hinge, the moving average, labels, recipes."""

import torch

from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, between, call, choices, number
from gan_lesson.models import ConditionalGenerator

# The parameters of nn.Conv2d(16, 32, 4)
exercise_1 = number(
    16 * 32 * 16 + 32,
    praise=(
        "16 × 32 × 4 × 4 + 32 = 8,224；圖再大，這個數也不變。",
        "16 × 32 × 4 × 4 + 32 = 8,224; however large the image, it stays the same.",
    ),
    mistakes={
        16 * 32 * 16: (
            "漏了偏置：每個出去的通道有一個。",
            "The biases are missing: one for each channel out.",
        ),
        (16 * 16 + 32, 32 * 16 + 32, 32 * 16, 16 * 16): (
            "每個出去的通道，要看每一個進來的通道，各有自己的卷積核。",
            "Each channel out looks at every channel in, with a kernel of its own for each.",
        ),
        (16 * 32 * 4 + 32, 16 * 32 * 4): (
            "卷積核是 4 × 4，不是 4 格。",
            "A kernel is 4 × 4, not 4 pixels.",
        ),
    },
    otherwise=(
        "{:,.10g} 不對：先算一個出去的通道要幾個權重。",
        "{:,.10g} is not it: first, how many weights does one channel out need?",
    ),
)


# The hinge loss of D for three real scores and three fake ones
exercise_2 = number(
    1.533,
    near=0.008,
    praise=(
        "真圖 (0 + 0.6 + 2) / 3，假圖 (0 + 0.5 + 1.5) / 3，相加約 1.53；3 分和 −2 分已經及格。",
        "Real (0 + 0.6 + 2) / 3, fake (0 + 0.5 + 1.5) / 3, together about 1.53; the scores 3 "
        "and −2 have passed already.",
    ),
    mistakes={
        between(4.55, 4.65): (
            "這是全部相加；真圖和假圖要各取平均。",
            "This is the sum of all; real and fake are each averaged.",
        ),
        between(0.76, 0.775): (
            "這是六張一起平均；損失是真圖的平均加上假圖的平均。",
            "This is the mean over all six; the loss adds that of the real and that of the fake.",
        ),
        (0.667, 0.867): (
            "這只是其中一半：真圖和假圖的要相加。",
            "This is one half only: that of real and that of fake images are added.",
        ),
        0.533: (
            "及格的分數不能倒扣：小於 0 的要當成 0。",
            "A score that has passed earns nothing back: what is below 0 counts as 0.",
        ),
    },
    otherwise=(
        "{:g} 不對：一張一張算 relu，再取平均。",
        "{:g} is not it: the relu of each score first, then the means.",
    ),
)


# Steps after which 0.995 to that power is at most one half
exercise_3 = number(
    139,
    praise=(
        "0.995 的 138 次方還在 0.5 以上，139 次方才到 0.498。訓練剛開始時平均還在暖身，"
        "每步乘的數比較小，忘得更快。",
        "0.995 to the power of 138 is still above 0.5; to the power of 139 it is 0.498. Early in "
        "training, while the average warms up, each step multiplies by less, and it forgets "
        "sooner.",
    ),
    mistakes={
        between(138, 138.999): (
            "快了，但這一步的份量還比一半多一點點。",
            "Nearly, but at this step it is still a little more than half.",
        ),
        100: (
            "份量不是每步減 0.005，而是每步乘 0.995。",
            "The weight does not fall by 0.005 at each step; it is multiplied by 0.995.",
        ),
        200: (
            "200 步之後剩下 0.995 的 200 次方，只有 0.37。",
            "After 200 steps 0.995 to the power of 200 is left, only 0.37.",
        ),
    },
    otherwise=(
        "{:g} 不對：找最小的 n，讓 0.995 的 n 次方不超過 0.5。",
        "{:g} is not it: find the smallest n with 0.995 to the power of n at most 0.5.",
    ),
)


def exercise_4(answer):
    """A function that writes a row of digits with a conditional generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = ConditionalGenerator(12)
        generator(torch.randn(64, 12))  # batch norm has seen something
    images = _written(answer, generator.train(), "7041", 3)
    if images.shape != (4, 1, 28, 28):
        return wrong(
            f"「7041」要有形狀 (4, 1, 28, 28)，這是 {tuple(images.shape)}。",
            f"For 7041 the shape must be (4, 1, 28, 28), this is {tuple(images.shape)}.",
        )
    again = _written(answer, generator.eval(), "7041", 3)
    if _written(answer, generator.eval(), "7041", 4).equal(again):
        return wrong(
            "換一個種子，圖卻完全一樣：z 要用這個種子抽。",
            "With another seed the images are the same: z must be drawn from the seed.",
        )
    if not _written(answer, generator.eval(), "7041", 3).equal(again):
        return wrong("同樣的種子給了不同的圖。", "The same seed gave other images.")
    if not torch.allclose(images, again, atol=1e-5):
        return wrong(
            "generator 在 train() 和 eval() 模式畫得不一樣：畫之前先呼叫 eval()。",
            "With a generator in train() mode the images are others than in eval() mode: call "
            "eval() before drawing.",
        )
    nines = _written(answer, generator, "9041", 3)
    same = [torch.allclose(one, two, atol=1e-5) for one, two in zip(again, nines, strict=True)]
    if same != [False, True, True, True]:
        return wrong(
            "把第一個字從 7 改成 9，應該剛好只有第一張圖會變。",
            "With the first character changed from 7 to 9, only the first image should change.",
        )
    shades = _written(answer, _Recorder(4), "3081", 0).flatten(1).mean(dim=1)
    if (shades * 9).round().tolist() != [3, 0, 8, 1]:
        return wrong(
            "圖和字對不上：標籤要照 text 的順序。",
            "Images and characters do not match: the labels must be those of text, in order.",
        )
    return right(
        "照著字畫，種子決定筆跡。", "It draws what the text says; the seed decides the handwriting."
    )


@torch.no_grad()
def _written(answer, *arguments):
    return as_tensor(call(answer, "write(generator, text, seed)", *arguments))


class _Recorder(ConditionalGenerator):
    """Draws the label itself as brightness, so that a mix-up shows."""

    def forward(self, z, labels=None):
        if labels is None:
            labels = torch.arange(len(z)) % 10
        return labels.to(z.dtype)[:, None].expand(-1, 784) / 9 + 0 * z.sum(dim=1, keepdim=True)


# Which recipe each line belongs to
exercise_5 = choices(
    {"a": "hinge", "b": "r3gan", "c": "wgan-gp", "d": "conditional", "e": "dcgan"},
    praise=(
        "每個配方的想法，都看得見是哪一行。",
        "Each recipe's idea can be seen in one of its lines.",
    ),
    hints={
        "a": ("1 分以上就及格。", "a score of 1 or more has passed."),
        "b": ("真假成對，比誰的分數高。", "real and fake are a pair, and one must score higher."),
        "c": ("斜率離 1 越遠，罰得越重。", "the further a slope is from 1, the more it costs."),
        "d": ("圖的 784 個數後面，還接了 10 個。", "10 numbers stand beside the 784 of the image."),
        "e": ("步幅 2，把圖放大一倍。", "stride 2 makes the image twice as large."),
    },
)
