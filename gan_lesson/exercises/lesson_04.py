"""Checks of lesson 04: losses by hand, gradients, a step of the generator."""

import math
from numbers import Real

import torch
from torch import nn

from gan_lesson.exercises import right, wrong
from gan_lesson.training import generator_step


def exercise_1(answer):
    """The discriminator's loss for one real image at p = 0.8 and one fake at p = 0.3."""
    if not isinstance(answer, Real):
        return wrong("答案要是一個數字。", "The answer should be one number.")
    expected = -math.log(0.8) - math.log(0.7)
    mistakes = (
        (
            -expected,
            "正負號反了：損失不會是負的。",
            "The sign is the wrong way round: a loss is never negative.",
        ),
        (
            -math.log(0.8) - math.log(0.3),
            "假圖像那一項用了真圖像的標籤。",
            "The term of the fake image uses the label of a real one.",
        ),
        (
            expected / 2,
            "你把真假兩項平均了，原始程式不是這樣合起來的。",
            "You took the mean of the two terms; the original puts them together differently.",
        ),
        (
            -math.log10(0.8) - math.log10(0.7),
            "你用的是以 10 為底的對數，這裡的 log 不是那一種。",
            "You used the logarithm to base 10, which is not the log meant here.",
        ),
        (
            -math.log2(0.8) - math.log2(0.7),
            "你用的是以 2 為底的對數，這裡的 log 不是那一種。",
            "You used the logarithm to base 2, which is not the log meant here.",
        ),
        (
            -math.log(0.8),
            "只算了真圖像，少了假圖像那一項。",
            "Only the real image is counted; the term of the fake is missing.",
        ),
        (
            -math.log(0.7),
            "只算了假圖像，少了真圖像那一項。",
            "Only the fake image is counted; the term of the real one is missing.",
        ),
    )
    if abs(answer - expected) < 0.0015:
        return right(
            "沒錯，真的付 0.223，假的付 0.357。錯得較多的那一邊付得較多。",
            "Right: the real one costs 0.223, the fake 0.357. The side that errs more pays more.",
        )
    for value, zh, en in mistakes:
        if abs(answer - value) < 0.0015:
            return wrong(zh, en)
    return wrong(
        f"{answer:.4g} 不對。分開檢查真圖像和假圖像各付多少。",
        f"{answer:.4g} is not right. Check the cost of the real and of the fake image separately.",
    )


def exercise_2(answer):
    """The generator's steps in 10 epochs of 60,000 images in batches of 128."""
    if not isinstance(answer, Real):
        return wrong("答案要是一個數字。", "The answer should be one number.")
    if answer == 4690:
        return right(
            "沒錯，一個回合 469 批，最後一批比較短，但也算一步。",
            "Right: 469 batches an epoch; the last is shorter, but a step like any other.",
        )
    if answer == 4680:
        return wrong(
            "你把最後那個不滿的批次丟掉了，這裡的迴圈並沒有丟。",
            "You dropped the last, short batch, but our loop does not drop it.",
        )
    if answer == 4687 or abs(answer - 4687.5) < 0.6:
        return wrong(
            "批次沒有半個的：先想一個回合有幾批，再乘上回合數。",
            "There is no half batch: first count the batches of one epoch, then multiply.",
        )
    if answer == 469:
        return wrong("這只是一個回合。", "That is one epoch only.")
    if answer == 9380:
        return wrong(
            "你把辨別器走的步數也加進來了，題目只問生成器。",
            "You added the discriminator's steps; the question is about the generator.",
        )
    if answer == 600000:
        return wrong(
            "你算的是看過的圖像張數，不是步數。",
            "You counted the images seen, not the steps.",
        )
    return wrong(
        f"{answer} 不對。一步看一批，一個回合看完所有圖像。",
        f"{answer} is not right. One step sees one batch, one epoch sees every image.",
    )


GRADIENTS = {"a": "both", "b": "D", "c": "both", "d": "G", "e": "D"}
HINTS = {
    "a": (
        "a：這一行沒有 detach，想想 fake 是誰畫的，梯度往回走會到哪裡。",
        "a: nothing is detached here; think of who painted fake, and how far back the gradient "
        "can go.",
    ),
    "b": (
        "b：看看 detach 站在哪兩個網路中間。",
        "b: look at which two networks detach stands between.",
    ),
    "c": (
        "c：「想教誰」和「誰拿到梯度」是兩回事：從損失回到生成器，路上會經過誰？",
        "c: whom it should teach and who gets a gradient are two things: whom does the way back "
        "to the generator pass?",
    ),
    "d": (
        "d：看看 inputs 點名了誰的參數。",
        "d: look at whose parameters inputs names.",
    ),
    "e": (
        "e：這一行雖然是生成器的損失，但 detach 把什麼切斷了？",
        "e: this is the generator's loss, but what did detach cut off?",
    ),
}


def exercise_3(answer):
    """Which network's parameters hold a gradient after each of five lines."""
    if not isinstance(answer, dict) or set(answer) != set(GRADIENTS):
        return wrong(
            '答案要是一個字典，a 到 e 都要有，例如 {"a": "G", …}。',
            'The answer should be a dictionary with all of a to e, such as {"a": "G", …}.',
        )
    for line, expected in GRADIENTS.items():
        if answer[line] not in ("G", "D", "both"):
            return wrong(
                f'{line}：只能回答 "G"、"D" 或 "both"。',
                f'{line}: the answer can only be "G", "D" or "both".',
            )
        if answer[line] != expected:
            return wrong(*HINTS[line])
    return right(
        "全對。梯度經過誰，誰就有；detach 攔路，inputs 點名。",
        "All correct. Whoever lies on the gradient's way gets one; detach blocks, inputs names.",
    )


def exercise_4(answer):
    """The student's own generator loss, tried on numbers."""
    if not callable(answer):
        return wrong(
            "答案要是函式本身，寫它的名字，後面不加括號。",
            "The answer should be the function itself: its name, without brackets.",
        )
    p = torch.tensor([[0.9], [0.5], [0.2], [0.1]])
    given = answer(p)
    if given is None:
        return wrong("函式交回 None，還沒寫式子。", "The function returns None: no formula yet.")
    given = torch.as_tensor(given)
    if given.numel() != 1:
        return wrong(
            f"你的函式交回 {given.numel()} 個數，一批只能有一個損失。",
            f"Your function returns {given.numel()} numbers; a batch has only one loss.",
        )
    expected = -p.log().mean()
    mistakes = (
        (
            -expected,
            "正負號反了：這個「損失」越小，假圖像越容易被抓到。",
            "The sign is the wrong way round: the smaller this is, "
            "the easier the fakes are to catch.",
        ),
        (
            -(1 - p).log().mean(),
            "這是標籤 0 的損失，是辨別器要的，不是生成器要的。",
            "This is the loss for label 0, which the discriminator wants, not the generator.",
        ),
        (
            (1 - p).log().mean(),
            "這是會飽和的寫法：p 很小的時候幾乎沒有梯度。",
            "This is the saturating form: it has hardly any gradient when p is small.",
        ),
        (
            -p.log().sum(),
            "你把整批加總了，批次越大損失就越大。",
            "You added up the whole batch, so a larger batch gives a larger loss.",
        ),
        (
            -p.mean().log(),
            "先平均再取對數，和先取對數再平均不一樣。",
            "The log of the mean is not the mean of the logs.",
        ),
        (
            -p.log10().mean(),
            "你用的是以 10 為底的對數，這裡的 log 不是那一種。",
            "You used the logarithm to base 10, which is not the log meant here.",
        ),
    )
    for value, zh, en in mistakes:
        if torch.isclose(given.float().squeeze(), value, atol=1e-4):
            return wrong(zh, en)
    one = torch.tensor([[0.25]])
    agrees = all(
        math.isclose(float(answer(batch)), float(-batch.log().mean()), abs_tol=1e-4)
        for batch in (p, one)
    )
    if not agrees:
        return wrong(
            f"p_fake 只有一張 0.25 時，你算出 {float(answer(one)):.4f}，不對。",
            f"For a single p_fake of 0.25 you get {float(answer(one)):.4f}, which is not right.",
        )
    leaf = p.clone().requires_grad_()
    if not torch.as_tensor(answer(leaf)).requires_grad:
        return wrong(
            "數字對，但梯度斷了：中間不要用 item() 或 math.log。",
            "The number is right, but the gradient is cut: no item() or math.log on the way.",
        )
    return right(
        "沒錯，和 binary_cross_entropy 一模一樣，而且梯度走得回去。",
        "Right: the same as binary_cross_entropy, and the gradient finds its way back.",
    )


def exercise_5(answer):
    """The student's mended step of the generator, run on two tiny networks."""
    if not callable(answer):
        return wrong(
            "答案要是函式本身，寫它的名字，後面不加括號。",
            "The answer should be the function itself: its name, without brackets.",
        )
    generator, discriminator, optimizer_g, z = _tiny()
    start_g, start_d = _weights(generator), _weights(discriminator)
    p_before = discriminator(generator(z)).mean().item()
    loss = answer(generator, discriminator, optimizer_g, generator(z))
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
            "這一步做對了，但沒有交回損失。",
            "The step is right, but it does not return the loss.",
        )
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
        step(generator, discriminator, optimizer_g, generator(z))
    return _weights(generator)
