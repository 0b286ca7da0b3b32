"""The exercises of lesson 01: the best discriminator, two gradients, the JSD, the value."""

import math
from math import log

import torch

from gan_lesson.exercises.answers import below, function, number, numbers, outside

PROBABILITY = {
    outside(0, 1): """{:g} 不在 0 和 1 之間，不可能是機率。
        {:g} is not between 0 and 1, so it cannot be a probability.""",
}

# What D* says to a 3, which G draws (p = 0.1, q = 0.2), and to a 7, which it never draws (q = 0)
exercise_1 = numbers(
    number(
        1 / 3,
        near=0.006,
        mistakes={
            2 / 3: """對 3：這是「是假的」的機率；D 說的是「是真的」。
                For 3: this is the probability of being fake; D gives that of being real.""",
            (0.5, 2): """對 3：G 畫得再像，也畫得太多了：它的圖有五分之一是 3，真的只有十分之一。
                For 3: however good they are, G draws too many: a fifth of its images are a 3, and
                only a tenth of the real ones.""",
        }
        | PROBABILITY,
        otherwise="""對 3 說 {:g} 不對：3 在真圖裡佔幾分之幾，就是 p；在 G 畫的圖裡佔幾分之幾，\
            就是 q。
            {:g} for 3 is not it: the share of 3 among real images is p, its share among the images
            that G draws is q.""",
    ),
    number(
        1,
        near=0.006,
        praise="""對。G 畫得太多的，D 起了疑心（1/3）。G 從來不畫的，D 說「真」，可是 G 不畫，\
            在那裡就得不到建議。少畫幾種，第 07 課叫做模式崩塌。
            Right. D grows suspicious of what G draws too often (1/3). What G never draws D calls
            real, but G, which never draws it, gets no advice there. Leaving kinds out: lesson 07
            calls it mode collapse.""",
        mistakes={
            0: """對 7：0 是「一定是假的」；可是 G 從來不畫 7，這張會是誰的？
                For 7: 0 means surely fake; but G never draws a 7, so whose is this one?""",
            0.5: """對 7：0.5 是真假一樣多的時候；假的 7 有幾張？
                For 7: 0.5 is for as many real ones as fakes; how many fake 7s are there?""",
        }
        | PROBABILITY,
        otherwise="""對 3 說的對了；對 7 說 {:g} 不對：G 不畫 7，那裡 q = 0。
            Right for 3; {:g} for 7 is not it: G draws no 7, and q = 0 there.""",
    ),
    example="(0.8, 0.4)",
)


# How many times the gradient of log(1 - D) that of -log D is, where D = 0.1
exercise_2 = number(
    9,
    near=0.01,
    praise="""−0.9 對 −0.1，9 倍。D 越看穿假圖，倍數越大：D = 0.01 時是 99 倍。
        −0.9 against −0.1, 9 times. The better D sees through a fake, the more: 99 times where D =
        0.01.""",
    mistakes={
        1 / 9: """比反了：題目問的是 −log D 的梯度除以 log(1 − D) 的。
            The other way round: the gradient of −log D is to be divided by that of log(1 − D).""",
        (0.9, -0.9): """這是 −log D 的梯度（的大小）；還要除以 log(1 − D) 的。
            This is the gradient of −log D, or its size; divide it by that of log(1 − D).""",
        (0.1, -0.1): """這是 log(1 − D) 的梯度（的大小）；題目問的是幾倍。
            This is the gradient of log(1 − D), or its size; the question is how many times.""",
        -9: """兩個梯度都是負的：一個負數是另一個負數的正幾倍。
            Both gradients are negative: one negative number is a positive multiple of another.""",
        99: """這是 D = 0.01 的時候。
            That is for D = 0.01.""",
    },
    otherwise="""{:g} 不對：把 D = 0.1 代進 −D 和 −(1 − D)，再相除。
        {:g} is not it: put D = 0.1 into −D and −(1 − D), and divide.""",
)


# The JSD of (0.5, 0.5, 0) and (0, 0.5, 0.5)
exercise_3 = number(
    log(2) / 2,
    near=0.006,
    praise="""JSD = ½ log 2 ≈ 0.3466：一半重疊，JSD 剛好是最大值 log 2 的一半。
        JSD = ½ log 2 ≈ 0.3466: they overlap by half, and the JSD is half its largest value, log
        2.""",
    mistakes={
        log(2): """這是兩個 KL 的和，JSD 是它們的平均。
            This is the sum of the two KLs; the JSD is their mean.""",
        0.5: """這是以 2 為底的對數算出來的。
            This was computed with logarithms to base 2.""",
        log(2) - log(4): """這是 V(D*, G) = −log 4 + 2 JSD；題目只問 JSD。
            This is V(D*, G) = −log 4 + 2 JSD; the question asks for the JSD alone.""",
        math.isinf: """這是 p 和 q 直接比的 KL。JSD 的兩個 KL 都是和中間的 m 比，不會是無限大。
            This is the KL of p and q directly. Both KLs of the JSD compare with m, the middle one,
            and are never infinite.""",
        math.isnan: """得到 NaN：機率是 0 的項要當成 0，不能讓電腦算 0 × log 0。
            NaN: a term with probability 0 counts as 0; do not let the computer take 0 × log 0.""",
        below(0): """JSD 不會是負的：看看正負號。
            A JSD is never negative: look at the sign.""",
    },
    otherwise="""{:.4f} 不對。先算 m = (p + q) / 2，再算 p 對 m、q 對 m 的 KL。
        {:.4f} is not it. First m = (p + q) / 2, then the KL of p and of q from m.""",
)


def value(d, is_real):
    return d[is_real == 1].log().mean() + (1 - d[is_real == 0]).log().mean()


def to_the_right_answer(d, is_real):
    return torch.where(is_real == 1, d, 1 - d)


D = torch.tensor([[0.9], [0.2], [0.6], [0.4], [0.1], [0.7]])
IS_REAL = torch.tensor([[1.0], [0.0], [1.0], [0.0], [0.0], [1.0]])

# The value of the game, from what D says to a batch of real and fake images
exercise_4 = function(
    "value(d, is_real)",
    value,
    tries=[
        (
            (D, IS_REAL),
            """得到 {:.4f}，不是 V。先用 is_real 分開真假，再把公式的兩項各寫成一行試試。
                {:.4f} is not V. Part real from fake by is_real, then try one line for each of the
                two terms.""",
        ),
        (
            (D[:5], IS_REAL[:5]),
            """真圖和假圖張數不同時就不對了：兩項要各自平均。
                It fails when there are not as many real images as fakes: each term has its own
                mean.""",
        ),
    ],
    praise="""這就是 V：真圖的平均加上假圖的平均。乘上 −1，就是第 04 課的辨別器損失。
        This is V: the mean over real images plus the mean over fakes. Times −1 it is the
        discriminator's loss of lesson 04.""",
    mistakes={
        lambda d, is_real: -value(d, is_real): """\
            正負號反了：這是要縮小的損失，V 是辨別器要放大的分數。
            The sign is the wrong way round: this is a loss to make small, V is the score D makes
            large.""",
        lambda d, is_real: d[is_real == 1].log().mean() + d[is_real == 0].log().mean(): """\
            假圖那一項不對：那裡要看 D 給「假」多少，也就是 1 − D。
            The term of the fakes is wrong: there it counts how much D gives to fake, 1 − D.""",
        lambda d, is_real: value(d, 1 - is_real): """真假拿反了：is_real 是 1 的那些才是真圖。
            Real and fake are the wrong way round: real images are those where is_real is 1.""",
        lambda d, is_real: d.log().mean() + (1 - d).log().mean(): """\
            兩項都用了整批的圖：真圖那一項只看真圖，假圖那一項只看假圖。
            Both terms take the whole batch: one is for real images only, the other for fakes.""",
        lambda d, is_real: to_the_right_answer(d, is_real).log().sum(): """\
            這是總和；期望值用平均來估計，才不會隨圖的張數變。
            These are sums; an expectation is estimated by a mean, which does not grow with the
            number of images.""",
        lambda d, is_real: to_the_right_answer(d, is_real).log().mean(): """\
            這是整批一起平均；V 是兩個平均相加，真圖一個，假圖一個。
            This is one mean over the whole batch; V adds two means, one of real images, one of
            fakes.""",
        lambda d, is_real: d[is_real == 1].mean().log() + (1 - d[is_real == 0]).mean().log(): """\
            順序反了：先對每張圖取對數，再平均。
            The order is the wrong way round: first the logarithm for each image, then the
            mean.""",
        lambda d, is_real: to_the_right_answer(d, is_real).log(): """\
            函式回傳了每張圖各一個數；V 是一個數，對一批圖取平均。
            The function returns a number for each image; V is one number, a mean over images.""",
    },
)
