"""The checks of lesson 08: measures by hand, what they miss, how to fool and to mend them."""

import torch

from gan_lesson.data import load_images
from gan_lesson.exercises import no_function, right, wrong
from gan_lesson.metrics import (
    inception_score,
    load_classifier,
    logits_and_features,
    precision_and_recall,
)


def exercise_1(answer):
    """The Inception score of three sure A and one sure B."""
    found = float(answer)
    if 1.74 <= found <= 1.76:
        return right(
            "平均的散度是 0.75 ln(4/3) + 0.25 ln 4，取指數是 1.75：不到兩類，因為不平均。",
            "The mean divergence is 0.75 ln(4/3) + 0.25 ln 4, its exponential 1.75: less than two "
            "classes, for they are uneven.",
        )
    if found == 2:
        return wrong(
            "兩類一樣多才會是 2；這裡三比一。",
            "It would be 2 if both classes were equally frequent; here they are three to one.",
        )
    if 0.55 <= found <= 0.57:
        return wrong("這是平均的散度，還沒取指數。", "This is the mean divergence, without exp.")
    if 1.4 <= found <= 1.42:
        return wrong(
            "這是 8.3 節的例子；那裡有兩張沒把握的圖。",
            "This is the example of section 8.3, where two images were unsure.",
        )
    if found == 1:
        return wrong("1 是全部同一類；這裡有一張 B。", "1 is for one class alone; one is a B here.")
    return wrong(
        f"{found:g} 不對：p(y) 是 (0.75, 0.25)，A 的散度是 ln(1/0.75)，B 的是 ln(1/0.25)。",
        f"{found:g} is not it: p(y) is (0.75, 0.25), the divergence of an A is ln(1/0.75), that of "
        "the B is ln(1/0.25).",
    )


def exercise_2(answer):
    """The Fréchet distance of N(0, 3^2) and N(2, 1)."""
    found = float(answer)
    if abs(found - 8) < 0.01:
        return right(
            "2² + (3 − 1)² = 8：一半來自平均，一半來自標準差。",
            "2² + (3 − 1)² = 8: half from the means, half from the standard deviations.",
        )
    if found == 68:
        return wrong(
            "你用了變異數 9 和 1；公式裡是標準差 3 和 1。",
            "You took the variances 9 and 1; the formula has the standard deviations 3 and 1.",
        )
    if 2.8 <= found <= 2.85:
        return wrong("這裡的習慣是不開根號。", "By custom there is no square root here.")
    if found == 4:
        return wrong(
            "只算了一項；平均和標準差各有一項。",
            "This is one term only; means and standard deviations have one each.",
        )
    if found == 12:
        return wrong(
            "不是變異數的差：先取標準差的差，再平方。",
            "Not the difference of variances: that of standard deviations, squared.",
        )
    return wrong(
        f"{found:g} 不對：平均差的平方，加標準差差的平方。",
        f"{found:g} is not it: the difference of means squared, plus that of deviations squared.",
    )


def exercise_3(answer):
    """Which measures are blind to a single perfect image of each digit."""
    names = {"IS", "FD", "KID", "precision", "recall", "coverage"}
    if not isinstance(answer, set | frozenset | list | tuple) or not answer:
        return wrong(
            '答案要是名字的集合，例如 {"FD", "recall"}。',
            'The answer should be a set of names, such as {"FD", "recall"}.',
        )
    found = set(answer)
    if not found <= names:
        return wrong(
            f"只能從這些名字裡選：{'、'.join(sorted(names))}。",
            f"Choose from these names only: {', '.join(sorted(names))}.",
        )
    if found == {"IS", "precision"}:
        return right(
            "IS 只問每類有沒有，精確率只問像不像；都不問同一類裡有沒有變化。",
            "IS asks only whether each class is there, precision only whether images look real; "
            "neither asks for variety inside a class.",
        )
    if alert := found - {"IS", "precision"}:
        listed = sorted(alert)
        return wrong(
            f"{'、'.join(listed)} 會響警報：看 8.8 節「只有十張」那一列。",
            f"{', '.join(listed)} does raise an alarm: see the row of ten images in section 8.8.",
        )
    return wrong(
        "這個不會響，沒錯，但還有一個也不會。",
        "That one raises none, but there is another.",
    )


def exercise_4(answer):
    """Images with a high Inception score that look like no digit."""
    images = torch.as_tensor(answer, dtype=torch.float32).detach()
    if images.ndim != 4 or tuple(images.shape[1:]) != (1, 28, 28) or len(images) < 100:
        return wrong(
            f"形狀是 {tuple(images.shape)}，要 (N, 1, 28, 28)，N 至少 100。",
            f"The shape is {tuple(images.shape)}; it should be (N, 1, 28, 28), N at least 100.",
        )
    if not images.abs().max() <= 1.001:
        return wrong(
            "有像素不在 -1 到 1 之間：用 clamp 或 tanh 留在裡面。",
            "Some pixels are outside -1 to 1: clamp or tanh keeps them inside.",
        )
    classifier = load_classifier("digits")
    logits, features = logits_and_features(images, classifier)
    _, real = logits_and_features(load_images("digits")[0], classifier)
    score = inception_score(logits.softmax(dim=1))
    precision, _ = precision_and_recall(real, features)
    if score <= 9:
        return wrong(
            f"Inception score 只有 {score:.1f}：十個數字都要有，而且評審都要有把握。",
            f"The Inception score is only {score:.1f}: all ten digits, and the judge sure of each.",
        )
    if precision >= 0.3:
        return wrong(
            f"分數是 {score:.1f}，可是精確率 {precision:.2f}：這些圖太像真的數字了。",
            f"The score is {score:.1f}, but precision {precision:.2f}: too much like real digits.",
        )
    return right(
        f"Inception score {score:.1f}，精確率 {precision:.2f}：只看一種量法，就會被它騙。",
        f"Inception score {score:.1f}, precision {precision:.2f}: one measure is easily fooled.",
    )


def exercise_5(answer):
    """The distance from the nearest reference, whatever the shift by a pixel."""
    if not callable(answer):
        return no_function("nearest_shifted")
    images, _ = load_images("digits")
    references = images[:40]
    others = torch.cat([images[40:59], references[[20]].roll((3, 3), dims=(2, 3))])
    shifts = [(up, left) for up in (-1, 0, 1) for left in (-1, 0, 1)]
    stolen = torch.cat(
        [references[[at]].roll(shift, dims=(2, 3)) for at, shift in enumerate(shifts)]
    )
    samples = torch.cat([stolen, others])
    found = answer(samples, references)
    if found is None:
        return wrong(
            "函式回傳的是 None：把算出來的距離 return 出來。",
            "The function returns None: let it return the distances.",
        )
    if tuple(found.shape) != (29,):
        return wrong(
            f"給 29 張圖，出來的形狀是 {tuple(found.shape)}，不是 (29,)。",
            f"For 29 images the shape is {tuple(found.shape)}, not (29,).",
        )
    caught = found[:9] < 1e-3
    if caught.all():
        flat = references.flatten(1)
        expected = torch.stack(
            [
                torch.cdist(others.roll(shift, dims=(2, 3)).flatten(1), flat).min(dim=1).values
                for shift in shifts
            ]
        ).min(dim=0)
        if torch.allclose(found[9:].float(), expected.values, atol=1e-2):
            return right(
                "九種平移都抓到了，沒抄的圖也還是有距離。",
                "All nine shifts are caught, and images that are no copies keep their distance.",
            )
        return wrong(
            "抄的都抓到了，但沒抄的圖距離不對：九種裡取最小的，再多試或少試都不行。",
            "The copies are caught, but the distance of other images is not right: the smallest of "
            "nine, no more and no less.",
        )
    if caught.sum() == 1:
        return wrong(
            "只有完全沒平移的那張抓到了：這就是 nearest_distances。",
            "Only the one that was not shifted is caught: this is nearest_distances.",
        )
    if not caught.any():
        return wrong(
            "連完全沒平移的也沒抓到：九個距離要取最小，不是平均或最大。",
            "Not even the one that was not shifted is caught: take the smallest of the nine, not "
            "their mean or the largest.",
        )
    return wrong(
        f"九種平移只抓到 {int(caught.sum())} 種：上下和左右要一起試，也包括斜的。",
        f"Of the nine shifts {int(caught.sum())} are caught: try both directions together, "
        "diagonals too.",
    )


def exercise_6(answer):
    """The FD of infinitely many samples, by a line in 1/N."""
    if not callable(answer):
        return no_function("extrapolate")
    sizes, values = (200, 400, 800), (44.0, 31.0, 26.0)
    found = answer(sizes, values)
    if found is None:
        return wrong(
            "函式回傳的是 None：把截距 return 出來。",
            "The function returns None: let it return the intercept.",
        )
    found = float(found)
    # By hand: in units of 1/800 the places are 4, 2 and 1, and the line is 19.5 + 85/14 x.
    expected = 19.5
    if abs(found - expected) < 0.01:
        return right(
            "量到的三個值是 44、31、26，延長到無限多張是 19.5。",
            "The three values were 44, 31 and 26; prolonged to infinitely many it is 19.5.",
        )
    if abs(found - 85 / 14 * 800) < 1:
        return wrong("這是斜率，要的是截距。", "This is the slope; the intercept is asked for.")
    if found > 44:
        return wrong(
            "線配在 N 上，延長到 N = 0 去了：橫軸要用 1/N。",
            "The line was fitted in N and prolonged to N = 0: put 1/N on the axis.",
        )
    if found in (26.0, 101 / 3):
        return wrong(
            "這是量到的值，或它們的平均；無限多張的要更小。",
            "This is a value that was measured, or their mean; that of infinitely many is smaller.",
        )
    if abs(found - 21) < 0.01:
        return wrong(
            "這條線只通過最後兩點；要用全部的點。",
            "This line goes through the last two points only; use them all.",
        )
    return wrong(
        f"{found:.1f} 不對：x 是 1/N，y 是 FD，要 polyfit 的截距。",
        f"{found:.1f} is not it: x is 1/N, y is FD, and the intercept of polyfit is asked for.",
    )
