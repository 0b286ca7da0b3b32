"""The exercises of lesson 04: losses by hand, gradients, a step of the generator."""

import math
from math import log

import torch
from torch import nn

from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, between, call, choices, function, number
from gan_lesson.training import generator_step

# The discriminator's loss for one real image at p = 0.8 and one fake at p = 0.3
exercise_1 = number(
    -log(0.8) - log(0.7),
    near=0.0015,
    praise=(
        "沒錯，真的付 0.223，假的付 0.357。錯得較多的那一邊付得較多。",
        "Right: the real one costs 0.223, the fake 0.357. The side that errs more pays more.",
    ),
    mistakes={
        log(0.8) + log(0.7): (
            "正負號反了：損失不會是負的。",
            "The sign is the wrong way round: a loss is never negative.",
        ),
        -log(0.8) - log(0.3): (
            "假圖像那一項用了真圖像的標籤。",
            "The term of the fake image uses the label of a real one.",
        ),
        (-log(0.8) - log(0.7)) / 2: (
            "你把真假兩項平均了，原始程式不是這樣合起來的。",
            "You took the mean of the two terms; the original puts them together differently.",
        ),
        -math.log10(0.8 * 0.7): (
            "你用的是以 10 為底的對數，這裡的 log 不是那一種。",
            "You used the logarithm to base 10, which is not the log meant here.",
        ),
        -math.log2(0.8 * 0.7): (
            "你用的是以 2 為底的對數，這裡的 log 不是那一種。",
            "You used the logarithm to base 2, which is not the log meant here.",
        ),
        -log(0.8): (
            "只算了真圖像，少了假圖像那一項。",
            "Only the real image is counted; the term of the fake is missing.",
        ),
        -log(0.7): (
            "只算了假圖像，少了真圖像那一項。",
            "Only the fake image is counted; the term of the real one is missing.",
        ),
    },
    otherwise=(
        "{:.4g} 不對。分開檢查真圖像和假圖像各付多少。",
        "{:.4g} is not right. Check the cost of the real and of the fake image separately.",
    ),
)


# The generator's steps in 10 epochs of 60,000 images in batches of 128
exercise_2 = number(
    4690,
    praise=(
        "沒錯，一個回合 469 批，最後一批比較短，但也算一步。",
        "Right: 469 batches an epoch; the last is shorter, but a step like any other.",
    ),
    mistakes={
        4680: (
            "你把最後那個不滿的批次丟掉了，這裡的迴圈並沒有丟。",
            "You dropped the last, short batch, but our loop does not drop it.",
        ),
        between(4686.9, 4688.1): (
            "批次沒有半個的：先想一個回合有幾批，再乘上回合數。",
            "There is no half batch: first count the batches of one epoch, then multiply.",
        ),
        469: ("這只是一個回合。", "That is one epoch only."),
        9380: (
            "你把辨別器走的步數也加進來了，題目只問生成器。",
            "You added the discriminator's steps; the question is about the generator.",
        ),
        600000: (
            "你算的是看過的圖像張數，不是步數。",
            "You counted the images seen, not the steps.",
        ),
    },
    otherwise=(
        "{:,.10g} 不對。一步看一批，一個回合看完所有圖像。",
        "{:,.10g} is not right. One step sees one batch, one epoch sees every image.",
    ),
)


# Which network's parameters hold a gradient after each of five lines
exercise_3 = choices(
    {"a": "both", "b": "D", "c": "both", "d": "G", "e": "D"},
    praise=(
        "全對。梯度經過誰，誰就有；detach 攔路，inputs 點名。",
        "All correct. Whoever lies on the gradient's way gets one; detach blocks, inputs names.",
    ),
    hints={
        "a": (
            "這一行沒有 detach，想想 fake 是誰畫的，梯度往回走會到哪裡。",
            "nothing is detached here; think of who painted fake, and how far back the gradient "
            "can go.",
        ),
        "b": (
            "看看 detach 站在哪兩個網路中間。",
            "look at which two networks detach stands between.",
        ),
        "c": (
            "「想教誰」和「誰拿到梯度」是兩回事：從損失回到生成器，路上會經過誰？",
            "whom it should teach and who gets a gradient are two things: whom does the way back "
            "to the generator pass?",
        ),
        "d": ("看看 inputs 點名了誰的參數。", "look at whose parameters inputs names."),
        "e": (
            "這一行雖然是生成器的損失，但 detach 把什麼切斷了？",
            "this is the generator's loss, but what did detach cut off?",
        ),
    },
)


P_FAKE = torch.tensor([[0.9], [0.5], [0.2], [0.1]])

# The generator's loss of a batch, from what the discriminator says of it
loss_on_numbers = function(
    "my_generator_loss(p_fake)",
    lambda p: -p.log().mean(),
    tries=[
        (
            (P_FAKE,),
            "p_fake 是 0.9、0.5、0.2、0.1 時，你算出 {:.4f}，不對。",
            "For p_fake of 0.9, 0.5, 0.2 and 0.1 you get {:.4f}, which is not right.",
        ),
        (
            (torch.tensor([[0.25]]),),
            "p_fake 只有一張 0.25 時，你算出 {:.4f}，不對。",
            "For a single p_fake of 0.25 you get {:.4f}, which is not right.",
        ),
    ],
    praise=(
        "沒錯，和 binary_cross_entropy 一模一樣，而且梯度走得回去。",
        "Right: the same as binary_cross_entropy, and the gradient finds its way back.",
    ),
    mistakes=[
        (
            lambda p: p.log().mean(),
            "正負號反了：這個「損失」越小，假圖像越容易被抓到。",
            "The sign is the wrong way round: the smaller this is, "
            "the easier the fakes are to catch.",
        ),
        (
            lambda p: -(1 - p).log().mean(),
            "這是標籤 0 的損失，是辨別器要的，不是生成器要的。",
            "This is the loss for label 0, which the discriminator wants, not the generator.",
        ),
        (
            lambda p: (1 - p).log().mean(),
            "這是會飽和的寫法：p 很小的時候幾乎沒有梯度。",
            "This is the saturating form: it has hardly any gradient when p is small.",
        ),
        (
            lambda p: -p.log().sum(),
            "你把整批加總了，批次越大損失就越大。",
            "You added up the whole batch, so a larger batch gives a larger loss.",
        ),
        (
            lambda p: -p.mean().log(),
            "先平均再取對數，和先取對數再平均不一樣。",
            "The log of the mean is not the mean of the logs.",
        ),
        (
            lambda p: -p.log10().mean(),
            "你用的是以 10 為底的對數，這裡的 log 不是那一種。",
            "You used the logarithm to base 10, which is not the log meant here.",
        ),
        (
            lambda p: -p.log(),
            "函式回傳了每張圖像各一個數；一批只能有一個損失。",
            "The function returns a number for each image; a batch has only one loss.",
        ),
    ],
)


def exercise_4(answer):
    """The student's own generator loss: its numbers, and whether the gradient gets through."""
    verdict = loss_on_numbers(answer)
    if verdict.status == "right":
        loss = call(answer, "my_generator_loss(p_fake)", P_FAKE.clone().requires_grad_())
        if not getattr(loss, "requires_grad", False):
            return wrong(
                "數字對，但梯度斷了：中間不要用 item() 或 math.log。",
                "The number is right, but the gradient is cut: no item() or math.log on the way.",
            )
    return verdict


STEP = "my_generator_step(generator, discriminator, optimizer_g, fake)"


def exercise_5(answer):
    """The student's mended step of the generator, run on two tiny networks."""
    generator, discriminator, optimizer_g, z = _tiny()
    start_g, start_d = _weights(generator), _weights(discriminator)
    p_before = discriminator(generator(z)).mean().item()
    loss = call(answer, STEP, generator, discriminator, optimizer_g, generator(z))
    if not torch.equal(_weights(discriminator), start_d):
        return wrong(
            "辨別器的權重動了，這一步只該教生成器。",
            "The discriminator's weights moved; this step should teach the generator only.",
        )
    if torch.equal(_weights(generator), start_g):
        gradients = [weight.grad for weight in generator.parameters()]
        if all(gradient is None or not gradient.any() for gradient in gradients):
            return wrong(
                "生成器一動也不動，身上也沒有梯度：不是損失到它的路斷了，就是梯度太早被清掉。",
                "The generator does not move and holds no gradient: either the way from the loss "
                "to it is cut, or the gradient is wiped too early.",
            )
        return wrong(
            "生成器有梯度，權重卻沒動。",
            "The generator holds a gradient, but its weights did not move.",
        )
    if discriminator(generator(z)).mean().item() <= p_before:
        return wrong(
            "走了一步，假圖像反而更容易被抓到：生成器往反方向走了。",
            "After the step the fakes are easier to catch: the generator went the wrong way.",
        )
    if not torch.allclose(_after_two(answer), _after_two(generator_step), atol=1e-6):
        return wrong(
            "前一批留下的梯度混進了這一步。",
            "The gradient left by the batch before is mixed into this step.",
        )
    if loss is None:
        return wrong(
            "這一步做對了，但沒有回傳損失。", "The step is right, but it does not return the loss."
        )
    as_tensor(loss)
    return right(
        "兩個錯都修好了：生成器學得到東西，每一步只看自己這一批。",
        "Both are mended: the generator learns, and each step looks at its own batch only.",
    )


def _tiny():
    """Two tiny networks, the generator's optimiser and latent vectors: the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 4), nn.Tanh())
        discriminator = nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
        discriminator.append(nn.Sigmoid())
        z = torch.randn(16, 2)
    return generator, discriminator, torch.optim.SGD(generator.parameters(), lr=0.01), z


def _weights(network):
    return nn.utils.parameters_to_vector(network.parameters()).detach().clone()


def _after_two(step):
    """The generator's weights after two steps in a row."""
    generator, discriminator, optimizer_g, z = _tiny()
    for _ in range(2):
        call(step, STEP, generator, discriminator, optimizer_g, generator(z))
    return _weights(generator)
