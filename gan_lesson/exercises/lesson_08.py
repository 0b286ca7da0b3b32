"""The exercises of lesson 08: measures by hand, what they miss, how to fool and to mend them."""

import numpy as np
import torch

from gan_lesson.data import load_images
from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, between, call, function, number, shown
from gan_lesson.metrics import (
    inception_score,
    load_classifier,
    logits_and_features,
    precision_and_recall,
)

# The Inception score of three sure A and one sure B
exercise_1 = number(
    1.75,
    near=0.01,
    praise="""平均的散度是 0.75 ln(4/3) + 0.25 ln 4，取指數是 1.75：不到兩類，因為不平均。
        The mean divergence is 0.75 ln(4/3) + 0.25 ln 4, its exponential 1.75: less than two
        classes, for they are uneven.""",
    mistakes={
        2: """兩類一樣多才會是 2；這裡三比一。
            It would be 2 if both classes were equally frequent; here they are three to one.""",
        0.56: """這是平均的散度，還沒取指數。
            This is the mean divergence, without exp.""",
        1.41: """這是 8.3 節的例子；那裡有兩張沒把握的圖。
            This is the example of section 8.3, where two images were unsure.""",
        1: """1 是全部同一類；這裡有一張 B。
            1 is for one class alone; one is a B here.""",
    },
    otherwise="""{:g} 不對：p(y) 是 (0.75, 0.25)，A 的散度是 ln(1/0.75)，B 的是 ln(1/0.25)。
        {:g} is not it: p(y) is (0.75, 0.25), the divergence of an A is ln(1/0.75), that of the B is
        ln(1/0.25).""",
)


# The Fréchet distance of N(0, 3²) and N(2, 1)
exercise_2 = number(
    8,
    near=0.01,
    praise="""2² + (3 − 1)² = 8：一半來自平均，一半來自標準差。
        2² + (3 − 1)² = 8: half from the means, half from the standard deviations.""",
    mistakes={
        68: """你用了變異數 9 和 1；公式裡是標準差 3 和 1。
            You took the variances 9 and 1; the formula has the standard deviations 3 and 1.""",
        between(2.8, 2.85): """這裡的習慣是不開根號。
            By custom there is no square root here.""",
        4: """只算了一項；平均和標準差各有一項。
            This is one term only; means and standard deviations have one each.""",
        12: """不是變異數的差：先取標準差的差，再平方。
            Not the difference of variances: that of standard deviations, squared.""",
    },
    otherwise="""{:g} 不對：平均差的平方，加標準差差的平方。
        {:g} is not it: the difference of means squared, plus that of deviations squared.""",
)


NAMES = ["FD", "IS", "KID", "coverage", "precision", "recall"]
ALARMS = {"recall", "coverage"}  # 10 in 10; the others 0 or 1
SILENT = {
    "IS": """IS 只問十個數字有沒有、評審有沒有把握：這一百張都做到了。
        IS asks only for all ten digits and a judge who is sure: these hundred have both.""",
    "precision": """精確率只問假圖落不落在真圖裡：這一百張就是好得和真的一樣。
        Precision asks only whether fakes lie among real ones: these hundred are as good as
        real.""",
    "FD": """FD 只看平均和共變異數：一百張各不相同的好圖，這兩樣和真圖差不多。把這組圖做出來量量看。
        FD looks at means and covariances only, and those of a hundred different good images are
        about those of real ones. Make this set, and measure it.""",
    "KID": """KID 是三種平均相似度的差：一百張各不相同的好圖，平均起來和真圖差不多。\
        把這組圖做出來量量看。
        KID is made of three mean likenesses, and those of a hundred different good images are about
        those of real ones. Make this set, and measure it.""",
}


def exercise_3(answer):
    """Which measures see that there are only a hundred different images."""
    if not isinstance(answer, set | frozenset | list | tuple) or not answer:
        return wrong("""答案要是名字的集合，例如 {"IS", "FD"}。
            The answer should be a set of names, such as {"IS", "FD"}.""")
    for name in answer:
        if not isinstance(name, str) or name not in NAMES:
            return wrong(f"""{shown(name)} 不在裡面，只能從這些名字裡選：{"、".join(NAMES)}。
                {shown(name)} is not among them: choose from these names only:
                {", ".join(NAMES)}.""")
    found = set(answer)
    if found == ALARMS:
        return right("""只有它們問「真圖的每一個角落有沒有人畫」。FD 和 KID 看的是平均，\
            一百張就騙過去了。
            Only these two ask whether every corner of the real images has been drawn. FD and KID
            look at averages, for which a hundred images will do.""")
    for name in sorted(found - ALARMS):
        return wrong(SILENT[name])
    return wrong("""這一個會響，沒錯，但還有一個也會。
        This one does raise alarms, but there is another.""")


def exercise_4(answer):
    """Images with a high Inception score that look like no digit."""
    images = as_tensor(answer).float()
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or len(images) < 100:
        return wrong(f"""形狀是 {tuple(images.shape)}，要 (N, 1, 28, 28)，N 至少 100。
            The shape is {tuple(images.shape)}; it should be (N, 1, 28, 28), N at least 100.""")
    if not images.abs().max() <= 1.001:
        return wrong("""有像素不在 -1 到 1 之間：用 clamp 或 tanh 留在裡面。
            Some pixels are outside -1 to 1: clamp or tanh keeps them inside.""")
    classifier = load_classifier("digits")
    logits, features = logits_and_features(images, classifier)
    _, real = logits_and_features(load_images("digits")[0], classifier)
    score = inception_score(logits.softmax(dim=1))
    precision, _ = precision_and_recall(real, features)
    if score <= 9:
        return wrong(f"""Inception score 只有 {score:.1f}：十個數字都要有，而且評審都要有把握。
            The Inception score is only {score:.1f}: all ten digits, and the judge sure of
            each.""")
    if precision >= 0.3:
        return wrong(f"""分數是 {score:.1f}，可是精確率 {precision:.2f}：這些圖太像真的數字了。
            The score is {score:.1f}, but precision {precision:.2f}: too much like real digits.""")
    return right(f"""Inception score {score:.1f}，精確率 {precision:.2f}：只看一種量法，就會被它騙。
        Inception score {score:.1f}, precision {precision:.2f}: one measure is easily fooled.""")


def exercise_5(answer):
    """The distance from the nearest reference, whatever the shift by a pixel."""
    images, _ = load_images("digits")
    references = images[:40]
    shifts = [(up, left) for up in (-1, 0, 1) for left in (-1, 0, 1)]
    stolen = [references[[at]].roll(shift, dims=(2, 3)) for at, shift in enumerate(shifts)]
    others = [images[40:59], references[[20]].roll((3, 3), dims=(2, 3))]
    samples = torch.cat(stolen + others)
    found = as_tensor(call(answer, "nearest_shifted(samples, references)", samples, references))
    if found.shape != (29,):
        return wrong(f"""給 29 張圖，出來的形狀是 {tuple(found.shape)}，不是 (29,)。
            For 29 images the shape is {tuple(found.shape)}, not (29,).""")
    exact = references.flatten(1).double()  # a distance by cdist is off by 0.01 in float32
    moved = torch.stack([samples.roll(shift, dims=(2, 3)).flatten(1) for shift in shifts]).double()
    expected = torch.cdist(moved, exact).amin(dim=(0, 2))
    caught = int((found[:9].abs() < 0.1).sum())
    if torch.allclose(found, expected, atol=0.1):
        return right("""九種平移都抓到了，沒抄的圖也還是有距離。
            All nine shifts are caught, and images that are no copies keep their distance.""")
    if caught == 9:
        return wrong("""抄的都抓到了，但沒抄的圖距離不對：九種裡取最小的，再多試或少試都不行。
            The copies are caught, but the distance of other images is not right: the smallest of
            nine, no more and no less.""")
    if caught == 1:
        return wrong("""只有完全沒平移的那張抓到了：這就是 nearest_distances。
            Only the one that was not shifted is caught: this is nearest_distances.""")
    if caught == 0:
        return wrong("""連完全沒平移的也沒抓到：九個距離要取最小，不是平均或最大。
            Not even the one that was not shifted is caught: take the smallest of the nine, not
            their mean or the largest.""")
    return wrong(f"""九種平移只抓到 {caught} 種：上下和左右要一起試，也包括斜的。
        Of the nine shifts {caught} are caught: try both directions together, diagonals too.""")


def line(sizes, values, first=0, part=1):
    """Intercept (or slope: part 0) of the line in 1/N, from the first of the points on."""
    return np.polyfit(1 / np.array(sizes[first:]), values[first:], 1)[part]


# The FD of infinitely many samples, by a line in 1/N. By hand: in units of 1/800 the places are
# 4, 2 and 1, and the line is 19.5 + 85/14 x.
exercise_6 = function(
    "extrapolate(sizes, values)",
    line,
    tries=[
        (
            ((200, 400, 800), (44.0, 31.0, 26.0)),
            """{:.1f} 不對：x 是 1/N，y 是 FD，要 polyfit 的截距。
                {:.1f} is not it: x is 1/N, y is FD, and the intercept of polyfit is asked for.""",
        )
    ],
    near=0.01,
    praise="""量到的三個值是 44、31、26，延長到無限多張是 19.5。
        The three values were 44, 31 and 26; prolonged to infinitely many it is 19.5.""",
    mistakes={
        lambda sizes, values: line(sizes, values, part=0): """這是斜率，要的是截距。
            This is the slope; the intercept is asked for.""",
        lambda sizes, values: np.polyfit(sizes, values, 1)[1]: """線配在 N 上，延長到 N = 0 去了：\
            橫軸要用 1/N。
            The line was fitted in N and prolonged to N = 0: put 1/N on the axis.""",
        lambda sizes, values: values[-1]: """這是量到的值；無限多張的要更小。
            This is a value that was measured; that of infinitely many is smaller.""",
        lambda sizes, values: sum(values) / len(values): """這是量到的值的平均；無限多張的要更小。
            This is the mean of the values; that of infinitely many is smaller.""",
        lambda sizes, values: line(sizes, values, first=1): """這條線只通過最後兩點；要用全部的點。
            This line goes through the last two points only; use them all.""",
    },
)
