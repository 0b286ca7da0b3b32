"""What the theatre can show: real points, failures and their cures, and what to look at."""

from typing import NamedTuple

from gan_lesson import BilingualError

DISTRIBUTIONS = {
    "ring": ("圓環", "ring"),
    "grid": ("方格", "grid"),
    "moons": ("半月", "moons"),
    "spiral": ("螺旋", "spiral"),
    "my points": ("我的點", "my points"),
}
SMILE = "-0.60, 0.60\n0.60, 0.60\n-0.70, -0.30\n-0.30, -0.70\n0.30, -0.70\n0.70, -0.30"
MOST, APART = 60, 0.12  # points of one's own; how far they lie apart along a stroke
USUAL = {
    "distribution": "ring",
    "loss": "non-saturating",
    "d_steps": 1,
    "beta1": 0.0,
    "learning_rate_d": 1e-3,
    "learning_rate_g": 1e-3,
}


FAILING = 1200  # steps after which a failure stops by itself: from there its cure succeeds


class Scenario(NamedTuple):
    """A name, what it sets besides the usual, whether it begins anew, and what to look at."""

    name: tuple
    settings: dict
    anew: bool
    look: tuple


# Lesson 07's failures, each with its cure: the same weights, and the one setting put back.
SCENARIOS = {
    "usual": Scenario(
        ("照常", "as usual"),
        {},
        True,
        (
            "看叉怎麼散到每一團，底色怎麼變白。",
            "See the crosses reach each cluster and the ground turn white.",
        ),
    ),
    "collapse": Scenario(
        ("崩塌：G 太快", "collapse: G too fast"),
        {"learning_rate_g": 3e-2},
        True,
        (
            "看叉擠成一堆，整群跳來跳去；「團」那個數字上不去。",
            "See the crosses crowd together and jump as one; the number of modes stays low.",
        ),
    ),
    "collapse cured": Scenario(
        ("崩塌的解法：G 慢下來", "its cure: a slower G"),
        {},
        False,
        (
            "權重沒換，只把 G 的學習率調回去：看那一堆散開來。",
            "The same weights, only G's learning rate is back: see the crowd spread out.",
        ),
    ),
    "strong": Scenario(
        ("D 太強，損失飽和", "D too strong, a saturating loss"),
        {"loss": "minimax", "d_steps": 5, "learning_rate_d": 1e-2, "learning_rate_g": 1e-5},
        True,
        (
            "看箭頭：D 說假的是 0.00，箭頭短了，叉不動。",
            "See the arrows: D says 0.00 to fakes, the arrows get short, the crosses stay.",
        ),
    ),
    "strong cured": Scenario(
        ("D 太強的解法：換損失", "its cure: another loss"),
        {},
        False,
        (
            "權重沒換，非飽和的損失把箭頭拉長：看叉動起來。",
            "The same weights; a non-saturating loss, long arrows: see the crosses move.",
        ),
    ),
    "rotation": Scenario(
        ("打轉：beta1 是 0.9", "rotation: beta1 0.9"),
        {"beta1": 0.9},
        True,
        (
            "看整群叉衝過頭、繞來繞去，停不下來。",
            "See all the crosses shoot past and chase around, never coming to rest.",
        ),
    ),
    "rotation cured": Scenario(
        ("打轉的解法：beta1 是 0", "its cure: beta1 0"),
        {},
        False,
        (
            "權重沒換，只忘掉舊方向：看叉慢慢停到真的點上。",
            "The same weights, only the old directions are forgotten: see the crosses settle.",
        ),
    ),
}
FAILED = ("停在這裡：從劇本選它的解法。", "Stopped here: choose its cure among the scenarios.")
# What to look at after each of the twelve sub-steps.
SUB_STEPS = (
    ("看藍點：這一批真的。", "Look at the blue dots: this batch of real ones."),
    ("圖上沒有新東西：z 還不是點。", "Nothing new in the plane: z is no point yet."),
    ("看橘色的叉：G 把 z 放到這裡。", "Look at the crosses: here G puts the z."),
    ("看點和叉底下的顏色：這就是 D 的回答。", "See the colour under dots and crosses: D's answer."),
    ("看 loss_d：D 答得多差，縮成一個數字。", "Look at loss_d: how badly D does, in a number."),
    ("圖沒變：梯度只說該往哪裡走。", "The plane is the same: a gradient only says which way."),
    ("看底色和線：D 學了一步，只有它們動。", "See ground and lines: D learned, only they move."),
    ("看叉：新的一批假點。", "Look at the crosses: a new batch of fakes."),
    ("看叉底下的顏色：越藍，D 越相信。", "See the colour under the crosses: blue, D believes."),
    ("看 loss_g：G 想把這個數字變小。", "Look at loss_g: G wants this number smaller."),
    ("看箭頭：D 告訴每個叉往哪裡走。", "Look at the arrows: D tells each cross where to go."),
    ("看叉：G 學了一步，只有它們動。", "See the crosses: G has learned, only they move."),
)  # fmt: skip


class NoPoint(BilingualError, ValueError):
    """A line that is no point, or no line at all."""


def parse_points(text):
    """Points [x, y] from lines "x, y"; raises NoPoint."""
    points = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            x, y = (float(part) for part in line.replace("，", ",").split(","))
            if not (abs(x) <= 1.5 and abs(y) <= 1.5):
                raise ValueError
        except ValueError:
            raise NoPoint(
                f"第 {number} 行「{line.strip()}」不是一個點：寫成 x, y，兩個數都在 -1.5 到 1.5 "
                "之間，例如 0.5, -0.2",
                f"Line {number}, “{line.strip()}”, is no point: write x, y, both from -1.5 to 1.5, "
                "for instance 0.5, -0.2",
            ) from None
        points.append([round(x, 2), round(y, 2)])
    if not points:
        raise NoPoint(
            "一個點也沒有，沒有東西可以學：至少放一個點",
            "There is no point, and nothing to learn: put at least one",
        )
    return points


def write_points(points):
    """Points as the lines that parse_points reads."""
    return "\n".join(f"{x:.2f}, {y:.2f}" for x, y in points)


def with_stroke(points, stroke, first):
    """Points after a stroke over the places [x, y], or after a press; MOST points at most.

    first: whether it begins here. Where it begins on a point, that point goes.
    """

    def near(place, distance):
        return [point for point in points if _apart(point, place) < distance]

    points = list(points)
    if first and (gone := near(stroke[0], 0.07)):
        return [point for point in points if point not in gone]
    for place in stroke:
        if not near(place, 0.07 if first else APART) and len(points) < MOST:
            points.append(place)
    return points


def _apart(point, other):
    return ((point[0] - other[0]) ** 2 + (point[1] - other[1]) ** 2) ** 0.5


def what_to_look_at(world, view, current):
    """One sentence about what the plane shows now; current: the sub-step that is shown, or None."""
    if current:
        return SUB_STEPS[current.number - 1]
    if not world.history:
        return (
            "按「連續跑」，或在圖上拖曳，畫出你自己的真的點。",
            "Press Run, or drag over the plane to draw real points of your own.",
        )
    if world.loss != "Wasserstein" and view.says_real - view.says_fake > 0.7:
        return (
            "D 幾乎都答對：看箭頭還有多長，叉往哪裡走。",
            "D is nearly always right: see how long the arrows are, where the crosses go.",
        )
    if view.distance < 2.5 * world.real_distance:
        return (
            "叉和點混在一起，線和底色亂了：D 分不出來。",
            "Crosses and dots are mixed, ground and lines say little: D cannot tell.",
        )
    if (
        view.modes is not None
        and view.modes <= len(world.centres) // 4
        and len(world.history) > 400
    ):
        return (
            "叉只在少數幾團附近：看「團」會不會變多。",
            "The crosses are near few clusters: see whether the number of modes grows.",
        )
    return (
        "看叉順著箭頭走，底色跟著改口。",
        "See the crosses follow the arrows, and the ground change its mind after them.",
    )
