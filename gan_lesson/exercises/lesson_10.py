"""The checks of lesson 10."""

import torch

from gan_lesson.exercises import right, wrong


def exercise_1(answer):
    """The multiply-adds of a generator's forward pass for 32 images."""
    found = float(answer)
    first, second = 50 * 256, 256 * 784
    if found == 32 * (first + second):
        return right(
            "32 × (50 × 256 + 256 × 784) = 6,832,128；反向大約還要兩倍。",
            "32 × (50 × 256 + 256 × 784) = 6,832,128; a backward pass takes about twice that.",
        )
    if found == first + second:
        return wrong("這是一張圖的；要畫 32 張。", "That is for one image; there are 32.")
    if found in (32 * first, 32 * second):
        return wrong("這只是其中一層；兩層要相加。", "That is one layer only; add up both.")
    if found == 64 * (first + second):
        return wrong("一次乘加只算一次。", "A multiply-add counts once.")
    if found in (32 * (first + 256 + second + 784), first + 256 + second + 784):
        return wrong(
            "偏差只加不乘，這裡只算矩陣乘法。",
            "Biases are only added; count the matrix products alone.",
        )
    return wrong(
        f"{found:g} 不對：一層是 張數 × 進 × 出。",
        f"{found:g} is not it: a layer is images × numbers in × numbers out.",
    )


def exercise_2(answer):
    """How many times faster a step of 20 ms gets when 7 of them become 0.7."""
    found = float(answer)
    if 1.455 <= found <= 1.465:
        return right(
            "20 / (12 + 0.3 + 0.4 + 1) = 20 / 13.7，只有 1.46 倍快：錢花錯地方了。",
            "20 / (12 + 0.3 + 0.4 + 1) = 20 / 13.7, only 1.46 times: money in the wrong place.",
        )
    if 9.5 <= found <= 10:
        return wrong(
            "快 10 倍的只有前向和反向；其他 13 ms 還在。",
            "Only forward and backward passes are 10 times as quick; the other 13 ms remain.",
        )
    if 13.6 <= found <= 13.8:
        return wrong("這是新的一步的毫秒數，不是幾倍。", "That is the new step in ms, not a ratio.")
    if 0.68 <= found <= 0.69:
        return wrong("倒過來了：舊的除以新的。", "Upside down: the old time over the new one.")
    if 1.535 <= found <= 1.545:
        return wrong(
            "前向和反向沒有變成 0，是變成十分之一。",
            "Forward and backward passes have not become 0, but a tenth.",
        )
    return wrong(
        f"{found:g} 不對：先算新的一步是幾 ms。",
        f"{found:g} is not it: first, how many ms does the new step take?",
    )


def exercise_3(answer):
    """A function that averages the gradients of parts of unequal size."""
    if not callable(answer):
        return wrong("要交出函式 average。", "Hand in the function average.")
    gradients = [
        torch.tensor([[3.0, 0.0]]),
        torch.tensor([[-1.0, 4.0]]),
        torch.tensor([[7.0, 8.0]]),
    ]
    given = [gradient.clone() for gradient in gradients]
    found = answer(given, [48, 12, 4])
    if not isinstance(found, torch.Tensor) or found.shape != (1, 2):
        shape = tuple(getattr(found, "shape", ()))
        return wrong(
            f"結果要和每份梯度一樣是張量、形狀一樣 (1, 2)，這是 {shape}。",
            f"The result must be a tensor of the gradients' shape (1, 2), this is {shape}.",
        )
    if not all(now.equal(before) for now, before in zip(given, gradients, strict=True)):
        return wrong(
            "傳進來的張量被改掉了：`+=` 會寫進第一個張量裡。",
            "The tensors that came in were changed: `+=` writes into the first of them.",
        )
    if torch.allclose(found, sum(gradients) / 3):
        return wrong(
            "這是直接平均：4 張那份和 48 張那份的分量變成一樣。",
            "This is the plain mean: the part of 4 images weighs as much as that of 48.",
        )
    weighted = 48 * gradients[0] + 12 * gradients[1] + 4 * gradients[2]
    if torch.allclose(found, weighted):
        return wrong("加權之後，還要除以全部的張數。", "Divide by the number of all images too.")
    if torch.allclose(found, weighted / 3):
        return wrong(
            "要除以全部的張數，不是行程數。",
            "Divide by the number of images, not by that of processes.",
        )
    if not torch.allclose(found, weighted / 64):
        return wrong(
            "張數是 48、12、4 的三份，結果不對。",
            "For three parts of 48, 12 and 4 images the result is not right.",
        )
    if not torch.allclose(answer([gradients[0]], [5]), gradients[0]):
        return wrong(
            "只有一個行程時，應該就是它的梯度。",
            "With one process alone it should be that one's gradient.",
        )
    return right(
        "每一張圖的分量都一樣，不管它在哪個行程。",
        "Every image weighs the same, whichever process had it.",
    )


def exercise_4(answer):
    """The fewest processes that are 5 times as fast where 90 % can be split."""
    found = float(answer)
    if found == 9:
        return right(
            "1 / (0.1 + 0.9 / 9) = 5；再多也到不了 10 倍。",
            "1 / (0.1 + 0.9 / 9) = 5; however many there are, 10 times is out of reach.",
        )
    if found in (5, 6):
        return wrong(
            "不能分的 10 % 還在，所以 5 個或 6 個不夠。",
            "The 10 % that cannot be split is still there: 5 or 6 are not enough.",
        )
    if found == int(found) and found > 9:
        return wrong("夠快了，但不是最少。", "Fast enough, but not the fewest.")
    if found == int(found) and 1 <= found < 9:
        speed = 1 / (0.1 + 0.9 / found)
        return wrong(
            f"{found:g} 個行程只快 {speed:.2f} 倍。",
            f"{found:g} processes are only {speed:.2f} times as fast.",
        )
    return wrong(
        f"{found:g} 不對：要一個 1 以上的整數。",
        f"{found:g} is not it: it takes a whole number of at least 1.",
    )


def exercise_5(answer):
    """The smallest even batch with which two processes gain more than they wait."""
    found = float(answer)
    if found == 434:
        return right(
            "省下 0.025 × N / 2，多等 2 × 2.7：N 要大於 432。a 兩邊都有，不影響。",
            "It saves 0.025 × N / 2 and waits 2 × 2.7 more: N above 432. a is on both sides and "
            "does not matter.",
        )
    if found == 432:
        return wrong("剛好打平，還沒有比較快。", "With that it is a tie: not faster yet.")
    if found in (216, 218):
        return wrong(
            "一步要等兩次：c 要算兩次，或者省下的只有一半。",
            "One step waits twice: count c twice; or only half of it is saved.",
        )
    if found in (108, 110):
        return wrong(
            "省下的是 b × N / 2，不是 b × N；而且要等兩次。",
            "What is saved is b × N / 2, not b × N; and it waits twice.",
        )
    if found == 433:
        return wrong("批次要是偶數，才分得平。", "The batch has to be even, to be halved.")
    if found > 434:
        return wrong("兩個行程更快了，但不是最小。", "Two are faster, but it is not the smallest.")
    return wrong(
        f"{found:g} 不對：比較省下的 b × N / 2 和多等的 2 × c。",
        f"{found:g} is not it: compare what is saved, b × N / 2, with the wait, 2 × c.",
    )


CURES = {
    "a": "prepare data once",
    "b": "fewer launches",
    "c": "larger parts",
    "d": "bytes",
    "e": "better settings",
}
HINTS = {
    "a": ("時間花在一張一張準備", "the time goes into preparing image by image"),
    "b": ("每個運算都要啟動一次", "each operation has to be launched"),
    "c": ("算 8 張的時間，比等別人還短", "working on 8 images takes less time than the wait"),
    "d": ("每個像素用了四個位元組", "each pixel takes four bytes"),
    "e": ("每一步都夠快了，步數卻太多", "each step is quick enough, but there are too many"),
}


def exercise_6(answer):
    """Which cure each slow training needs first."""
    if not isinstance(answer, dict) or set(answer) != set(CURES):
        return wrong(
            "答案要有 a、b、c、d、e 五個，各填一種做法。",
            "The answer needs a, b, c, d and e, each with one of the cures.",
        )
    for name, cure in CURES.items():
        if answer[name] != cure:
            zh, en = HINTS[name]
            return wrong(
                f"{name} 不是 {answer[name]}：{zh}。", f"{name} is not {answer[name]}: {en}."
            )
    return right(
        "先看慢在哪裡，藥才不會下錯。", "See where it is slow first, and the cure is the right one."
    )
