"""The exercises of lesson 09: convolutions, who won, the moving average, labels, recipes."""

import torch

from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, between, call, choices, number
from gan_lesson.models import ConditionalGenerator

# The parameters of nn.Conv2d(16, 32, 4)
exercise_1 = number(
    16 * 32 * 16 + 32,
    praise="""16 × 32 × 4 × 4 + 32 = 8,224；圖再大，這個數也不變。
        16 × 32 × 4 × 4 + 32 = 8,224; however large the image, it stays the same.""",
    mistakes={
        16 * 32 * 16: """漏了偏置：每個出去的通道有一個。
            The biases are missing: one for each channel out.""",
        (16 * 16 + 32, 32 * 16 + 32, 32 * 16, 16 * 16): """每個出去的通道，要看每一個進來的通道，\
            各有自己的卷積核。
            Each channel out looks at every channel in, with a kernel of its own for each.""",
        (16 * 32 * 4 + 32, 16 * 32 * 4): """卷積核是 4 × 4，不是 4 格。
            A kernel is 4 × 4, not 4 pixels.""",
    },
    otherwise="""{:,.10g} 不對：先算一個出去的通道要幾個權重。
        {:,.10g} is not it: first, how many weights does one channel out need?""",
)


# Which of two recipes is better, by the 95 % intervals of three seeds
exercise_2 = choices(
    {"a": "P", "b": "none", "c": "Q", "d": "none"},
    praise="""兩個區間分開才有贏家；b 的平均差了 9，區間卻重疊；d 的一次訓練沒有區間。
        Only intervals apart make a winner; in b the means are 9 apart, and yet the intervals
        overlap; one run, as in d, has no interval.""",
    mistakes=(
        (
            {"b": "P"},
            """b 的平均是 46 和 55，可是區間各是 ±15：重疊，還不能說。
                In b the means are 46 and 55, but each interval reaches 15 to both sides: they
                overlap, and nothing may be said yet.""",
        ),
        (
            {"d": "Q"},
            """d 的 Q 只練了一次：25 可能是運氣，一個數沒有區間。
                Q of d was trained once: its 25 may be luck, and one number has no interval.""",
        ),
        (
            {"c": "P"},
            """c 是精確率：越高越好。
                c is precision: higher is better.""",
        ),
        (
            {"a": "Q"},
            """a 是 FD：越低越好。
                a is FD: lower is better.""",
        ),
        (
            {"a": "none"},
            """a 的區間是 42.3 ± 3.8 和 55.7 ± 5.2：沒有重疊。
                The intervals of a are 42.3 ± 3.8 and 55.7 ± 5.2: they do not overlap.""",
        ),
        (
            {"c": "none"},
            """c 的區間是 0.62 ± 0.02 和 0.71 ± 0.02：沒有重疊。
                The intervals of c are 0.62 ± 0.02 and 0.71 ± 0.02: they do not overlap.""",
        ),
    ),
)


# The first step at which the warm-up lets the share be 0.995
exercise_3 = number(
    1790,
    near=0,
    praise="""(1 + 1,790) / (10 + 1,790) = 0.995。設定寫 0.995，前 1,790 步記得的都比 200 步短。
        (1 + 1,790) / (10 + 1,790) = 0.995. The setting says 0.995, and for the first 1,790 steps
        the average remembers fewer than 200.""",
    mistakes={
        200: """1 / (1 − 0.995) = 200 是它最後記得幾步，不是走到第幾步才這麼久。
            1 / (1 − 0.995) = 200 is how many steps it remembers in the end, not the step at which
            it has come that far.""",
        8990: """8,990 是 0.999 的。
            8,990 belongs to 0.999.""",
        (1789, 1791): """差一步：(1 + n) / (10 + n) 剛好等於 0.995 的那一步。
            One step off: at which n is (1 + n) / (10 + n) exactly 0.995?""",
        between(138, 139): """這是份量減半要幾步；題目問的是暖身什麼時候結束。
            This is the number of steps in which a weight is halved; the question is when the
            warm-up ends.""",
    },
    otherwise="""{:g} 不對：解 (1 + n) / (10 + n) = 0.995。
        {:g} is not it: solve (1 + n) / (10 + n) = 0.995.""",
)


def exercise_4(answer):
    """A function that writes a row of digits with a conditional generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = ConditionalGenerator(12)
        generator(torch.randn(64, 12))  # batch norm has seen something
    images = _written(answer, generator.train(), "7041", 3)
    if images.shape != (4, 1, 28, 28):
        return wrong(f"""「7041」要有形狀 (4, 1, 28, 28)，這是 {tuple(images.shape)}。
            For 7041 the shape must be (4, 1, 28, 28), this is {tuple(images.shape)}.""")
    again = _written(answer, generator.eval(), "7041", 3)
    if _written(answer, generator.eval(), "7041", 4).equal(again):
        return wrong("""換一個種子，圖卻完全一樣：z 要用這個種子抽。
            With another seed the images are the same: z must be drawn from the seed.""")
    if not _written(answer, generator.eval(), "7041", 3).equal(again):
        return wrong("""同樣的種子給了不同的圖。
            The same seed gave other images.""")
    if not torch.allclose(images, again, atol=1e-5):
        return wrong("""generator 在 train() 和 eval() 模式畫得不一樣：畫之前先呼叫 eval()。
            With a generator in train() mode the images are others than in eval() mode: call eval()
            before drawing.""")
    nines = _written(answer, generator, "9041", 3)
    same = [torch.allclose(one, two, atol=1e-5) for one, two in zip(again, nines, strict=True)]
    if same != [False, True, True, True]:
        return wrong("""把第一個字從 7 改成 9，應該剛好只有第一張圖會變。
            With the first character changed from 7 to 9, only the first image should change.""")
    shades = _written(answer, _Recorder(4), "3081", 0).flatten(1).mean(dim=1)
    if (shades * 9).round().tolist() != [3, 0, 8, 1]:
        return wrong("""圖和字對不上：標籤要照 text 的順序。
            Images and characters do not match: the labels must be those of text, in order.""")
    return right("""照著字畫，種子決定筆跡。
        It draws what the text says; the seed decides the handwriting.""")


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
    praise="""每個配方的想法，都看得見是哪一行。
        Each recipe's idea can be seen in one of its lines.""",
    hints={
        "a": """1 分以上就及格。
            a score of 1 or more has passed.""",
        "b": """真假成對，比誰的分數高。
            real and fake are a pair, and one must score higher.""",
        "c": """斜率離 1 越遠，罰得越重。
            the further a slope is from 1, the more it costs.""",
        "d": """圖的 784 個數後面，還接了 10 個。
            10 numbers stand beside the 784 of the image.""",
        "e": """步幅 2，把圖放大一倍。
            stride 2 makes the image twice as large.""",
    },
)
