"""The checks of lesson 07."""

import torch
from torch.nn.functional import softplus

from gan_lesson.bug_zoo import MISTAKES
from gan_lesson.exercises import no_function, right, wrong
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import discriminator_step


def exercise_1(answer):
    """The mistake behind each letter of the bug zoo."""
    if not isinstance(answer, dict) or set(answer) != set(MISTAKES):
        return wrong(
            "答案要是一個字典，A 到 H 八個字母各配一個名字。",
            "The answer must be a dictionary with one name for each letter from A to H.",
        )
    unknown = [letter for letter in MISTAKES if answer[letter] not in MISTAKES.values()]
    if unknown:
        letters = ", ".join(unknown)
        return wrong(
            f"{letters} 的名字不在清單上；照 7.9 節的寫法抄。",
            f"The names given to {letters} are not on the list; copy them as section 7.9 writes "
            "them.",
        )
    missed = [letter for letter, mistake in MISTAKES.items() if answer[letter] != mistake]
    if missed:
        letters = ", ".join(missed)
        return wrong(
            f"{len(MISTAKES) - len(missed)} 個對了；再想想 {letters}。",
            f"{len(MISTAKES) - len(missed)} are right; think again about {letters}.",
        )
    return right(
        "八個都對！現在可以打開 gan_lesson/bug_zoo.py 了。",
        "All eight! Now you may open gan_lesson/bug_zoo.py.",
    )


def exercise_2(answer):
    """How many times the non-saturating slope is as long as that of minimax, at p = 0.01."""
    found = float(answer)
    if abs(found - 99) < 0.01:
        return right(
            "(1 − 0.01) / 0.01 = 99：生成器越差，差得越多。",
            "(1 − 0.01) / 0.01 = 99: the worse the generator, the larger the difference.",
        )
    if found == 100:
        return wrong(
            "很接近：非飽和的斜率是 1 − p，不是 1。",
            "Close: the non-saturating slope is 1 − p, not 1.",
        )
    if abs(found - 1 / 99) < 0.001:
        return wrong("上下顛倒了。", "This is upside down.")
    if abs(found + 99) < 0.01:
        return wrong("題目問長度，沒有正負號。", "The question is about length, without a sign.")
    return wrong(
        f"{found:g} 不對：把 p = 0.01 代進 7.4 節的兩個式子，再相除。",
        f"{found:g} is not it: put p = 0.01 into both formulas of section 7.4, then divide.",
    )


def exercise_3(answer):
    """The vector field of the Dirac-GAN with the non-saturating loss."""
    if not callable(answer):
        return no_function("pull_non_saturating")
    random = torch.Generator().manual_seed(0)
    theta, psi = torch.randn(2, 20, generator=random, dtype=torch.float64)
    theta.requires_grad_()
    psi.requires_grad_()
    gamma = 0.3
    found = answer(theta.detach(), psi.detach(), gamma)
    if found is None:
        return wrong(
            "函式回傳的是 None：把算出來的兩個張量 return 出來。",
            "The function returns None: let it return the two tensors that you work out.",
        )
    got_theta, got_psi = (torch.as_tensor(part, dtype=torch.float64) for part in found)
    (want_theta,) = torch.autograd.grad(-softplus(-theta * psi).sum(), theta)
    loss_d = softplus(theta * psi).sum() + gamma / 2 * psi.square().sum()
    (want_psi,) = torch.autograd.grad(-loss_d, psi)
    if torch.allclose(got_theta, want_theta, atol=1e-5) and torch.allclose(
        got_psi, want_psi, atol=1e-5
    ):
        return right(
            "和 autograd 一樣。只換了 σ 裡的正負號；走走看，沒有 R1 時會不會停在均衡？",
            "It agrees with autograd. Only a sign inside σ has changed; walk along it: does it "
            "come to rest at the equilibrium without R1?",
        )
    if torch.allclose(got_theta, -want_theta, atol=1e-5):
        return wrong(
            "θ 的方向反了：梯度下降要往損失變小的方向走。",
            "θ goes the wrong way: gradient descent goes where the loss falls.",
        )
    if not torch.allclose(got_theta, want_theta, atol=1e-5):
        return wrong(
            "θ 的部分不對：把 −log σ(θψ) 對 θ 微分，σ 裡面會多一個負號；R1 和 θ 無關。",
            "The part of θ is not right: differentiate −log σ(θψ) by θ, and a minus sign appears "
            "inside σ; R1 does not concern θ.",
        )
    return wrong(
        "θ 對了；ψ 的部分應該和 7.7 節的 pull 相同，連 R1 在內。",
        "θ is right; the part of ψ should be that of pull in section 7.7, R1 included.",
    )


def exercise_4(answer):
    """The lowest discriminator loss that two Sigmoids allow."""
    found = float(answer)
    if 1.0 <= found <= 1.015:
        return right(
            "−log 0.731 − log(1 − 0.5) = 1.006：loss_d 永遠掉不到 1 以下。",
            "−log 0.731 − log(1 − 0.5) = 1.006: loss_d never falls below 1.",
        )
    if 0.3 <= found <= 0.33:
        return wrong(
            "這只是真圖像的那一半；假圖像的那一半還要 −log(1 − p)。",
            "This is only the half of the real images; the fakes have their −log(1 − p) as well.",
        )
    if 0.68 <= found <= 0.7:
        return wrong(
            "這只是假圖像的那一半；真圖像最高只能說 0.731，也要付損失。",
            "This is only the half of the fakes; the most it can say of real images is 0.731, "
            "which costs something too.",
        )
    if 1.38 <= found <= 1.39:
        return wrong(
            "log 4 是辨別器什麼都不知道的時候；題目問它完美的時候。",
            "log 4 is for a discriminator that knows nothing; the question is about a perfect one.",
        )
    if found == 0:
        return wrong(
            "0 要說得出 1 和 0 才行；這裡最多 0.731、最少 0.5。",
            "For 0 it would have to say 1 and 0; here the most is 0.731 and the least 0.5.",
        )
    return wrong(
        f"{found:g} 不對：真圖像說 σ(1)，假圖像說 σ(0)，代進二元交叉熵。",
        f"{found:g} is not it: σ(1) for real images, σ(0) for fakes, put into binary "
        "cross-entropy.",
    )


def exercise_5(answer):
    """A test that tells a clean step of the discriminator from three bad ones."""
    if not callable(answer):
        return no_function("is_clean")
    cases = (
        ("clean", True, "好的一步被說成壞的。", "It calls a clean step a bad one."),
        ("cleared", True, "梯度全是 0 也算乾淨。", "A gradient of 0 throughout is clean as well."),
        (
            "no detach",
            False,
            "它沒抓到忘了 detach 的那一步。",
            "It misses the step without detach.",
        ),
        (
            "moves both",
            False,
            "它沒抓到連生成器的權重也動了的那一步。",
            "It misses the step that moves weights of the generator too.",
        ),
        (
            "moves none",
            False,
            "它沒抓到辨別器根本沒動的那一步。",
            "It misses the step that does not move the discriminator at all.",
        ),
    )
    for kind, expected, zh, en in cases:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            found = answer(*_one_step(kind))
        if found is None:
            return wrong(
                "函式回傳的是 None：要交回 True 或 False。",
                "The function returns None: it should return True or False.",
            )
        if bool(found) != expected:
            return wrong(zh, en)
    return right(
        "五種 step 都判對了。把這個測試留在你的專案裡：G 那種錯誤只有它抓得到。",
        "It judges all five kinds of step. Keep this test in your project: nothing else catches a "
        "mistake like G.",
    )


def _one_step(kind):
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
