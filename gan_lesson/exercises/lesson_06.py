"""The exercises of lesson 06: how long z is, walks, directions, a map."""

import torch

from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, between, call, number
from gan_lesson.latent import slerp
from gan_lesson.models import load_generator
from gan_lesson.runs import sample

# The length of z in the middle of the straight way, for latent_dim 64
exercise_1 = number(
    5.66,
    near=0.1,
    praise="""√64 = 8 的 0.71 倍，大約 5.7：比隨機抽的 z 短得多。
        0.71 times √64 = 8, about 5.7: far shorter than a z drawn at random.""",
    mistakes={
        8: """8 是兩端的長度；中點抄了捷徑，比較短。
            8 is the length at both ends; the middle is a short cut, and shorter.""",
        4: """a、b 就算指向同一邊，長度也不會減半；它們幾乎互相垂直，要用畢氏定理。
            Even if a and b pointed the same way, the length would not be halved; they are nearly at
            right angles, which calls for Pythagoras.""",
        (32, 64): """這是長度的平方，還沒開根號。
            This is a length squared, without its square root.""",
        7.07: """這是 latent_dim 100 的中點；題目是 64。
            This is the middle for latent_dim 100; the question says 64.""",
    },
    otherwise="""{:g} 不對：先算兩端有多長，再乘上中點的倍數。
        {:g} is not it: first how long the ends are, then the factor of the middle.""",
)


def exercise_2(answer):
    """A round trip on the sphere from a to b to c and back, without the corners twice."""
    a, b, c = torch.randn(3, 100, generator=torch.Generator().manual_seed(3))
    found = as_tensor(call(answer, "round_trip(a, b, c, count)", a, b, c, 4)).float()
    if found.shape != (12, 100):
        return wrong(f"""count 是 4，出來的形狀是 {tuple(found.shape)}，不是 (12, 100)。
            With count 4 the shape is {tuple(found.shape)}, not (12, 100).""")
    if not torch.allclose(found[0], a, atol=1e-4):
        return wrong("""第一列不是 a。
            The first row is not a.""")
    if torch.allclose(found[3], b, atol=1e-4):
        return wrong("""第一段走到了它的終點 b，下一段又從 b 開始：轉角畫了兩次。
            The first part goes all the way to b, where the next one starts: the corner is drawn
            twice.""")
    shares = torch.arange(4)[:, None] / 4
    trip = torch.cat([slerp(start, end, shares) for start, end in ((a, b), (b, c), (c, a))])
    if torch.allclose(found, trip, atol=1e-3):
        return right("""三段接起來，最後一步再走一步就回到 a。
            Three parts joined; one step after the last is a again.""")
    if found[2].norm() < 0.85 * trip[2].norm():
        return wrong("""路中間的 z 變短了：這是直線，不是球面。
            z gets short on the way: this is straight, not on the sphere.""")
    if not torch.allclose(found[4], b, atol=1e-3) or not torch.allclose(found[8], c, atol=1e-3):
        return wrong("""順序不對：應該是 a、b、c，再回到 a。
            The order should be a, b, c, and a.""")
    return wrong("""轉角對了，路上的點不在球面的等分點上。
        The corners are right, the points between are not evenly spaced on the sphere.""")


def exercise_3(answer):
    """The direction in which the stored generator's images become top-heavy."""
    direction = as_tensor(answer).float()
    if direction.shape != (100,):
        return wrong(f"""形狀是 {tuple(direction.shape)}，不是 (100,)。
            The shape is {tuple(direction.shape)}, not (100,).""")
    length = direction.norm().item()
    if not abs(length - 1) <= 1e-3:
        return wrong(f"""長度是 {length:.3g}，還沒除以它自己的長度。
            Its length is {length:.3g}: divide it by that.""")
    generator = load_generator()
    z = torch.randn(2000, 100, generator=torch.Generator().manual_seed(4))
    images, moved = sample(generator, z), sample(generator, z + 3 * direction)
    likeness = _likeness(direction, z, _top_heavy(images))
    gain = (_top_heavy(moved) - _top_heavy(images)).mean().item()
    if likeness > 0.85:
        return right(f"""沿著它走 3 步，上下的差平均增加 {gain:.2f}。
            Three steps along it, the difference of the halves grows by {gain:.2f} on average.""")
    if likeness < -0.85:
        return wrong("""方向反了：沿著它走，重的是下半部。
            It points the other way: along it, the lower half gets heavy.""")
    if _likeness(direction, z, images.mean(dim=(1, 2, 3))) > 0.85:
        return wrong("""這是 6.6 節「變亮」的方向，上下一起變；題目要上半部減下半部。
            This is section 6.6's direction, where both halves get brighter; take the upper half
            minus the lower.""")
    return wrong(f"""沿著它走 3 步，上下的差平均只改變 {gain:.2f}；迴歸找得到更好的方向，\
        只是 z 要抽得夠多（6.6 節抽了 1,000 個）。
        Three steps along it change the difference of the halves by only {gain:.2f} on average; the
        regression finds a better direction, given enough z (section 6.6 drew 1,000).""")


def _top_heavy(images):
    return images[:, :, :14].mean(dim=(1, 2, 3)) - images[:, :, 14:].mean(dim=(1, 2, 3))


def _likeness(direction, z, measured):
    """The cosine of a direction with the one that the regression of `measured` on z finds."""
    slopes = ((measured - measured.mean())[:, None] * z).mean(dim=0)
    return (direction @ slopes / slopes.norm()).item()


# The z of the last of twenty equally probable tiles
exercise_4 = number(
    1.96,
    near=0.005,
    praise="""Φ(1.96) = 0.975，正是 0.95 到 1 的中央；大於 1.96 的 z 只佔 2.5 %。
        Φ(1.96) = 0.975, the middle between 0.95 and 1; only 2.5 % of z are above 1.96.""",
    mistakes={
        1.645: """這是最右一格的左邊界，Φ⁻¹(0.95)；要的是那一格中央。
            This is the left edge of the last tile, Φ⁻¹(0.95); the middle of the tile is asked.""",
        (0.95, 0.975): """這是機率；還要用 Φ⁻¹（torch.special.ndtri）變回 z。
            This is a probability; Φ⁻¹ (torch.special.ndtri) turns it back into z.""",
        -1.96: """這是最左邊那一格。
            This is the first tile on the left.""",
        between(2.7, 3): """這是把 -3 到 3 等距離切開；每一格的機率就不同了。
            This cuts -3 to 3 evenly, and the tiles are no longer equally probable.""",
    },
    otherwise="""{:g} 不對：先問 20 格裡最右一格的中央，比它小的機率是多少。
        {:g} is not it: first, with which probability is z below the middle of the last of 20
        tiles?""",
)


# The length of mean - mean + mean, of five z each, for latent_dim 100
exercise_5 = number(
    7.75,
    near=0.05,
    praise="""√(3/5) × 10 ≈ 7.7：三項的變異數各是 1/5，減號也是相加。
        √(3/5) × 10 ≈ 7.7: three variances of 1/5 each add up, where there is a minus too.""",
    mistakes={
        between(4.4, 4.5): """這是一項的長度；一共有三項。
            This is the length of one term; there are three.""",
        10: """10 是每項平均三個 z 的時候；題目平均五個，會更短。
            10 is for means of three z; the question takes five, which is shorter.""",
        between(17, 17.4): """這還沒有平均：每項只用了一個 z。
            Nothing is averaged: each term is one z.""",
        between(13.4, 13.5): """三項的長度不能直接相加；它們幾乎互相垂直，要用畢氏定理。
            The lengths of the three terms do not simply add up; they are nearly at right angles,
            which calls for Pythagoras.""",
        (0.6, 60): """這是變異數或長度的平方，還沒開根號。
            A square, without its square root.""",
    },
    otherwise="""{:g} 不對：五個 z 的平均，每個數的變異數是多少？三項加減後呢？
        {:g} is not it: what is the variance of each number in the mean of five z, and what after
        adding and subtracting three such means?""",
)


# The truncation that equals the straight way at t = 0.25
exercise_6 = number(
    0.79,
    near=0.006,
    praise="""√(0.75² + 0.25²) ≈ 0.79；變異數相加，標準差不相加。
        √(0.75² + 0.25²) ≈ 0.79; variances add up, standard deviations do not.""",
    mistakes={
        1: """0.75 + 0.25 = 1 是係數的和；獨立的隨機數要把變異數相加。
            0.75 + 0.25 = 1 adds the factors; of independent random numbers the variances add
            up.""",
        0.75: """這只算了 a 那一份；b 的四分之一也會讓 z 變長一點。
            This counts the part of a alone; the quarter of b makes z a little longer too.""",
        0.625: """這是變異數，還沒開根號。
            This is the variance, without its square root.""",
        between(0.7, 0.72): """這是 t = 0.5，中點的倍數。
            This is the factor of the middle, t = 0.5.""",
    },
    otherwise="""{:g} 不對：把 t = 0.25 代進 6.3 節的公式。
        {:g} is not it: put t = 0.25 into the formula of section 6.3.""",
)
