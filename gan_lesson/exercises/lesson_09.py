"""The checks of lesson 09."""

import torch

from gan_lesson.exercises import right, wrong
from gan_lesson.models import ConditionalGenerator


def exercise_1(answer):
    """The parameters of nn.Conv2d(16, 32, 4)."""
    found = float(answer)
    if found == 16 * 32 * 16 + 32:
        return right(
            "16 × 32 × 4 × 4 + 32 = 8,224；圖再大，這個數也不變。",
            "16 × 32 × 4 × 4 + 32 = 8,224; however large the image, it stays the same.",
        )
    if found == 16 * 32 * 16:
        return wrong(
            "漏了偏差：每個出去的通道有一個。",
            "The biases are missing: one for each channel out.",
        )
    if found in (16 * 16 + 32, 32 * 16 + 32, 32 * 16, 16 * 16):
        return wrong(
            "每個出去的通道，要看每一個進來的通道，各有自己的小窗。",
            "Each channel out looks at every channel in, with a window of its own for each.",
        )
    if found in (16 * 32 * 4 + 32, 16 * 32 * 4):
        return wrong("小窗是 4 × 4，不是 4 格。", "A window is 4 × 4, not 4 pixels.")
    return wrong(
        f"{found:g} 不對：先算一個出去的通道要幾個權重。",
        f"{found:g} is not it: first, how many weights does one channel out need?",
    )


def exercise_2(answer):
    """The hinge loss of D for three real scores and three fake ones."""
    found = float(answer)
    if 1.525 <= found <= 1.54:
        return right(
            "真圖 (0 + 0.6 + 2) / 3，假圖 (0 + 0.5 + 1.5) / 3，相加約 1.53；3 分和 −2 分已經及格。",
            "Real (0 + 0.6 + 2) / 3, fake (0 + 0.5 + 1.5) / 3, together about 1.53; the scores 3 "
            "and −2 have passed already.",
        )
    if 4.55 <= found <= 4.65:
        return wrong(
            "這是全部相加；真圖和假圖要各取平均。",
            "This is the sum of all; real and fake are each averaged.",
        )
    if 0.76 <= found <= 0.775:
        return wrong(
            "這是六張一起平均；損失是真圖的平均加上假圖的平均。",
            "This is the mean over all six; the loss adds that of the real and that of the fake.",
        )
    if 0.66 <= found <= 0.67 or 0.86 <= found <= 0.87:
        return wrong(
            "這只是其中一半：真圖和假圖的要相加。",
            "This is one half only: that of real and that of fake images are added.",
        )
    if 0.525 <= found <= 0.54:
        return wrong(
            "及格的分數不能倒扣：小於 0 的要當成 0。",
            "A score that has passed earns nothing back: what is below 0 counts as 0.",
        )
    return wrong(
        f"{found:g} 不對：一張一張算 relu，再取平均。",
        f"{found:g} is not it: the relu of each score first, then the means.",
    )


def exercise_3(answer):
    """Steps after which 0.995 to that power is at most one half."""
    found = float(answer)
    if found == 139:
        return right(
            "0.995 的 138 次方還在 0.5 以上，139 次方才到 0.498。",
            "0.995 to the power of 138 is still above 0.5; to the power of 139 it is 0.498.",
        )
    if 138 <= found < 139:
        return wrong(
            "快了，但這一步的份量還比一半多一點點。",
            "Nearly, but at this step it is still a little more than half.",
        )
    if found == 100:
        return wrong(
            "份量不是每步減 0.005，而是每步乘 0.995。",
            "The weight does not fall by 0.005 at each step; it is multiplied by 0.995.",
        )
    if found == 200:
        return wrong(
            "200 步之後剩下 0.995 的 200 次方，只有 0.37。",
            "After 200 steps 0.995 to the power of 200 is left, only 0.37.",
        )
    return wrong(
        f"{found:g} 不對：找最小的 n，讓 0.995 的 n 次方不超過 0.5。",
        f"{found:g} is not it: find the smallest n with 0.995 to the power of n at most 0.5.",
    )


def exercise_4(answer):
    """A function that writes a row of digits with a conditional generator."""
    if not callable(answer):
        return wrong("要交出函式 write。", "Hand in the function write.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = ConditionalGenerator(12)
        generator(torch.randn(64, 12))  # batch norm has seen something
    with torch.no_grad():
        images = answer(generator.train(), "7041", 3)
        again = answer(generator.eval(), "7041", 3)
        other = answer(generator, "7041", 4)
        nines = answer(generator, "9041", 3)
    if not isinstance(images, torch.Tensor) or images.shape != (4, 1, 28, 28):
        shape = tuple(getattr(images, "shape", ()))
        return wrong(
            f"「7041」要有形狀 (4, 1, 28, 28)，這是 {shape}。",
            f"For 7041 the shape must be (4, 1, 28, 28), this is {shape}.",
        )
    if other.equal(again):
        return wrong(
            "換一個種子，圖卻完全一樣：z 要用這個種子抽。",
            "With another seed the images are the same: z must be drawn from the seed.",
        )
    if not answer(generator.eval(), "7041", 3).equal(again):
        return wrong("同樣的種子給了不同的圖。", "The same seed gave other images.")
    if not torch.allclose(images, again, atol=1e-5):
        return wrong(
            "generator 在 train() 和 eval() 模式畫得不一樣：畫之前先呼叫 eval()。",
            "With a generator in train() mode the images are others than in eval() mode: call "
            "eval() before drawing.",
        )
    same = [torch.allclose(one, two, atol=1e-5) for one, two in zip(again, nines, strict=True)]
    if same != [False, True, True, True]:
        return wrong(
            "把第一個字從 7 改成 9，應該剛好只有第一張圖會變。",
            "With the first character changed from 7 to 9, only the first image should change.",
        )
    if not _follows_labels(answer):
        return wrong(
            "圖和字對不上：標籤要照 text 的順序。",
            "Images and characters do not match: the labels must be those of text, in order.",
        )
    return right(
        "照著字畫，種子決定筆跡。", "It draws what the text says; the seed decides the handwriting."
    )


class _Recorder(ConditionalGenerator):
    """Draws the label itself as brightness, so that a mix-up shows."""

    def forward(self, z, labels=None):
        if labels is None:
            labels = torch.arange(len(z)) % 10
        return labels.to(z.dtype)[:, None].expand(-1, 784) / 9 + 0 * z.sum(dim=1, keepdim=True)


def _follows_labels(answer):
    images = answer(_Recorder(4), "3081", 0)
    found = (images.flatten(1).mean(dim=1) * 9).round().int().tolist()
    return found == [3, 0, 8, 1]


LINES = {"a": "hinge", "b": "r3gan", "c": "wgan-gp", "d": "conditional", "e": "dcgan"}
HINTS = {
    "a": ("1 分以上就及格", "a score of 1 or more has passed"),
    "b": ("真假成對，比誰的分數高", "real and fake are a pair, and one must score higher"),
    "c": ("斜率離 1 越遠，罰得越重", "the further a slope is from 1, the more it costs"),
    "d": ("圖的 784 個數後面，還接了 10 個", "10 numbers stand beside the 784 of the image"),
    "e": ("步長 2，把圖放大一倍", "stride 2 makes the image twice as large"),
}


def exercise_5(answer):
    """Which recipe each line belongs to."""
    if not isinstance(answer, dict) or set(answer) != set(LINES):
        return wrong(
            "答案要有 a、b、c、d、e 五個，各填一個配方的名字。",
            "The answer needs a, b, c, d and e, each with the name of a recipe.",
        )
    for name, recipe in LINES.items():
        if answer[name] != recipe:
            zh, en = HINTS[name]
            return wrong(
                f"{name} 不是 {answer[name]}：{zh}。", f"{name} is not {answer[name]}: {en}."
            )
    return right(
        "每個配方的想法，都看得見是哪一行。", "Each recipe's idea can be seen in one of its lines."
    )
