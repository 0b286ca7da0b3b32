"""The exercises of lesson 05: counting steps, reading losses, sampling, a smaller z, settings."""

import dataclasses

import torch
from torch import nn

from gan_lesson.config import TrainingConfig
from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, call, choices, number, numbers
from gan_lesson.models import Generator

# The steps of the original on MNIST: in one epoch, and in all 100
exercise_1 = numbers(
    number(
        938,
        mistakes={
            937: """你把最後那個不滿的批次丟掉了，原始程式並沒有丟。
                You dropped the short last batch; the original does not drop it.""",
            60_000: """一步看的不是一張圖，是一個批次。
                A step looks not at one image but at a batch.""",
            93_800: """兩個數的順序反了。
                The two numbers are in the wrong order.""",
        },
        otherwise="""一個回合不是 {:,.10g} 步。想想 60,000 張要切成幾個批次。
            An epoch is not {:,.10g} steps. Think how many batches 60,000 images make.""",
    ),
    number(
        93_800,
        praise="""沒錯，937 個滿的批次，加上一個只有 32 張的，都要走 100 遍。
            Right: 937 full batches and one of just 32, walked through 100 times.""",
        mistakes={
            2 * 93_800: """你把兩個網路的步數加起來了；這裡一批算一步。
                You added up the steps of both networks; here a batch counts as one step."""
        },
        otherwise="""一個回合的步數對了，但一共不是 {:,.10g} 步。有幾個回合？
            The steps of an epoch are right, but {:,.10g} in all is not. How many epochs are
            there?""",
    ),
    example="(12, 345)",
)


# What happened, from the last losses of five runs, and of two what a judge saw
exercise_2 = choices(
    {"a": "D wins", "b": "draw", "c": "D fooled", "d": "NaN", "e": "collapse"},
    praise="""沒錯，五個都診斷對了。b 和 e 的損失差不多，要看圖、數種類，才分得出來。
        Right, all five. The losses of b and e are much alike: only pictures, and a count of the
        kinds, tell them apart.""",
    mistakes=[
        (
            {"a": "D fooled", "c": "D wins"},
            """a 和 c 反了。loss_g 很大，是說假圖像騙不過辨別器，還是騙過了？
                a and c are the wrong way round. Does a large loss_g say that the fakes are caught,
                or that they pass?""",
        ),
        (
            {"e": "draw"},
            """e 的損失是像打平，但 1,000 個不同的潛在向量，評審說出了幾種數字？
                The losses of e do look level. But of 1,000 different latent vectors, how many kinds
                of digit does the judge name?""",
        ),
    ],
    hints={
        "a": """loss_d 快到 0 了，這對誰是好消息？
            loss_d is nearly 0: for whom is that good news?""",
        "b": """把這兩個數和 log 4、log 2 比一比。
            compare the two numbers with log 4 and log 2.""",
        "c": """loss_g 快到 0，表示辨別器對假圖像說了什麼？
            loss_g is nearly 0: what does the discriminator say of the fakes?""",
        "d": """nan 是 not a number：它還是一個可以比大小的損失嗎？
            nan means not a number: is it still a loss that can be compared?""",
        "e": """損失看起來沒事，再看評審說了什麼。
            the losses look well; now read what the judge says.""",
    },
)


def exercise_3(answer):
    """draw(generator, seed): 16 images from a seed."""
    if isinstance(answer, torch.Tensor):
        return wrong("""答案要是函式 draw 本身，不是它畫出來的圖。
            The answer should be the function draw itself, not the images it gives.""")
    generator = _tiny_generator()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        first = as_tensor(call(answer, "draw(generator, seed)", generator, 1))
        torch.manual_seed(12)  # a function that does not use its seed gives other images now
        again, other = (
            as_tensor(call(answer, "draw(generator, seed)", generator, seed)) for seed in (1, 2)
        )
    if first.shape != (16, 1, 28, 28):
        return wrong(f"""形狀是 {tuple(first.shape)}，和題目要的不同。
            The shape is {tuple(first.shape)}, not the one asked for.""")
    if not torch.equal(first, again):
        return wrong("""同樣的種子畫了兩次，圖卻不同：種子沒有用上。
            The same seed, twice, gave different images: the seed is not used.""")
    if torch.equal(first, other):
        return wrong("""種子 1 和種子 2 畫出同樣的圖：種子寫死了。
            Seeds 1 and 2 gave the same images: the seed is fixed inside.""")
    if torch.equal(first[0], first[1]):
        return wrong("""16 張全都一樣：每張都該有自己的潛在向量。
            All 16 are alike: each should have a latent vector of its own.""")
    low, high = first.min().item(), first.max().item()
    if low >= 0 or high > 1 or low < -1:
        return wrong(f"""數值從 {low:.2f} 到 {high:.2f}，不是生成器原來的範圍。
            The values go from {low:.2f} to {high:.2f}, which is not the generator's own range.""")
    if first[:, 0, 0, 0].min() >= 0:  # pixel 0 of this generator has the sign of z's first number
        return wrong("""潛在向量沒有負數，你用的不是常態分布。
            The latent vectors hold no negative numbers: they are not normally distributed.""")
    return right("""沒錯，有了種子，別人也畫得出和你一模一樣的 16 張。
        Right: with a seed, others can draw exactly the same 16 as you.""")


@torch.no_grad()
def _tiny_generator():
    """An untrained Generator(100) whose pixel 0 is tanh(z[0]), so that it shows what z was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = Generator(100)
    first, second = (layer for layer in generator.modules() if isinstance(layer, nn.Linear))
    first.weight[:2], first.bias[:2] = 0, 0
    first.weight[0, 0], first.weight[1, 0] = 1, -1
    second.weight[0], second.bias[0] = 0, 0
    second.weight[0, 0], second.weight[0, 1] = 1, -1
    return generator


@torch.no_grad()
def exercise_4(answer):
    """A generator with latent_dim 2, trained on digits for 20 epochs."""
    if isinstance(answer, type) or not isinstance(answer, nn.Module):
        return wrong("""答案要是訓練好的生成器本身（一個網路物件）。
            The answer should be the trained generator itself, a network object.""")
    layers = [layer for layer in answer.modules() if isinstance(layer, nn.Linear)]
    if not layers or layers[-1].out_features != 784:
        return wrong("""這個網路最後不是 784 個像素，它不是生成器。
            This network does not end in 784 pixels: it is not a generator.""")
    if layers[0].in_features != 2:
        return wrong(f"""第一層吃進 {layers[0].in_features} 個數：latent_dim 還沒改對。
            The first layer takes {layers[0].in_features} numbers: latent_dim is not yet right.""")
    z = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    images = as_tensor(call(answer, "generator(z)", z.to(layers[0].weight.device)))
    images = images.reshape(-1, 28, 28)
    if not images.abs().max() <= 1:
        return wrong("""輸出跑到 [-1, 1] 外面了：最後的激勵函數不見了。
            The output leaves [-1, 1]: the last activation function is missing.""")
    if images[:, :3].mean() > -0.7:
        return wrong("""第一層是對的，但圖像四周還不是黑的：這個生成器還沒訓練過。
            The first layer is right, but the border is not black: this generator is not
            trained.""")
    if images[:, 8:20, 8:20].std() < 0.2:
        return wrong("""圖像幾乎全黑，中間沒有筆畫：它沒有在 digits 上訓練夠久。
            The images are nearly all black, without strokes: not trained long enough on
            digits.""")
    return right("""沒錯，輸入只剩 2 個數，輸出還是 784 個像素。第 06 課會把這個平面整個攤開來看。
        Right: only 2 numbers go in, and still 784 pixels come out. Lesson 06 spreads out this whole
        plane to look at.""")


def exercise_5(answer):
    """The original's settings with beta1 = 0.5 and nothing else changed."""
    if not isinstance(answer, TrainingConfig):
        return wrong("""答案要是一份 TrainingConfig。
            The answer should be a TrainingConfig.""")
    expected = TrainingConfig.original(beta1=0.5)
    if answer == expected:
        return right("""沒錯，只差一個參數。5.14 節的表說，這一個參數差多少。
            Right: one parameter apart. The tables of 5.14 say how much that one changes.""")
    differing = [
        field.name
        for field in dataclasses.fields(expected)
        if getattr(answer, field.name) != getattr(expected, field.name)
    ]
    if differing == ["beta1"]:
        return wrong(f"""其他都對，但 beta1 現在是 {answer.beta1}。
            All the rest is right, but beta1 is {answer.beta1} now.""")
    names = [name for name in differing if name != "beta1"]
    return wrong(f"""這些和原始程式不同了：{"、".join(names)}。從哪一份設定改起比較好？
        These are no longer the original's: {", ".join(names)}. Which settings would be a better
        start?""")
