"""The exercises on super-resolution: PSNR, one image for three answers, and two for one."""

import math

from torch.nn.functional import avg_pool2d

from gan_lesson.data import glyphs
from gan_lesson.exercises import Wrong, right, wrong
from gan_lesson.exercises.answers import as_tensor, below, number

# PSNR of two errors of 0.2 among four pixels with peak 2
exercise_1 = number(
    10 * math.log10(4 / 0.02),
    near=0.06,
    praise="""均方誤差 0.02，peak 平方是 4，10·log10(200) 約 23.0 分貝。
        The mean squared error is 0.02, the peak squared 4: 10·log10(200) is 23.0 dB.""",
    mistakes={
        10 * math.log10(1 / 0.02): """\
            低了 6 分貝：是把 peak 當成 1（像素從 −1 到 1，兩端差多少？），還是誤差忘了平均？
            Six decibels short: is the peak taken as 1 (how far apart are −1 and 1?), or are the
            errors summed without a mean?""",
        10 * math.log10(2 / 0.02): """\
            低了 3 分貝：是 peak 忘了平方，還是均方誤差漏算了沒有誤差的像素？
            Three decibels short: is the peak not squared, or does the mean squared error leave out
            the pixels without an error?""",
        10 * math.log10(4 / math.sqrt(0.02)): """分母用了均方根誤差：公式裡的均方誤差不必開根號。
            This divides by the root mean squared error: the formula takes no root.""",
        10 * math.log(4 / 0.02): """這是自然對數：公式用的是以 10 為底的對數。
            This is the natural logarithm: the formula takes the one to base 10.""",
        math.log10(4 / 0.02): """前面的 10 漏掉了：分貝要乘以 10。
            The factor 10 in front is missing: decibels need it.""",
        below(0): """負的分貝表示誤差比 peak 還大；看看分子和分母。
            Decibels below 0 mean errors larger than the peak; look at what divides what.""",
    },
    otherwise="""{:g} 不對：先算四個像素的均方誤差，再代入公式。
        {:g} is not it: find the mean squared error of the four pixels, then the formula.""",
)


def as_image(answer):
    """The answer as pixels (32, 32) in [-1, 1]."""
    image = as_tensor(answer)
    if image.numel() != 32 * 32:
        raise Wrong(f"""形狀是 {tuple(image.shape)}，不是一張 32×32 的圖。
            The shape is {tuple(image.shape)}, which is not one image of 32×32.""")
    if not image.abs().max() <= 1 + 1e-6:
        raise Wrong("""有像素超出 −1 到 1。
            Some pixels are outside −1 to 1.""")
    return image.reshape(32, 32)


def exercise_2(answer):
    """Of three characters that are equally possible, each pixel's median has the least L1 error."""
    image = as_image(answer)
    truths = glyphs(32, "己已巳")[0].double().squeeze(1)
    least = (truths - truths.median(dim=0).values).abs().mean()
    times = ((truths - image).abs().mean() / least).item()
    if times < 1.001:
        return right("""每個像素各取中位數：深淺由多數決定，湊出來的可能不是三個字裡的任何一個。
            Each pixel's median: the majority decides, and the whole may be none of the three.""")
    if (image - truths.mean(dim=0)).abs().max() < 1e-3:
        return wrong(f"""這是平均，讓平方誤差最小；它的 L1 是最小值的 {times:.2f} 倍。
            This is the mean, which has the least squared error; its L1 is {times:.2f} times the
            least possible.""")
    for character, truth in zip("己已巳", truths, strict=True):
        if (image - truth).abs().max() < 1e-3:
            return wrong(f"""\
                這就是「{character}」：猜中全對，猜錯全錯。L1 是最小值的 {times:.2f} 倍。
                This is 「{character}」 itself: all right if it is that one, all wrong for the other
                two. Its L1 is {times:.2f} times the least possible.""")
    return wrong(f"""它的 L1 是最小值的 {times:.2f} 倍。先想一個像素：三個值裡交出哪一個，\
        三個差的總和最小？
        Its L1 is {times:.2f} times the least possible. Think of one pixel first: three values are
        possible; which one has the least sum of the three differences?""")


def exercise_3(answer):
    """An image unlike that of a character, with the same 8x8 average."""
    image = as_image(answer)[None, None]
    real = glyphs(32, "土")[0].double()
    if (image - real).abs().mean() < 0.01:
        return wrong("""大圖幾乎和「土」一樣：要看得出不同才算。
            When large it is nearly the same as 「土」: the two must clearly differ.""")
    difference = (avg_pool2d(image, 4) - avg_pool2d(real, 4)).abs().max().item()
    if difference > 1e-4:
        return wrong(f"""縮成 8×8 之後最多差了 {difference:.3f}：有的格子平均變了，\
            像素可能跑到別格去了。
            When reduced to 8×8 it differs by up to {difference:.3f}: the average of some block
            changed; pixels may have moved into another block.""")
    return right("""一張小圖有很多張大圖，這種內容損失看不出差別；看得出的是辨別器。
        A small image has many large ones; this content loss sees no difference, and a discriminator
        does.""")
