"""The exercises of lesson 01: the value of the game, the best discriminator, the JSD."""

import math
from math import log

import torch

from gan_lesson.exercises.answers import above, below, function, number, numbers, outside

# The sum of the logarithms of the right answers, for D = 0.8 (real) and 0.3 (fake)
exercise_1 = number(
    log(0.8) + log(0.7),
    near=0.006,
    praise=(
        "兩題都答對的機率是 0.8 × 0.7 = 0.56，取對數約 −0.58。辨別器就是要讓這個數往 0 爬。",
        "Both right has probability 0.8 × 0.7 = 0.56, its logarithm is about −0.58. "
        "The discriminator wants this number to climb towards 0.",
    ),
    mistakes={
        log(0.8) + log(0.3): (
            "0.3 是 D 說假圖「是真的」的機率。那一題的正確答案是「假」，D 給「假」多少？",
            "0.3 is the probability D gives to the fake being real. "
            "The right answer there is fake: how much does D give to that?",
        ),
        0.8 * 0.7: (
            "這是兩個機率的乘積，還沒有取對數。",
            "This is the product of the two, without the logarithm.",
        ),
        (log(0.8) + log(0.7)) / 2: (
            "這是平均，題目問的是總和。",
            "This is the mean; the question asks for the sum.",
        ),
        math.log10(0.8 * 0.7): ("這是以 10 為底的對數。", "These are logarithms to base 10."),
        above(0): (
            "機率不超過 1，它的對數不會是正的：正負號反了。",
            "The logarithm of a probability is never positive: the sign is the wrong way round.",
        ),
    },
    otherwise=(
        "{:.4f} 不對。兩張圖各算一個答對的機率，各取自然對數，再相加。",
        "{:.4f} is not it. Take one probability of the right answer for each image, "
        "then its natural logarithm, then add.",
    ),
)


# D* where p = 0.1 and q = 0.4
exercise_2 = number(
    0.2,
    near=0.006,
    praise=(
        "這裡五筆資料只有一筆是真的，最好的 D 就老實說 0.2。",
        "Here one data point in five is real, and the best D says just that: 0.2.",
    ),
    mistakes={
        0.8: (
            "這是「是假的」的機率；D 說的是「是真的」。",
            "This is the probability of being fake; D gives that of being real.",
        ),
        (0.25, 4): (
            "這是兩個密度的比；分母應該是真假全部的資料。",
            "This is the ratio of the densities; the denominator should hold all data, "
            "real and fake.",
        ),
        0.5: (
            "0.5 只在 p 和 q 相等的地方才對，這裡不相等。",
            "0.5 is right only where p and q are equal, and here they are not.",
        ),
        outside(0, 1): (
            "{:g} 不在 0 和 1 之間，不可能是機率。",
            "{:g} is not between 0 and 1, so it cannot be a probability.",
        ),
    },
    otherwise=(
        "{:g} 不對。想想看：這一點附近的資料，真的佔幾分之幾？",
        "{:g} is not it. Think: of the data near this point, what share is real?",
    ),
)


# What D says at the equilibrium, and the value of the game there
exercise_3 = numbers(
    number(
        0.5,
        near=0.006,
        mistakes={
            1: (
                "D 若對每張圖都說 1，遇到假圖就錯得很慘：那不是最好的 D。",
                "A D that says 1 to every image is badly wrong on the fakes: "
                "that is not the best D.",
            ),
            0: (
                "D 若對每張圖都說 0，遇到真圖就錯得很慘：那不是最好的 D。",
                "A D that says 0 to every image is badly wrong on the real ones: "
                "that is not the best D.",
            ),
        },
        otherwise=(
            "D = {:g} 不對：把 q = p 代進 D* 的公式。",
            "D = {:g} is not it: put q = p into the formula of D*.",
        ),
    ),
    number(
        -log(4),
        near=0.006,
        praise=(
            "均衡：D 只能猜，V 到了最低點 −log 4 ≈ −1.386。",
            "The equilibrium: D can only guess, and V is at its lowest, −log 4 ≈ −1.386.",
        ),
        mistakes={
            log(4): (
                "D 對了，但是 V 的正負號反了：對數的平均不會是正的。",
                "D is right, but the sign of V is the wrong way round: "
                "a mean of such logarithms is not positive.",
            ),
            -log(2): (
                "D 對了，但是 V 只算了一項：真圖一項，假圖也有一項。",
                "D is right, but V has one term only: real images give one, fakes another.",
            ),
            0: (
                "D 對了，但 V = 0 是辨別器全部答對、又十足把握的時候；這裡它只能猜。",
                "D is right, but V = 0 is for a discriminator that is always right and sure; "
                "here it can only guess.",
            ),
        },
        otherwise=(
            "D 對了，V = {:g} 不對：把 D = 0.5 代進 V 的兩項。",
            "D is right, V = {:g} is not: put D = 0.5 into both terms of V.",
        ),
    ),
    example="(0.9, -0.2)",
)


# The JSD of (0.5, 0.5, 0) and (0, 0.5, 0.5)
exercise_4 = number(
    log(2) / 2,
    near=0.006,
    praise=(
        "JSD = ½ log 2 ≈ 0.3466：一半重疊，JSD 剛好是最大值 log 2 的一半。",
        "JSD = ½ log 2 ≈ 0.3466: they overlap by half, "
        "and the JSD is half its largest value, log 2.",
    ),
    mistakes={
        log(2): (
            "這是兩個 KL 的和，JSD 是它們的平均。",
            "This is the sum of the two KLs; the JSD is their mean.",
        ),
        0.5: ("這是以 2 為底的對數算出來的。", "This was computed with logarithms to base 2."),
        log(2) - log(4): (
            "這是 V(D*, G) = −log 4 + 2 JSD；題目只問 JSD。",
            "This is V(D*, G) = −log 4 + 2 JSD; the question asks for the JSD alone.",
        ),
        math.isinf: (
            "這是 p 和 q 直接比的 KL。JSD 的兩個 KL 都是和中間的 m 比，不會是無限大。",
            "This is the KL of p and q directly. Both KLs of the JSD compare with m, "
            "the middle one, and are never infinite.",
        ),
        math.isnan: (
            "得到 NaN：機率是 0 的項要當成 0，不能讓電腦算 0 × log 0。",
            "NaN: a term with probability 0 counts as 0; do not let the computer take 0 × log 0.",
        ),
        below(0): ("JSD 不會是負的：看看正負號。", "A JSD is never negative: look at the sign."),
    },
    otherwise=(
        "{:.4f} 不對。先算 m = (p + q) / 2，再算 p 對 m、q 對 m 的 KL。",
        "{:.4f} is not it. First m = (p + q) / 2, then the KL of p and of q from m.",
    ),
)


def value(p_real, p_fake):
    return p_real.log().mean() + (1 - p_fake).log().mean()


P_REAL = torch.tensor([[0.9], [0.6], [0.7]])
P_FAKE = torch.tensor([[0.2], [0.4], [0.1]])

# The value of the game, from what D says to real and to fake images
exercise_5 = function(
    "value(p_real, p_fake)",
    value,
    tries=[
        (
            (P_REAL, P_FAKE),
            "得到 {:.4f}，不是 V。把公式的兩項各寫成一行試試。",
            "{:.4f} is not V. Try one line for each of the two terms.",
        ),
        (
            (P_REAL[:1], P_FAKE),
            "真圖和假圖張數不同時就不對了：兩項要各自平均。",
            "It fails when there are not as many real images as fakes: each term has its own mean.",
        ),
    ],
    praise=(
        "這就是 V：真圖的平均加上假圖的平均。乘上 −1，就是第 04 課的辨別器損失。",
        "This is V: the mean over real images plus the mean over fakes. "
        "Times −1 it is the discriminator's loss of lesson 04.",
    ),
    mistakes=[
        (
            lambda p_real, p_fake: -value(p_real, p_fake),
            "正負號反了：這是要縮小的損失，V 是辨別器要放大的分數。",
            "The sign is the wrong way round: this is a loss to make small, "
            "V is the score D makes large.",
        ),
        (
            lambda p_real, p_fake: p_real.log().mean() + p_fake.log().mean(),
            "假圖那一項不對：D 說 0 才是答對。",
            "The term of the fakes is wrong: there D is right when it says 0.",
        ),
        (
            lambda p_real, p_fake: p_real.log().sum() + (1 - p_fake).log().sum(),
            "這是總和；期望值用平均來估計，才不會隨圖的張數變。",
            "These are sums; an expectation is estimated by a mean, "
            "which does not grow with the number of images.",
        ),
        (
            lambda p_real, p_fake: value(p_real, p_fake) / 2,
            "多除了一個 2：V 是兩個平均相加，不是再平均一次。",
            "One division by 2 too many: V adds two means and takes no mean of them.",
        ),
        (
            lambda p_real, p_fake: p_real.mean().log() + (1 - p_fake).mean().log(),
            "順序反了：先對每張圖取對數，再平均。",
            "The order is the wrong way round: first the logarithm for each image, then the mean.",
        ),
        (
            lambda p_real, p_fake: p_real.log() + (1 - p_fake).log(),
            "函式回傳了每張圖各一個數；V 是一個數，對一批圖取平均。",
            "The function returns a number for each image; V is one number, a mean over images.",
        ),
    ],
)
