"""The checks of lesson 02: one or two for each of the six fields."""

import math
import numbers

import numpy as np
import torch
from torch.nn.functional import avg_pool2d

from gan_lesson.applications import augmentation, levels, text_to_image
from gan_lesson.data import load_images
from gan_lesson.exercises import right, wrong


def exercise_1(answer):
    """The shapes in and out of six fields: a dictionary of letters."""
    reasons = {
        "audio": (
            "A",
            "聲音是一長串數，不是有寬有高的圖。哪一個輸出只有一個方向？",
            "a sound is one long row of numbers, no width and height. Which output is like that?",
        ),
        "super_resolution": (
            "B",
            "進去的是一張小圖，出來的是同一張、但像素更多。",
            "a small image goes in, and the same one with more pixels comes out.",
        ),
        "style": (
            "E",
            "進去的是線條（一層），出來的是一樣大、有顏色的圖。",
            "lines go in (one layer), and an image of the same size, in colour, comes out.",
        ),
        "games": (
            "D",
            "地圖的每一格要替每一種格子各打一個分數，層數就是種類數。",
            "each tile of the map needs a score for each kind, so there is a layer for each kind.",
        ),
        "text_to_image": (
            "C",
            "輸入是潛在向量接上詞表；看看課文的詞表 vocabulary 有幾個詞。",
            "the input is a latent vector joined to the words: count the words in vocabulary.",
        ),
        "augmentation": (
            "F",
            "輸入是潛在向量接上標籤；digits 一共有幾種標籤？",
            "the input is a latent vector joined to a label: how many labels does digits have?",
        ),
    }
    if not isinstance(answer, dict) or set(answer) != set(reasons):
        return wrong(
            "答案要是前面的字典 shapes，六個鍵都保留，不多不少。",
            "The answer should be the dictionary shapes above, with its six keys and no others.",
        )
    letters = {field: str(given).strip().upper() for field, given in answer.items()}
    for field, letter in letters.items():
        if letter not in "ABCDEF" or len(letter) != 1:
            return wrong(
                f"{field} 填的是 {answer[field]!r}：請填 A 到 F 的一個字母，加上引號。",
                f"{field} is {answer[field]!r}: write one letter from A to F, in quotes.",
            )
    for field, (letter, zh, en) in reasons.items():
        if letters[field] != letter:
            return wrong(f"{field}：{zh}", f"{field}: {en}")
    return right(
        "答對了！形狀一看，就知道進去的有沒有條件、出來的是什麼。",
        "Right! The shapes tell whether there is a condition and what comes out.",
    )


def exercise_2(answer):
    """PSNR of two errors of 0.2 among four pixels with peak 2: 10 log10(4 / 0.02) = 23.0."""
    if isinstance(answer, bool) or not isinstance(answer, numbers.Real):
        return wrong("答案要是一個數字。", "The answer should be a number.")
    mistakes = (
        (
            10 * math.log10(1 / 0.02),
            "低了 6 分貝：是把 peak 當成 1（像素從 -1 到 1，兩端差多少？），還是誤差忘了平均？",
            "Six decibels short: is the peak taken as 1 (how far apart are -1 and 1?), or are the "
            "errors summed without a mean?",
        ),
        (
            10 * math.log10(2 / 0.02),
            "低了 3 分貝：是 peak 忘了平方，還是均方誤差漏算了沒有誤差的像素？",
            "Three decibels short: is the peak not squared, or does the mean squared error leave "
            "out the pixels without an error?",
        ),
        (
            10 * math.log10(4 / math.sqrt(0.02)),
            "分母用了均方根誤差：公式裡的均方誤差不必開根號。",
            "This divides by the root mean squared error: the formula takes no root.",
        ),
        (
            10 * math.log(4 / 0.02),
            "這是自然對數：公式用的是以 10 為底的對數。",
            "This is the natural logarithm: the formula takes the one to base 10.",
        ),
        (
            math.log10(4 / 0.02),
            "前面的 10 漏掉了：分貝要乘以 10。",
            "The factor 10 in front is missing: decibels need it.",
        ),
    )
    if abs(answer - 10 * math.log10(4 / 0.02)) < 0.06:
        return right(
            "答對了！均方誤差 0.02，peak 平方是 4，10·log10(200) 約 23.0 分貝。",
            "Right! The mean squared error is 0.02, the peak squared 4: 10·log10(200) is 23.0 dB.",
        )
    for value, zh, en in mistakes:
        if abs(answer - value) < 0.06:
            return wrong(zh, en)
    return wrong(
        f"{answer} 不對：先算四個像素的均方誤差，再代入公式。",
        f"{answer} is not it: find the mean squared error of the four pixels, then the formula.",
    )


def exercise_3(answer):
    """Which loss mends which fault: a dictionary of "adversarial" and "content"."""
    reasons = {
        "blurred": (
            "adversarial",
            "加重內容損失只會更偏愛平均，平均正是模糊的來源。",
            "more content loss favours the average even more, and the average is the blur.",
        ),
        "another": (
            "content",
            "像真的油畫，對抗損失已經滿意了；問題是畫的不是這一張。",
            "it looks like a real painting, so the adversarial loss is satisfied; the fault is "
            "that it is not this sketch.",
        ),
        "flat": (
            "adversarial",
            "各種配色的平均，像素誤差很小，內容損失正喜歡它；是誰會說「真畫不長這樣」？",
            "the average of all colourings has a small pixel error, just what the content loss "
            "likes. Who would say that real paintings do not look like this?",
        ),
    }
    if not isinstance(answer, dict) or set(answer) != set(reasons):
        return wrong(
            "答案要是前面的字典 cures，三個鍵都保留，不多不少。",
            "The answer should be the dictionary cures above, with its three keys and no others.",
        )
    for fault, given in answer.items():
        if given not in ("adversarial", "content"):
            return wrong(
                f"{fault} 填的是 {given!r}：請填 adversarial 或 content，加上引號。",
                f"{fault} is {given!r}: write adversarial or content, in quotes.",
            )
    for fault, (loss, zh, en) in reasons.items():
        if answer[fault] != loss:
            return wrong(f"{fault}：{zh}", f"{fault}: {en}")
    return right(
        "答對了！內容損失管對不對，對抗損失管像不像真的，兩個缺一不可。",
        "Right! The content loss sees to the right thing, the adversarial loss to real looks: "
        "it takes both.",
    )


def exercise_4(answer):
    """The discriminator's targets for four pairs of image and words: 1, 0, 0, 0."""
    if isinstance(answer, torch.Tensor):
        answer = answer.flatten().tolist()
    given = list(answer) if isinstance(answer, list | tuple) else []
    if len(given) != 4 or any(value not in (0, 1) for value in given):
        return wrong(
            "答案要是四個數的序列，每個都是 0 或 1。",
            "The answer should be a list of four numbers, each 0 or 1.",
        )
    reasons = (
        (
            1,
            "第 1 對是真圖，文字也說對了：還有哪裡能挑剔？",
            "Pair 1 is a real image with the right words: what is there to object to?",
        ),
        (
            0,
            "第 2 對的圖是真的，可是文字說的不是它。只看圖的辨別器，生成器就不必理文字了。",
            "In pair 2 the image is real, but the words do not describe it. If only looks count, "
            "the generator need not follow the words.",
        ),
        (
            0,
            "第 3 對再怎麼像，都是生成的。訓練辨別器時，目標看的是來源，不是像不像。",
            "Pair 3 may look right, but it is generated. In training, the target of the "
            "discriminator goes by origin, not by looks.",
        ),
        (
            0,
            "第 4 對是生成的，又是一片雜訊。",
            "Pair 4 is generated, and plain noise at that.",
        ),
    )
    for value, (target, zh, en) in zip(given, reasons, strict=True):
        if value != target:
            return wrong(zh, en)
    return right(
        "答對了！只有「真圖配上對的文字」是 1；像真的、又合文字，兩樣都要。",
        "Right! Only a real image with its own words is 1: it must be real, and it must match.",
    )


def exercise_5(answer):
    """An image unlike images[0], not its mirrored blocks, with the same 7x7 average."""
    if not isinstance(answer, torch.Tensor):
        return wrong(
            "答案要是一個張量，像 images[0] 那樣。",
            "The answer should be a tensor, like images[0].",
        )
    if answer.numel() != 784:
        return wrong(
            f"形狀是 {tuple(answer.shape)}，不是一張 28×28 的圖。",
            f"The shape is {tuple(answer.shape)}, which is not one image of 28×28.",
        )
    image = answer.detach().cpu().float().reshape(1, 1, 28, 28)
    real = load_images("digits")[0][:1]
    if not image.abs().max() <= 1 + 1e-6:
        return wrong("有像素超出 -1 到 1。", "Some pixels are outside -1 to 1.")
    if (image - real).abs().mean() < 0.01:
        return wrong(
            "大圖幾乎和 images[0] 一樣：要看得出不同才算。",
            "When large it is nearly the same as images[0]: the two must clearly differ.",
        )
    difference = (avg_pool2d(image, 4) - avg_pool2d(real, 4)).abs().max().item()
    if difference > 1e-4:
        return wrong(
            f"縮成 7×7 之後最多差了 {difference:.3f}：有的格子平均變了，像素可能跑到別格去了。",
            f"When reduced to 7×7 it differs by up to {difference:.3f}: the average of some block "
            "changed; pixels may have moved into another block.",
        )
    swapped = real.reshape(1, 1, 28, 7, 4).flip(4).reshape(1, 1, 28, 28)
    if torch.allclose(image, swapped, atol=1e-6):
        return wrong(
            "這就是課文的左右對調，題目要換一種辦法。",
            "This is the lesson's swap of left and right; find another way.",
        )
    return right(
        "答對了！一張小圖有很多張大圖，這種內容損失看不出差別，辨別器才看得出。",
        "Right! A small image has many large ones; this content loss sees no difference, but a "
        "discriminator can.",
    )


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


def exercise_6(answer):
    """A level with two faults, made playable by changing at most two tiles."""
    level = np.asarray(answer)
    if level.shape != (10, 10) or not np.isin(level, range(len(levels.SIGNS))).all():
        return wrong(
            "答案要是一張 10×10 的地圖，每格是 0 到 5 的整數，像 broken 那樣。",
            "The answer should be a map of 10×10 tiles, whole numbers from 0 to 5, like broken.",
        )
    broken = np.array([[levels.SIGNS.index(sign) for sign in row] for row in BROKEN])
    changes = int((level != broken).sum())
    if changes > 2:
        return wrong(
            f"改了 {changes} 格，最多只能改 2 格。",
            f"{changes} tiles are changed, and 2 is the most allowed.",
        )
    for kind, zh, en in ((levels.ENTRANCE, "入口", "entrances"), (levels.EXIT, "出口", "exits")):
        count = len(levels.places(level, kind))
        if count != 1:
            return wrong(
                f"這一關有 {count} 個{zh}，要剛好一個。",
                f"This level has {count} {en}; it should be exactly one.",
            )
    if not levels.places(level, levels.TREASURE):
        return wrong("寶物不見了。", "The treasure is gone.")
    if not levels.playable(level):
        return wrong(
            "從入口走不到出口或寶物：從 < 出發，用手指沿著不是牆的格子走走看，卡在哪裡？",
            "There is no way from the entrance to the exit or the treasure: follow the tiles that "
            "are not wall with a finger, from < on. Where are you stuck?",
        )
    return right(
        "答對了！只差兩格，就從不能玩變成能玩：看起來差不多，玩起來差很多。",
        "Right! Two tiles lie between a broken level and a playable one: nearly the same look, "
        "quite another game.",
    )


def exercise_7(answer):
    """Of four digits that are equally possible, the mean has the least squared error."""
    if not isinstance(answer, torch.Tensor):
        return wrong(
            "答案要是一個張量，像 truths[0] 那樣。",
            "The answer should be a tensor, like truths[0].",
        )
    if answer.numel() != 784:
        return wrong(
            f"形狀是 {tuple(answer.shape)}，不是一張 28×28 的圖：網路只能交出一張。",
            f"The shape is {tuple(answer.shape)}, which is not one image of 28×28: the network "
            "can hand in only one.",
        )
    image = answer.detach().cpu().float().reshape(1, 28, 28)
    if not image.abs().max() <= 1 + 1e-6:
        return wrong("有像素超出 -1 到 1。", "Some pixels are outside -1 to 1.")
    images = load_images("digits")[0]
    small = avg_pool2d(images, 4).flatten(1)
    truths = images[torch.cdist(small[53:54], small)[0].topk(4, largest=False).indices]
    best = truths.mean(dim=0)
    least = (truths - best).square().mean()
    times = ((truths - image).square().mean() / least).item()
    lost = 10 * math.log10(max(times, 1))
    ordered = truths.sort(dim=0).values
    if torch.allclose(image, best, atol=1e-3):
        one = ((truths - truths[0]).square().mean() / least).item()
        return right(
            f"答對了！四張的平均最保險，卻糊得哪個數字都不是。交出真的 truths[0]，誤差是它的"
            f" {one:.1f} 倍：PSNR 高，不等於像真的。",
            "Right! The mean of the four is the safest, and a blur of no digit at all. The real "
            f"truths[0] makes {one:.1f} times its error: a high PSNR is not the same as looking "
            "real.",
        )
    if any(torch.allclose(image, truth, atol=1e-3) for truth in truths):
        return wrong(
            "這是四張真圖的一張：銳利，可是答案若是別張，就差很多。"
            f"平均起來 PSNR 少了 {lost:.1f} 分貝。",
            "This is one of the four real digits: sharp, but far off when the answer is another. "
            f"On average it loses {lost:.1f} dB.",
        )
    if ((ordered[1] - 1e-4 <= image) & (image <= ordered[2] + 1e-4)).all():
        return wrong(
            "這是每個像素的中位數：它讓絕對誤差（L1）最小。題目問的是均方誤差。",
            "This is each pixel's median, which makes the absolute error (L1) smallest. The "
            "question is about the squared error.",
        )
    return wrong(
        f"它的均方誤差是最小值的 {times:.2f} 倍。哪一張圖到四張的平方距離，加起來最小？",
        f"Its mean squared error is {times:.2f} times the smallest possible. Which image has the "
        "least sum of squared distances from all four?",
    )


def exercise_8(answer):
    """The patch of one logit: kernels 4, 4, 3 with strides 2, 2, 1 see 4 + 3·2 + 2·4 = 18."""
    if isinstance(answer, bool) or not isinstance(answer, numbers.Real):
        return wrong("答案要是一個數字。", "The answer should be a number.")
    if answer == 18:
        return right(
            "答對了！4 + 3·2 + 2·4 = 18。每個 logit 只管 18×18 的一塊：看得出筆觸，"
            "看不出整個數字。",
            "Right! 4 + 3·2 + 2·4 = 18. Each logit judges a patch of 18×18: enough for strokes, "
            "not for the whole digit.",
        )
    mistakes = {
        11: (
            "這是把卷積核的邊長直接相加。第二層的一格，在原圖上隔 2 個像素。",
            "This adds up the kernels. In the second layer, one pixel on is 2 pixels on in the "
            "image.",
        ),
        9: (
            "每層都多看「邊長減 1」格沒錯，但步幅讓後面的一格在原圖上變成 2、4 個像素。",
            "Each layer does add its kernel less 1, but after the strides those pixels lie 2 and "
            "4 apart in the image.",
        ),
        48: (
            "那是整張圖。12×12 個 logit 各看一小塊，不是都看整張。",
            "That is the whole image. Each of the 12×12 logits sees a part of it, not all.",
        ),
        4: (
            "那是第一層看的，或是相鄰兩塊的距離。後面兩層還會再看寬一點。",
            "That is what the first layer sees, or how far apart two patches lie. The next two "
            "layers see wider.",
        ),
        10: (
            "這是前兩層看的，還有第三層：它多看 2 格，每格在原圖上是 4 個像素。",
            "That is what the first two layers see. The third sees 2 more, each 4 pixels of the "
            "image.",
        ),
    }
    return wrong(
        *mistakes.get(
            answer,
            (
                f"{answer} 不對：從 1 格往回推，每層是「(寬 − 1) × 步幅 + 卷積核邊長」。",
                f"{answer} is not it: go back from 1 pixel; each layer makes it (width − 1) × "
                "stride + kernel.",
            ),
        )
    )


def exercise_9(answer):
    """Two sentences of the same words in another order, which the encoder cannot tell apart."""
    if not (
        isinstance(answer, list | tuple)
        and len(answer) == 2
        and all(isinstance(sentence, str) for sentence in answer)
    ):
        return wrong(
            "答案要是兩個句子，像 pair_of_sentences 那樣。",
            "The answer should be two sentences, like pair_of_sentences.",
        )
    for sentence in answer:
        try:
            text_to_image.check_sentence(sentence)
        except text_to_image.SentenceError as refusal:
            zh, _, en = str(refusal).rpartition(" · ")
            return wrong(f"這句畫不出來：{zh}。", f"This cannot be drawn, {sentence!r}: {en}.")
    first, second = (text_to_image.tokens(sentence) for sentence in answer)
    if first == second:
        return wrong(
            "兩句的詞連順序都一樣（大小寫和標點不算）。",
            "Both have the same words in the same order (capitals and punctuation do not count).",
        )
    if sorted(first) == sorted(second):
        return right(
            "答對了！詞一樣，總和就一樣：加法不管順序。",
            "Right! The same words have the same sum: a sum has no order.",
        )
    if sorted(word for word in first if len(word) == 1 or word.isascii()) == sorted(
        word for word in second if len(word) == 1 or word.isascii()
    ):
        only = next(word for word in first if first.count(word) > second.count(word))
        return wrong(
            f"字一樣，可是相鄰兩個字也算一個詞：「{only}」在兩句裡出現的次數不同。",
            f"The characters are the same, but two in a row count as a word too: 「{only}」 is "
            "not as often in both.",
        )
    difference = sorted(set(first) ^ set(second)) or sorted(set(first))
    return wrong(
        f"兩句用的詞不一樣（例如「{difference[0]}」），總和就不同，即使意思相同。",
        f"The words differ (such as {difference[0]!r}), and so do the sums, even if the meaning "
        "is the same.",
    )


def exercise_10(answer):
    """How many wheels above the key's own the first five partials of a string are."""
    partials = (1, 2, 3, 4, 5)
    wheels = [round(12 * math.log2(partial)) for partial in partials]
    try:
        given = [float(number) for number in answer]
    except (TypeError, ValueError):
        given = []
    if len(given) != 5 or not all(number.is_integer() for number in given):
        return wrong(
            "答案要是五個整數的序列，第一個是 0。",
            "The answer should be five whole numbers in a row, the first of which is 0.",
        )
    if given == [0, 12, 24, 36, 48]:
        return wrong(
            "這是頻率的 1、2、4、8、16 倍：一個八度是 2 倍，所以 3 倍落在兩個八度之間。",
            "These are 1, 2, 4, 8 and 16 times the frequency: an octave is twice, so three times "
            "lies between two octaves.",
        )
    if given[1:] == [number + given[0] for number in wheels[1:]] and given[0]:
        return wrong(
            "間隔對了，但是要從按下的那個鍵數起，所以第一個是 0。",
            "The steps are right, but count from the key that is pressed: the first is 0.",
        )
    for partial, number, wheel in zip(partials, given, wheels, strict=True):
        if number != wheel:
            times = 2 ** (max(-99.0, min(99.0, number)) / 12)
            return wrong(
                f"往上 {number:g} 個音輪，頻率是 {times:.3g} 倍；要最接近 {partial} 倍的那一個。",
                f"{number:g} wheels up, the frequency is {times:.3g} times the key's; wanted is "
                f"the wheel nearest to {partial} times.",
            )
    off = 1200 * math.log2(5) - 100 * wheels[-1]
    return right(
        f"答對了！第五個泛音其實比音輪低 {-off:.0f} 音分，電風琴也是這樣將就：還在 30 音分以內。",
        f"Right! The fifth partial is in truth {-off:.0f} cents below its wheel; electric organs "
        "make do with this too. It is still within 30 cents.",
    )


# Made-up marks of six hospitals, without and with generated samples.
MARKS_BEFORE = (70, 76, 82, 88, 91, 95)
MARKS_AFTER = (71, 79, 84, 89, 94, 97)
STUDENT_T = 2.571  # for six differences


def exercise_11(answer):
    """The two ends of the 95 % interval of six paired differences 1, 3, 2, 1, 3, 2."""
    if isinstance(answer, torch.Tensor):
        answer = answer.flatten().tolist()
    try:
        low, high = (float(value) for value in answer)
    except (TypeError, ValueError):
        return wrong(
            "答案要是兩個數：區間的下端和上端，例如 (0.5, 1.5)。",
            "The answer should be two numbers, the ends of the interval, such as (0.5, 1.5).",
        )
    if not (math.isfinite(low) and math.isfinite(high)):
        return wrong("兩個數都要是有限的。", "Both numbers must be finite.")
    middle, half = augmentation.gain(MARKS_AFTER, MARKS_BEFORE)
    spread = torch.tensor(MARKS_AFTER).double() - torch.tensor(MARKS_BEFORE).double()
    error = half / STUDENT_T
    if abs(low - (middle - half)) < 0.02 and abs(high - (middle + half)) < 0.02:
        return right(
            f"答對了！差是 {middle:.1f} ± {half:.2f}，整段都在 0 以上。六家的分數從 70 到 97，"
            "可是每家都只和自己比，醫院之間的差別就消掉了。",
            f"Right! The gain is {middle:.1f} ± {half:.2f}, all of it above 0. The marks go from "
            "70 to 97, but each hospital is compared with itself, and what sets the hospitals "
            "apart drops out.",
        )
    if low > high:
        return wrong("先寫下端，再寫上端。", "The lower end comes first, then the upper one.")
    if abs((low + high) / 2 + middle) < 0.02:
        return wrong(
            "正負號反了：差是「加了以後」減「只用真的」。",
            "The sign is turned: the difference is after minus before.",
        )
    if abs((low + high) / 2 - middle) > 0.02:
        return wrong(
            f"區間的中點是 {(low + high) / 2:.2f}，不是六個差的平均。先一家一家相減，再平均。",
            f"The middle of the interval is {(low + high) / 2:.2f}, not the mean of the six "
            "differences. Subtract hospital by hospital, then take the mean.",
        )
    if (high - low) / 2 > 5:
        return wrong(
            "半寬超過 5：這是把兩排分數當成不相干的兩群來比，醫院之間的差別把 2 分的進步淹沒了。"
            "先一家一家相減。",
            "A half-width above 5 compares the two rows as if they were unrelated: what sets the "
            "hospitals apart drowns a gain of 2. Subtract hospital by hospital first.",
        )
    mistakes = (
        (
            STUDENT_T * spread.std().item(),
            "用了標準差本身：那是一家一家的差有多散。平均有多準，還要除以 √6。",
            "This takes the standard deviation itself, the spread of single hospitals. For the "
            "mean of six, divide by √6.",
        ),
        (
            error,
            "只取了一個標準誤，這樣的區間太窄；要乘上 2.571。",
            "This is one standard error, too narrow an interval: multiply by 2.571.",
        ),
        (
            1.96 * error,
            "1.96 要樣本很多才適用；只有六個差，要用 2.571。",
            "1.96 is for many samples; with six differences it is 2.571.",
        ),
        (
            STUDENT_T * spread.std(correction=0).item() / math.sqrt(len(spread)),
            "標準差除以了 6。只有六個樣本，要除以 6 - 1 = 5，torch 的 std 預設就是這樣。",
            "The deviation divides by 6. With six samples it is 6 - 1 = 5, as torch's std does.",
        ),
    )
    for value, zh, en in mistakes:
        if abs((high - low) / 2 - value) < 0.02:
            return wrong(zh, en)
    return wrong(
        f"中點對了，半寬 {(high - low) / 2:.2f} 不對：2.571 × 差的標準差 ÷ √6。",
        f"The middle is right, the half-width {(high - low) / 2:.2f} is not: 2.571 × the standard "
        "deviation of the differences ÷ √6.",
    )
