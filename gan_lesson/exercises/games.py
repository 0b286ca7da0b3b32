"""The exercises on games: mend a level, read three measures, and count the draws of z."""

import numpy as np

from gan_lesson.applications import levels
from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import as_tensor, choices, number

# The corridor is cut, and there are two exits
BROKEN = (
    "##########",
    "<...######",
    "#...###..#",
    "#...+.#..#",
    "#...###..>",
    "#...#.+..#",
    "#...###..>",
    "#$..######",
    "##########",
    "##########",
)


def exercise_1(answer):
    """A level with two faults, made playable by changing at most two tiles."""
    level = as_tensor(answer).numpy()
    if level.shape != (10, 10) or not np.isin(level, range(len(levels.SIGNS))).all():
        return wrong("""答案要是一張 10×10 的地圖，每格是 0 到 5 的整數，像 broken 那樣。
            The answer should be a map of 10×10 tiles, whole numbers from 0 to 5, like broken.""")
    broken = np.array([[levels.SIGNS.index(sign) for sign in row] for row in BROKEN])
    changes = int((level != broken).sum())
    if changes > 2:
        return wrong(f"""改了 {changes} 格，最多只能改 2 格。
            {changes} tiles are changed, and 2 is the most allowed.""")
    for kind, zh, en in ((levels.ENTRANCE, "入口", "entrances"), (levels.EXIT, "出口", "exits")):
        count = len(levels.places(level, kind))
        if count != 1:
            return wrong(f"""這一關有 {count} 個{zh}，要剛好一個。
                This level has {count} {en}; it should be exactly one.""")
    if not levels.places(level, levels.TREASURE):
        return wrong("""寶物不見了。
            The treasure is gone.""")
    if not levels.playable(level):
        return wrong("""從入口走不到出口或寶物：從 < 出發，用手指沿著不是牆的格子走走看，卡在哪裡？
            There is no way from the entrance to the exit or the treasure: follow the tiles that are
            not wall with a finger, from < on. Where are you stuck?""")
    return right("""只差兩格，就從不能玩變成能玩：看起來差不多，玩起來差很多。
        Two tiles lie between a broken level and a playable one: nearly the same look, quite another
        game.""")


# Fair lots of the recipe have 100 %, 75 %, 95 %
exercise_2 = choices(
    {"a": "collapse", "b": "scatter", "c": "copies", "d": "fair"},
    praise="""每一個單獨的數字都騙得過：a 有兩個高分，b 也有兩個，c 的「能玩」和 a 差不多高。\
        要三個一起看。
        Each number alone can be fooled: a has two high marks, b has two, and c is nearly as
        playable as a. It takes all three.""",
    hints={
        "a": """一千關，不重複的只有 0.1%：那是幾關？
            of a thousand levels, 0.1% are left when repeats are dropped: how many is that?""",
        "b": """關關不同、關關是新的，卻只有 3% 能玩：什麼樣的畫法會這樣？
            all are different and new, yet only 3% can be played: what way of drawing does
            that?""",
        "c": """公平抽籤有 75% 是新的，它只有 2%：其餘的從哪裡來？
            of fair lots 75% are new, of these 2%: where do the others come from?""",
        "d": """把它的三個數字和公平抽籤的三個並排，差最多的是哪一個？差得大嗎？
            put its three numbers beside those of fair lots: which is furthest off, and is that
            far?""",
    },
)

# 30 / (0.6 * 0.5): new is a share of the playable ones
exercise_3 = number(
    100,
    praise="""0.6 × 0.5 = 0.3，30 ÷ 0.3 = 100。生成器畫一百關不到一秒，篩掉七成也無妨：\
        這就是在潛在空間裡找。
        0.6 × 0.5 = 0.3, and 30 ÷ 0.3 = 100. A generator draws a hundred in less than a second, so
        throwing seven in ten away does no harm: this is searching the latent space.""",
    mistakes={
        50: """這只算了能玩的，還沒問新不新。
            This counts playable only, and not new.""",
        60: """這只算了新的，還沒問能不能玩。
            This counts new only, and not playable.""",
        300: """先算一個 z 兩道關卡都過的機率。
            First work out the probability that one z passes both gates.""",
        9: """這是抽 30 個 z 會通過幾個；題目問要抽幾個，才有 30 個通過。
            This is how many of 30 z pass; the question is how many to draw so that 30 pass.""",
        (3000, 30 / 1.1): """兩個比例怎麼合成一個？不是相加，也別忘了百分號。
            How do two shares become one? Not by adding, and mind the per cent signs.""",
        110: """50 + 60：兩道關卡不是各抽各的，同一個 z 要兩道都過。
            50 + 60: the gates have no draws of their own; the same z must pass both.""",
    },
    otherwise="""抽 {:g} 個，能玩的有幾個？這些能玩的裡面，新的又有幾個？
        Of {:g} draws, how many are playable? And of those playable ones, how many are new?""",
)
