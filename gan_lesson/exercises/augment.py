"""The exercises on data augmentation: a paired interval, missing controls, one hospital alone."""

import math

import numpy as np
from scipy.stats import t as student

from gan_lesson.exercises import wrong
from gan_lesson.exercises.answers import above, as_tensor, choices, number

# Made-up marks of six hospitals, without and with generated samples.
BEFORE = (70, 76, 82, 88, 91, 95)
AFTER = (71, 79, 84, 89, 94, 97)
DIFFERENCES = np.array(AFTER) - BEFORE
STUDENT_T = student.ppf(0.975, 5)  # 2.571, for six differences
ERROR = DIFFERENCES.std(ddof=1) / math.sqrt(6)  # of their mean, 2

# Half the length of the 95 % interval of the mean of six paired differences 1, 3, 2, 1, 3, 2
half_width = number(
    STUDENT_T * ERROR,
    near=0.02,
    praise=f"""差是 2.0 ± {STUDENT_T * ERROR:.2f}，整段都在 0 以上。六家的分數從 70 到 97，\
        可是每家都只和自己比，醫院之間的差別就消掉了。
        The gain is 2.0 ± {STUDENT_T * ERROR:.2f}, all of it above 0. The marks go from 70 to 97,
        but each hospital is compared with itself, and what sets the hospitals apart drops out.""",
    mistakes={
        above(5): """半寬超過 5：這是把兩排分數當成不相干的兩群來比，\
            醫院之間的差別把 2 分的進步淹沒了。先一家一家相減。
            A half-width above 5 compares the two rows as if they were unrelated: what sets the
            hospitals apart drowns a gain of 2. Subtract hospital by hospital first.""",
        STUDENT_T * DIFFERENCES.std(ddof=1): """\
            用了標準差本身：那是一家一家的差有多散。平均有多準，還要除以 √6。
            This takes the standard deviation itself, the spread of single hospitals. For the mean
            of six, divide by √6.""",
        ERROR: """只取了一個標準誤，這樣的區間太窄；要乘上 2.571。
            This is one standard error, too narrow an interval: multiply by 2.571.""",
        1.96 * ERROR: """1.96 要樣本很多才適用；只有六個差，要用 2.571。
            1.96 is for many samples; with six differences it is 2.571.""",
        STUDENT_T * DIFFERENCES.std() / math.sqrt(6): """\
            標準差除以了 6。只有六個樣本，要除以 6 − 1 = 5，torch 的 std 預設就是這樣。
            The deviation divides by 6. With six samples it is 6 − 1 = 5, as torch's std does.""",
    },
    otherwise="""中點對了，半寬 {:.2f} 不對：2.571 × 差的標準差 ÷ √6。
        The middle is right, the half-width {:.2f} is not: 2.571 × the standard deviation of the
        differences ÷ √6.""",
)


def exercise_1(answer):
    """The two ends of that interval."""
    ends = as_tensor(answer).flatten().tolist()
    if len(ends) != 2 or not all(map(math.isfinite, ends)):
        return wrong("""答案要是兩個數：區間的下端和上端，例如 (0.5, 1.5)。
            The answer should be two numbers, the ends of the interval, such as (0.5, 1.5).""")
    low, high = ends
    middle = (low + high) / 2
    if low > high:
        return wrong("""先寫下端，再寫上端。
            The lower end comes first, then the upper one.""")
    if abs(middle + 2) < 0.02:
        return wrong("""正負號反了：差是「加了以後」減「只用真的」。
            The sign is turned: the difference is after minus before.""")
    if abs(middle - 2) > 0.02:
        return wrong(f"""區間的中點是 {middle:.2f}，不是六個差的平均。先一家一家相減，再平均。
            The middle of the interval is {middle:.2f}, not the mean of the six differences.
            Subtract hospital by hospital, then take the mean.""")
    return half_width((high - low) / 2)


# Which control each report lacks
exercise_2 = choices(
    {"a": "split", "b": "interval", "c": "twice", "d": "label"},
    praise="""先切考題、換幾批例子、一樣多的傳統擴增、標籤還對：少一個，功勞就分不清。
        The exam first, several draws, as much classical augmentation, labels still right: without
        one of them nobody knows whose merit a gain is.""",
    hints={
        "a": """那 100 個病人，GAN 見過了嗎？
            had the GAN seen those 100 patients?""",
        "b": """換一批例子，0.6 個百分點還在嗎？只有一次，怎麼知道？
            with another draw of examples, would the 0.6 points still be there? From one draw, how
            can one know?""",
        "c": """區間有了；可是多出來的 1,000 筆，有一半不是 GAN 的。功勞是誰的？
            there is an interval; but half of the 1,000 more are not the GAN's. Whose merit is the
            gain?""",
        "d": """右手翻轉之後，看起來是哪一隻手？
            a right hand, mirrored: which hand does it look like?""",
    },
)

# sqrt(0.9 * 0.1 / 360), in percentage points
exercise_3 = number(
    100 * math.sqrt(0.9 * 0.1 / 360),
    near=0.004,
    praise="""大約 1.58 個百分點，95 % 區間是 ± 3.1：一家醫院差個 1、2 個百分點，什麼都說明不了。
        About 1.58 percentage points, a 95 % interval of ± 3.1: one or two points of one hospital
        say nothing.""",
    mistakes={
        1.6: """對，但是請寫到小數第二位。
            Yes, but to two decimals, please.""",
        math.sqrt(0.9 * 0.1 / 360): """這是比例；換成百分點要乘以 100。
            This is a proportion; in percentage points it is 100 times as much.""",
        30.0: """這是一題的標準差（30 個百分點）；360 題平均，還要除以 √360。
            This is the deviation of one question (30 points); for the mean of 360, divide by
            √360.""",
        100 * 0.09 / 360: """忘了開根號。
            The square root is missing.""",
        100 * math.sqrt(0.9 / 360): """少乘了 1 − p = 0.1。
            The factor 1 − p = 0.1 is missing.""",
        100 * math.sqrt(0.9 * 0.1) / 360: """根號裡也有 n：要除以 √360，不是 360。
            n stands under the root too: divide by √360, not by 360.""",
        196 * math.sqrt(0.9 * 0.1 / 360): """這是 95 % 區間的半寬；題目問的是標準誤本身。
            This is the half-width of the 95 % interval; the standard error itself is asked
            for.""",
    },
    otherwise="""{:g} 不對：p = 0.9、n = 360 代入公式，再換成百分點。
        {:g} is not it: put p = 0.9 and n = 360 into the formula, then turn it into points.""",
)
