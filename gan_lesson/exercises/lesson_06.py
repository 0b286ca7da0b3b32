"""The checks of lesson 06."""

import torch

from gan_lesson.exercises import right, wrong
from gan_lesson.latent import slerp
from gan_lesson.models import load_generator
from gan_lesson.runs import sample


def exercise_1(answer):
    """The length of z in the middle of the straight way, for latent_dim 64."""
    found = float(answer)
    if 5.55 <= found <= 5.75:
        return right(
            "√64 = 8 的 0.71 倍，大約 5.7：比隨機抽的 z 短得多。",
            "0.71 times √64 = 8, about 5.7: far shorter than a z drawn at random.",
        )
    if found == 8:
        return wrong(
            "8 是兩端的長度；中點抄了捷徑，比較短。",
            "8 is the length at both ends; the middle is a short cut, and shorter.",
        )
    if found == 4:
        return wrong(
            "a、b 就算指向同一邊，長度也不會減半；它們幾乎互相垂直，要用畢氏定理。",
            "Even if a and b pointed the same way, the length would not be halved; they are nearly "
            "at right angles, which calls for Pythagoras.",
        )
    if found in (32, 64):
        return wrong(
            "這是長度的平方，還沒開根號。",
            "This is a length squared, without its square root.",
        )
    if 7 <= found <= 7.1:
        return wrong(
            "這是 latent_dim 100 的中點；題目是 64。",
            "This is the middle for latent_dim 100; the question says 64.",
        )
    return wrong(
        f"{found:g} 不對：先算兩端有多長，再乘上中點的倍數。",
        f"{found:g} is not it: first how long the ends are, then the factor of the middle.",
    )


def exercise_2(answer):
    """The truncation that equals the straight way at t = 0.25."""
    found = float(answer)
    if 0.785 <= found <= 0.796:
        return right(
            "√(0.75² + 0.25²) ≈ 0.79；變異數相加，標準差不相加。",
            "√(0.75² + 0.25²) ≈ 0.79; variances add up, standard deviations do not.",
        )
    if found == 1:
        return wrong(
            "0.75 + 0.25 = 1 是係數的和；獨立的隨機數要把變異數相加。",
            "0.75 + 0.25 = 1 adds the factors; of independent random numbers the variances add up.",
        )
    if found == 0.75:
        return wrong(
            "這只算了 a 那一份；b 的四分之一也會讓 z 變長一點。",
            "This counts the part of a alone; the quarter of b makes z a little longer too.",
        )
    if found == 0.625:
        return wrong("這是變異數，還沒開根號。", "This is the variance, without its square root.")
    if 0.7 <= found <= 0.72:
        return wrong("這是 t = 0.5，中點的倍數。", "This is the factor of the middle, t = 0.5.")
    return wrong(
        f"{found:g} 不對：把 t = 0.25 代進 6.3 節的公式。",
        f"{found:g} is not it: put t = 0.25 into the formula of section 6.3.",
    )


def exercise_3(answer):
    """A round trip on the sphere from a to b to c and back, without the corners twice."""
    if not callable(answer):
        return wrong(
            "answer 要是函式本身：寫 answer = round_trip，後面不加括號。",
            "answer must be the function itself: answer = round_trip, without brackets.",
        )
    a, b, c = torch.randn(3, 100, generator=torch.Generator().manual_seed(3))
    found = answer(a, b, c, 4)
    if found is None:
        return wrong(
            "函式傳回的是 None：把算出來的點 return 出來。",
            "The function returns None: let it return the points that you work out.",
        )
    if tuple(found.shape) != (12, 100):
        return wrong(
            f"count 是 4，出來的形狀是 {tuple(found.shape)}，不是 (12, 100)。",
            f"With count 4 the shape is {tuple(found.shape)}, not (12, 100).",
        )
    if not torch.allclose(found[0], a, atol=1e-4):
        return wrong("第一列不是 a。", "The first row is not a.")
    if torch.allclose(found[3], b, atol=1e-4):
        return wrong(
            "第一段走到了它的終點 b，下一段又從 b 開始：轉角畫了兩次。",
            "The first part goes all the way to b, where the next one starts: the corner is drawn "
            "twice.",
        )
    shares = torch.arange(4)[:, None] / 4
    parts = [slerp(start, end, shares) for start, end in ((a, b), (b, c), (c, a))]
    if torch.allclose(found, torch.cat(parts), atol=1e-3):
        return right(
            "三段接起來，最後一步再走一步就回到 a。",
            "Three parts joined; one step after the last is a again.",
        )
    if found[2].norm() < 0.85 * parts[0][2].norm():
        return wrong(
            "路中間的 z 變短了：這是直線，不是球面。",
            "z gets short on the way: this is straight, not on the sphere.",
        )
    if not torch.allclose(found[4], b, atol=1e-3) or not torch.allclose(found[8], c, atol=1e-3):
        return wrong("順序不對：應該是 a、b、c，再回到 a。", "The order should be a, b, c, and a.")
    return wrong(
        "轉角對了，路上的點不在球面的等分點上。",
        "The corners are right, the points between are not evenly spaced on the sphere.",
    )


def exercise_4(answer):
    """The direction in which the stored generator's images become top-heavy."""
    direction = torch.as_tensor(answer, dtype=torch.float32).detach()
    if tuple(direction.shape) != (100,):
        return wrong(
            f"形狀是 {tuple(direction.shape)}，不是 (100,)。",
            f"The shape is {tuple(direction.shape)}, not (100,).",
        )
    length = direction.norm().item()
    if abs(length - 1) > 1e-3:
        return wrong(
            f"長度是 {length:.3g}，還沒除以它自己的長度。",
            f"Its length is {length:.3g}: divide it by that.",
        )

    def top_heavy(z):
        images = sample(generator, z)
        return images[:, :, :14].mean(dim=(1, 2, 3)) - images[:, :, 14:].mean(dim=(1, 2, 3))

    generator = load_generator()
    z = torch.randn(2000, 100, generator=torch.Generator().manual_seed(4))
    y = top_heavy(z)
    slopes = ((y - y.mean())[:, None] * z).mean(dim=0)
    likeness = (direction @ slopes / slopes.norm()).item()
    gain = (top_heavy(z + 3 * direction) - y).mean().item()
    if likeness > 0.85:
        return right(
            f"沿著它走 3 步，上下的差平均增加 {gain:.2f}。",
            f"Three steps along it, the difference of the halves grows by {gain:.2f} on average.",
        )
    if likeness < -0.85:
        return wrong(
            "方向反了：沿著它走，重的是下半部。",
            "It points the other way: along it, the lower half gets heavy.",
        )
    images = sample(generator, z).mean(dim=(1, 2, 3))
    brighter = ((images - images.mean())[:, None] * z).mean(dim=0)
    if direction @ brighter / brighter.norm() > 0.85:
        return wrong(
            "這是 6.6 節「變亮」的方向，上下一起變；題目要上半部減下半部。",
            "This is section 6.6's direction, where both halves get brighter; take the upper half "
            "minus the lower.",
        )
    return wrong(
        f"沿著它走 3 步，上下的差平均只改變 {gain:.2f}；迴歸找得到更好的方向，"
        "只是 z 要抽得夠多（6.6 節抽了 1,000 個）。",
        f"Three steps along it change the difference of the halves by only {gain:.2f} on average; "
        "the regression finds a better direction, given enough z (section 6.6 drew 1,000).",
    )
