"""The exercises of lesson 04: losses by hand, gradients, steps of one's own."""

from math import log

import torch
from torch import nn
from torch.nn.functional import softplus

from gan_lesson.config import TrainingConfig
from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_number, between, call, choices, function, number
from gan_lesson.training import TrainingState

REAL, FAKE = (log(0.9) + log(0.6)) / 2, (log(1 - 0.4) + log(1 - 0.2)) / 2

# The discriminator's loss of a batch: 0.9 and 0.6 for real images, 0.4 and 0.2 for fakes
exercise_1 = number(
    -REAL - FAKE,
    near=0.0015,
    praise="""沒錯：真的兩張平均 0.308，假的兩張平均 0.367，兩個平均再相加。
        Right: the two real ones cost 0.308 on average, the two fakes 0.367; add both means.""",
    mistakes={
        REAL + FAKE: """正負號反了：損失不會是負的。
            The sign is the wrong way round: a loss is never negative.""",
        -REAL - (log(0.4) + log(0.2)) / 2: """假圖像那一項用了真圖像的標籤。
            The term of the fake images uses the label of real ones.""",
        -2 * (REAL + FAKE): """你把四張都加起來了；BCE 取的是一批的平均。
            You added up all four images; BCE takes the mean of a batch.""",
        -(REAL + FAKE) / 2: """你把真假兩項也平均了，原始程式不是這樣合起來的。
            You also took the mean of the two terms; the original puts them together
            differently.""",
        -log(0.75) - log(0.7): """先平均再取對數，和先取對數再平均不一樣。
            The log of the mean is not the mean of the logs.""",
        -(REAL + FAKE) / log(10): """你用的是以 10 為底的對數，這裡的 log 不是那一種。
            You used the logarithm to base 10, which is not the log meant here.""",
        -(REAL + FAKE) / log(2): """你用的是以 2 為底的對數，這裡的 log 不是那一種。
            You used the logarithm to base 2, which is not the log meant here.""",
        -REAL: """只算了真圖像，少了假圖像那一項。
            Only the real images are counted; the term of the fakes is missing.""",
        -FAKE: """只算了假圖像，少了真圖像那一項。
            Only the fake images are counted; the term of the real ones is missing.""",
    },
    otherwise="""{:.4g} 不對。分開檢查真圖像和假圖像各付多少。
        {:.4g} is not right. Check the cost of the real and of the fake images separately.""",
)


# The generator's steps in 10 epochs of 60,000 images in batches of 128
exercise_2 = number(
    4690,
    praise="""沒錯，一個回合 469 批，最後一批比較短，但也算一步。
        Right: 469 batches an epoch; the last is shorter, but a step like any other.""",
    mistakes={
        4680: """你把最後那個不滿的批次丟掉了，這裡的迴圈並沒有丟。
            You dropped the last, short batch, but our loop does not drop it.""",
        between(4686.9, 4688.1): """批次沒有半個的：先想一個回合有幾批，再乘上回合數。
            There is no half batch: first count the batches of one epoch, then multiply.""",
        469: """這只是一個回合。
            That is one epoch only.""",
        9380: """你把辨別器走的步數也加進來了，題目只問生成器。
            You added the discriminator's steps; the question is about the generator.""",
        600000: """你算的是看過的圖像張數，不是步數。
            You counted the images seen, not the steps.""",
    },
    otherwise="""{:,.10g} 不對。一步看一批，一個回合看完所有圖像。
        {:,.10g} is not right. One step sees one batch, one epoch sees every image.""",
)


# Which network's parameters hold a gradient after each of five lines
exercise_3 = choices(
    {"a": "both", "b": "D", "c": "D", "d": "G", "e": "D"},
    names=["G", "D", "both"],
    praise="""全對。梯度經過誰，誰就有；detach 攔路，inputs 點名。
        All correct. Whoever lies on the gradient's way gets one; detach blocks, inputs names.""",
    hints={
        "a": """看看 detach 切的是哪一邊：real 和 fake，哪一個是生成器畫的？
            look at which side detach cuts: of real and fake, which one did the generator
            paint?""",
        "b": """這雖然是生成器的損失，但這條路上有生成器嗎？
            this is the generator's loss, but is the generator anywhere on this way?""",
        "c": """看看 inputs 點名了誰的參數。
            look at whose parameters inputs names.""",
        "d": """這條路上有辨別器嗎？fake 是誰畫的？
            is the discriminator anywhere on this way? And who painted fake?""",
        "e": """這裡連損失函數都沒有，規則還是一樣：detach 把什麼切斷了？
            there is no loss function here, and the rule is the same: what did detach cut off?""",
    },
)


LOGITS = torch.tensor([[2.0], [0.0], [-1.5], [-3.0]])

# The generator's loss of a batch, from the discriminator's scores before any Sigmoid
loss_on_numbers = function(
    "my_generator_loss(logits_fake)",
    lambda s: softplus(-s).mean(),
    tries=[
        (
            (LOGITS,),
            """分數是 2、0、-1.5、-3 時，你算出 {:.4f}，不對。
                For scores of 2, 0, -1.5 and -3 you get {:.4f}, which is not right.""",
        ),
        (
            (torch.tensor([[-1.0]]),),
            """只有一張、分數是 -1 時，你算出 {:.4f}，不對。
                For a single score of -1 you get {:.4f}, which is not right.""",
        ),
        (
            (torch.tensor([[-200.0], [0.0]]),),
            """分數是 -200 和 0 時，你算出 {:.4f}，不對：σ(-200) 在 float32 裡就是 0 了。
                For scores of -200 and 0 you get {:.4f}, which is not right; in float32 σ(-200) is
                0.""",
        ),
    ],
    praise="""沒錯：從分數算起，錯得再離譜，損失和梯度都在。
        Right: from the score on, however wrong, both loss and gradient are there.""",
    mistakes={
        lambda s: -softplus(-s).mean(): """正負號反了：這個「損失」越小，假圖像越容易被抓到。
            The sign is the wrong way round: the smaller this is, the easier the fakes are to
            catch.""",
        lambda s: softplus(s).mean(): """這是標籤 0 的損失，是辨別器要的，不是生成器要的。
            This is the loss for label 0, which the discriminator wants, not the generator.""",
        lambda s: -softplus(s).mean(): """這是會飽和的寫法：p 很小的時候幾乎沒有梯度。
            This is the saturating form: it has hardly any gradient when p is small.""",
        lambda s: softplus(-s).sum(): """你把整批加總了，批次越大損失就越大。
            You added up the whole batch, so a larger batch gives a larger loss.""",
        lambda s: -s.mean(): """這是分數本身，還沒經過 Sigmoid 和對數。
            This is the score itself, without Sigmoid and logarithm.""",
        lambda s: softplus(-s): """函式回傳了每張圖像各一個數；一批只能有一個損失。
            The function returns a number for each image; a batch has only one loss.""",
    },
)


def exercise_4(answer):
    """The student's own generator loss: its numbers, and whether the gradient gets through."""
    verdict = loss_on_numbers(answer)
    if verdict.status == "right":
        score = torch.tensor([[-200.0]], requires_grad=True)
        loss = call(answer, "my_generator_loss(logits_fake)", score)
        if not getattr(loss, "requires_grad", False):
            return wrong("""數字對，但梯度斷了：中間不要用 item() 或 math.log。
                The number is right, but the gradient is cut: no item() or math.log on the way.""")
        (slope,) = torch.autograd.grad(loss.sum(), score)
        if abs(slope.item() + 1) > 0.001:
            return wrong(f"""數字對，但分數 -200 的梯度是 {slope.item():.4f}：中間不要把數字截斷。
                The number is right, but the gradient at a score of -200 is {slope.item():.4f}: do
                not clip anything on the way.""")
    return verdict


STEPS = "two_d_steps(state, real, z)"


def exercise_5(answer):
    """Two steps of the discriminator for one of the generator, run on two tiny networks."""
    state, real, z = _tiny()
    start_g = [weight.detach().clone() for weight in state.generator.parameters()]
    losses = call(answer, STEPS, state, real, z)
    if losses is None:
        return wrong("""函式回傳 None：要回傳 loss_d 和 loss_g。
            The function returns None; it should return loss_d and loss_g.""")
    taken = _steps(state.optimizer_d), _steps(state.optimizer_g)
    if taken == (1, 2):
        return wrong("""走兩步的是生成器；這一題要辨別器走兩步。
            It is the generator that takes two steps; it should be the discriminator.""")
    if taken != (2, 1):
        return wrong(f"""有梯度的步數：辨別器 {taken[0]}，生成器 {taken[1]}。題目要的不是這樣。
            Steps with a gradient: {taken[0]} of the discriminator, {taken[1]} of the generator.
            That is not what was asked for.""")
    if not isinstance(losses, tuple | list) or len(losses) != 2:
        return wrong("""要回傳兩個數：return loss_d, loss_g。
            It should return two numbers: return loss_d, loss_g.""")
    loss_d, loss_g = (as_number(loss) for loss in losses)
    if loss_d < loss_g:  # about 1.4 and 0.7 for these networks
        return wrong("""兩個損失的順序反了：先 loss_d，再 loss_g。
            The losses are the wrong way round: first loss_d, then loss_g.""")
    now = state.discriminator(state.generator(z)).mean()
    with torch.no_grad():
        for weight, before in zip(state.generator.parameters(), start_g, strict=True):
            weight.copy_(before)
    if now <= state.discriminator(state.generator(z)).mean():
        return wrong("""走完之後，假圖像反而更容易被抓到：生成器往反方向走了。
            After its step the fakes are easier to catch: the generator went the wrong way.""")
    return right("""辨別器兩步、生成器一步。把它交給 train()，訓練就照你的走。
        Two steps of the discriminator, one of the generator. Hand it to train(), and training goes
        your way.""")


def _tiny():
    """A TrainingState of two tiny networks, real images (16, 4) and latent vectors (16, 2)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 4), nn.Tanh())
        discriminator = nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
        discriminator.append(nn.Sigmoid())
        real, z = torch.rand(16, 4), torch.randn(16, 2)
    return TrainingState(generator, discriminator, TrainingConfig(latent_dim=2, ema=0.0)), real, z


def _steps(optimizer):
    """How many steps it has taken with a gradient."""
    return max((int(state["step"]) for state in optimizer.state.values()), default=0)
