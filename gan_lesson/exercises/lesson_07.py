"""The exercises of lesson 07: the bug zoo, saturation, the Dirac-GAN, a test of a step."""

import torch
from torch.nn.functional import softplus

from gan_lesson.bug_zoo import MISTAKES
from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, between, call, choices, number
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import discriminator_step

# The mistake behind each letter of the bug zoo
exercise_1 = choices(
    dict(MISTAKES),
    praise="""八個都對！現在可以打開 gan_lesson/bug_zoo.py 了。
        All eight! Now you may open gan_lesson/bug_zoo.py.""",
)


# How many times the non-saturating slope is as long as that of minimax, at p = 0.01
exercise_2 = number(
    99,
    praise="""(1 − 0.01) / 0.01 = 99：生成器越差，差得越多。
        (1 − 0.01) / 0.01 = 99: the worse the generator, the larger the difference.""",
    mistakes={
        100: """很接近：非飽和的斜率是 1 − p，不是 1。
            Close: the non-saturating slope is 1 − p, not 1.""",
        1 / 99: """上下顛倒了。
            This is upside down.""",
        -99: """題目問長度，沒有正負號。
            The question is about length, without a sign.""",
    },
    otherwise="""{:g} 不對：把 p = 0.01 代進 7.5 節的兩個式子，再相除。
        {:g} is not it: put p = 0.01 into both formulas of section 7.5, then divide.""",
)


def exercise_3(answer):
    """The vector field of the Dirac-GAN with the non-saturating loss."""
    random = torch.Generator().manual_seed(0)
    theta, psi = torch.randn(2, 20, generator=random, dtype=torch.float64)
    gamma = 0.3
    found = as_tensor(call(answer, "pull_non_saturating(theta, psi, gamma)", theta, psi, gamma))
    if found.shape != (2, 20):
        return wrong(f"""θ 和 ψ 各有 20 個數，回傳的形狀合起來是 {tuple(found.shape)}，\
            不是 (2, 20)。
            θ and ψ have 20 numbers each; what is returned has shape {tuple(found.shape)} in all,
            not (2, 20).""")
    theta.requires_grad_(), psi.requires_grad_()
    (want_theta,) = torch.autograd.grad(-softplus(-theta * psi).sum(), theta)
    loss_d = softplus(theta * psi).sum() + gamma / 2 * psi.square().sum()
    (want_psi,) = torch.autograd.grad(-loss_d, psi)
    if torch.allclose(found, torch.stack([want_theta, want_psi]), atol=1e-5):
        return right("""和 autograd 一樣。只換了 σ 裡的正負號；走走看，沒有 R1 時會不會停在均衡？
            It agrees with autograd. Only a sign inside σ has changed; walk along it: does it come
            to rest at the equilibrium without R1?""")
    if torch.allclose(found[0], -want_theta, atol=1e-5):
        return wrong("""θ 的方向反了：梯度下降要往損失變小的方向走。
            θ goes the wrong way: gradient descent goes where the loss falls.""")
    if not torch.allclose(found[0], want_theta, atol=1e-5):
        return wrong("""θ 的部分不對：把 −log σ(θψ) 對 θ 微分，σ 裡面會多一個負號；R1 和 θ 無關。
            The part of θ is not right: differentiate −log σ(θψ) by θ, and a minus sign appears
            inside σ; R1 does not concern θ.""")
    return wrong("""θ 對了；ψ 的部分應該和 7.8 節的 pull 相同，連 R1 在內。
        θ is right; the part of ψ should be that of pull in section 7.8, R1 included.""")


# The lowest discriminator loss that two Sigmoids allow
exercise_4 = number(
    1.006,
    near=0.01,
    praise="""−log 0.731 − log(1 − 0.5) = 1.006：loss_d 永遠掉不到 1 以下。
        −log 0.731 − log(1 − 0.5) = 1.006: loss_d never falls below 1.""",
    mistakes={
        between(0.3, 0.33): """這只是真圖像的那一半；假圖像的那一半還要 −log(1 − p)。
            This is only the half of the real images; the fakes have their −log(1 − p) as well.""",
        between(0.68, 0.7): """這只是假圖像的那一半；真圖像最高只能說 0.731，也要付損失。
            This is only the half of the fakes; the most it can say of real images is 0.731, which
            costs something too.""",
        between(1.38, 1.39): """log 4 是辨別器什麼都不知道的時候；題目問它完美的時候。
            log 4 is for a discriminator that knows nothing; the question is about a perfect
            one.""",
        0: """0 要說得出 1 和 0 才行；這裡最多 0.731、最少 0.5。
            For 0 it would have to say 1 and 0; here the most is 0.731 and the least 0.5.""",
    },
    otherwise="""{:g} 不對：真圖像說 σ(1)，假圖像說 σ(0)，代進二元交叉熵。
        {:g} is not it: σ(1) for real images, σ(0) for fakes, put into binary cross-entropy.""",
)


# Steps of the discriminator, the first two clean, and what to say of a test that errs on them
STEPS = {
    "clean": """好的一步被說成壞的。
        It calls a clean step a bad one.""",
    "cleared": """梯度全是 0 也算乾淨。
        A gradient of 0 throughout is clean as well.""",
    "no detach": """它沒抓到忘了 detach 的那一步。
        It misses the step without detach.""",
    "moves both": """它沒抓到連生成器的權重也動了的那一步。
        It misses the step that moves weights of the generator too.""",
    "moves none": """它沒抓到辨別器根本沒動的那一步。
        It misses the step that does not move the discriminator at all.""",
}


def exercise_5(answer):
    """A test that tells a clean step of the discriminator from three bad ones."""
    for kind, text in STEPS.items():
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            found = as_tensor(
                call(answer, "is_clean(step, generator, discriminator)", *_step(kind))
            )
        if found.numel() != 1:
            return wrong("""要回傳 True 或 False。
                It should return True or False.""")
        if bool(found) != (kind in ("clean", "cleared")):
            return wrong(text)
    return right("""五種 step 都判對了。把這個測試留在你的專案裡：G 那種錯誤只有它抓得到。
        It judges all five kinds of step. Keep this test in your project: nothing else catches a
        mistake like G.""")


def _step(kind):
    """A step of D to be tested, with the generator and discriminator that it is about."""
    generator, discriminator = Generator(10), Discriminator()
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3)
    real, z = torch.rand(4, 784) * 2 - 1, torch.randn(4, 10)

    def step():
        if kind == "cleared":
            for weight in generator.parameters():
                weight.grad = torch.zeros_like(weight)
        if kind == "moves none":
            return
        if kind == "moves both":  # and leaves no gradient that would give it away
            with torch.no_grad():
                for weight in generator.parameters():
                    weight += 0.01
        if kind == "no detach":
            (-discriminator(generator(z)).mean()).backward()
        discriminator_step(discriminator, optimizer, real, generator(z))

    return step, generator, discriminator
