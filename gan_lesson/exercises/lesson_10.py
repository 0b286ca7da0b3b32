"""The exercises of lesson 10: counting work, speed-up, averages of gradients, processes, cures."""

import torch

from gan_lesson.exercises.answers import above, between, choices, function, number

FIRST, SECOND = 50 * 256, 256 * 784  # the weights of a generator with 256 hidden units

# The multiply-adds of its forward pass for 32 images
exercise_1 = number(
    32 * (FIRST + SECOND),
    praise="""32 × (50 × 256 + 256 × 784) = 6,832,128；反向大約還要兩倍。
        32 × (50 × 256 + 256 × 784) = 6,832,128; a backward pass takes about twice that.""",
    mistakes={
        FIRST + SECOND: """這是一張圖的；要畫 32 張。
            That is for one image; there are 32.""",
        (32 * FIRST, 32 * SECOND): """這只是其中一層；兩層要相加。
            That is one layer only; add up both.""",
        64 * (FIRST + SECOND): """一次乘加只算一次。
            A multiply-add counts once.""",
        (32 * (FIRST + 256 + SECOND + 784), FIRST + 256 + SECOND + 784): """\
            偏置只加不乘，這裡只算矩陣乘法。
            Biases are only added; count the matrix products alone.""",
    },
    otherwise="""{:,.10g} 不對：一層是 張數 × 進 × 出。
        {:,.10g} is not it: a layer is images × numbers in × numbers out.""",
)


# How many times faster a step of 20 ms gets when 7 of them become 0.7
exercise_2 = number(
    1.46,
    near=0.005,
    praise="""20 / (12 + 0.3 + 0.4 + 1) = 20 / 13.7，只有 1.46 倍快：錢花錯地方了。
        20 / (12 + 0.3 + 0.4 + 1) = 20 / 13.7, only 1.46 times: money in the wrong place.""",
    mistakes={
        between(9.5, 10): """快 10 倍的只有前向和反向；其他 13 ms 還在。
            Only forward and backward passes are 10 times as quick; the other 13 ms remain.""",
        between(13.6, 13.8): """這是新的一步的毫秒數，不是幾倍。
            That is the new step in ms, not a ratio.""",
        between(0.68, 0.69): """倒過來了：舊的除以新的。
            Upside down: the old time over the new one.""",
        1.54: """前向和反向沒有變成 0，是變成十分之一。
            Forward and backward passes have not become 0, but a tenth.""",
    },
    otherwise="""{:g} 不對：先算新的一步是幾 ms。
        {:g} is not it: first, how many ms does the new step take?""",
)


def average(gradients, counts):
    weighted = [count * gradient for gradient, count in zip(gradients, counts, strict=True)]
    return sum(weighted) / sum(counts)


GRADIENTS = [torch.tensor([[3.0, 0.0]]), torch.tensor([[-1.0, 4.0]]), torch.tensor([[7.0, 8.0]])]

# The average of gradients from parts of unequal size
exercise_3 = function(
    "average(gradients, counts)",
    average,
    tries=[
        (
            (GRADIENTS, [48, 12, 4]),
            """張數是 48、12、4 的三份，結果不對。
                For three parts of 48, 12 and 4 images the result is not right.""",
        ),
        (
            (GRADIENTS[:1], [5]),
            """只有一個行程時，應該就是它的梯度。
                With one process alone it should be that one's gradient.""",
        ),
    ],
    praise="""每一張圖的分量都一樣，不管它在哪個行程。
        Every image weighs the same, whichever process had it.""",
    mistakes={
        lambda gradients, counts: sum(gradients) / len(gradients): """\
            這是直接平均：4 張那份和 48 張那份的分量變成一樣。
            This is the plain mean: the part of 4 images weighs as much as that of 48.""",
        lambda gradients, counts: average(gradients, counts) * sum(counts): """\
            加權之後，還要除以全部的張數。
            Divide by the number of all images too.""",
        lambda gradients, counts: average(gradients, counts) * sum(counts) / len(counts): """\
            要除以全部的張數，不是行程數。
            Divide by the number of images, not by that of processes.""",
    },
)


def speed(processes):
    """How many times as fast it gets where 90 % can be split."""
    return 1 / (0.1 + 0.9 / processes)


# The fewest processes that are 5 times as fast where 90 % can be split
exercise_4 = number(
    9,
    praise="""1 / (0.1 + 0.9 / 9) = 5；再多也到不了 10 倍。
        1 / (0.1 + 0.9 / 9) = 5; however many there are, 10 times is out of reach.""",
    mistakes={
        (5, 6): """不能分的 10 % 還在，所以 5 個或 6 個不夠。
            The 10 % that cannot be split is still there: 5 or 6 are not enough.""",
        1: """一個行程就是原來的速度。
            One process is as fast as before.""",
        **{
            few: f"""{few} 個行程只快 {speed(few):.2f} 倍。
                {few} processes are only {speed(few):.2f} times as fast."""
            for few in (2, 3, 4, 7, 8)
        },
        lambda processes: processes > 9 and processes % 1 == 0: """夠快了，但不是最少。
            Fast enough, but not the fewest.""",
    },
    otherwise="""{:g} 不對：要一個 1 以上的整數。
        {:g} is not it: it takes a whole number of at least 1.""",
)


# The smallest even batch with which two processes gain more than they wait
exercise_5 = number(
    434,
    praise="""省下 0.025 × N / 2，多等 2 × 2.7：N 要大於 432。a 兩邊都有，不影響。
        It saves 0.025 × N / 2 and waits 2 × 2.7 more: N above 432. a is on both sides and does not
        matter.""",
    mistakes={
        432: """剛好打平，還沒有比較快。
            With that it is a tie: not faster yet.""",
        (216, 218): """一步要等兩次：c 要算兩次，或者省下的只有一半。
            One step waits twice: count c twice; or only half of it is saved.""",
        (108, 110): """省下的是 b × N / 2，不是 b × N；而且要等兩次。
            What is saved is b × N / 2, not b × N; and it waits twice.""",
        433: """批次要是偶數，才分得平。
            The batch has to be even, to be halved.""",
        above(434): """兩個行程更快了，但不是最小。
            Two are faster, but it is not the smallest.""",
    },
    otherwise="""{:g} 不對：比較省下的 b × N / 2 和多等的 2 × c。
        {:g} is not it: compare what is saved, b × N / 2, with the wait, 2 × c.""",
)


# Which cure each slow training needs first
exercise_6 = choices(
    {
        "a": "prepare data once",
        "b": "fewer launches",
        "c": "larger parts",
        "d": "bytes",
        "e": "better settings",
    },
    praise="""先看慢在哪裡，藥才不會下錯。
        See where it is slow first, and the cure is the right one.""",
    hints={
        "a": """時間花在一張一張準備。
            the time goes into preparing image by image.""",
        "b": """每個運算都要啟動一次。
            each operation has to be launched.""",
        "c": """算 8 張的時間，比等別人還短。
            working on 8 images takes less time than the wait.""",
        "d": """每個像素用了四個位元組。
            each pixel takes four bytes.""",
        "e": """每一步都夠快了，步數卻太多。
            each step is quick enough, but there are too many.""",
    },
)
