"""The exercises of lesson 03: counting parameters, the range of pixels, a wider generator."""

import torch
from torch import nn

from gan_lesson.exercises import Wrong, right, wrong
from gan_lesson.exercises.answers import as_tensor, call, number, numbers, outside

FIRST, SECOND = 32 * 128, 128 * 784  # the weights of Generator(32)

# The number of parameters of Generator(32)
exercise_1 = number(
    FIRST + 128 + SECOND + 784,
    praise="""4,224 加 101,136，共 105,360 個；latent_dim 只影響前面的 4,224。
        4,224 plus 101,136 make 105,360; latent_dim affects the 4,224 alone.""",
    mistakes={
        FIRST + SECOND: """這只有權重；每個輸出還有一個偏置。
            These are the weights alone; each output has a bias as well.""",
        (FIRST + SECOND + 784, FIRST + 128 + SECOND): """只有一層算了偏置；兩個全連接層都有。
            Only one layer has its biases here; both fully connected layers have some.""",
        FIRST + 32 + SECOND + 128: """偏置的個數跟著輸出走，不是跟著輸入。
            There are as many biases as outputs, not as inputs.""",
        (FIRST + 128, SECOND + 784): """這只是其中一層；兩個全連接層要加起來。
            This is one layer; add both fully connected layers.""",
        114064: """這是 latent_dim 100 的個數；題目是 32。
            This is the number for latent_dim 100; the question says 32.""",
        784 * 128 + 128 + 128 + 1: """這是辨別器的個數；題目問生成器。
            This is the discriminator's number; the question is about the generator.""",
    },
    otherwise="""{:,.10g} 不對。每個全連接層各算「輸入 × 輸出 + 輸出」，再相加。
        {:,.10g} is not it. Take inputs × outputs + outputs for each fully connected layer, then
        add.""",
)


# Pixel 51 normalised, and x = 0.2 as a pixel
exercise_2 = numbers(
    number(
        -0.6,
        near=0.006,
        mistakes={
            0.2: """51/255 = 0.2 只換到 0 到 1；我們要的範圍是 -1 到 1。
                51/255 = 0.2 is on a scale of 0 to 1; ours goes from -1 to 1.""",
            0.4: """除以 127.5 之後範圍是 0 到 2，還差一步。
                After dividing by 127.5 the range is 0 to 2; one step is missing.""",
            -0.3: """ToTensor 之後減了 0.5，可是還沒除以 0.5。
                After ToTensor you took away 0.5, but did not divide by 0.5.""",
            0.6: """正負號反了：51 比中間的 127.5 暗。
                The sign is turned: 51 is darker than 127.5, the middle.""",
            outside(-1, 1): """x = {:g} 跑出了 [-1, 1]，不可能是標準化的像素。
                x = {:g} is outside [-1, 1], so it is no normalised pixel.""",
        },
        otherwise="""x = {:g} 不對：把 51 代進公式，先除再減。
            x = {:g} is not it: put 51 into the formula, first divide, then subtract.""",
    ),
    number(
        153,
        near=0.006,
        praise="""51 變成 -0.6，0.2 變回 153；兩個方向都是同一條公式。
            51 becomes -0.6 and 0.2 goes back to 153; both ways are one formula.""",
        mistakes={
            51: """x 對了。p = 51 是把 0.2 當成 0 到 1 的數（乘以 255）；這裡的尺是 -1 到 1。
                x is right. p = 51 takes 0.2 as a number from 0 to 1 (times 255); this scale goes
                from -1 to 1.""",
            25.5: """x 對了。算 p 時，相乘之前還得先加一個數；你只乘了。
                x is right. For p, something is to be added before the product; you only
                multiplied.""",
            26.5: """x 對了。算 p 的順序反了：標準化最後做的那一步，要最先還原。
                x is right. For p the order is turned: undo the last step of normalising first.""",
        },
        otherwise="""x 對了，p = {:g} 不對：把標準化的兩步倒著走。
            x is right, p = {:g} is not: take both steps of normalising in reverse.""",
    ),
    example="(0.1, 200)",
)


# With Sigmoid in place of Tanh: smallest and largest x, and the darkest grey p it can draw
NO_RANGE_OF_SIGMOID = """{:g} 不是 Sigmoid 輸出的最小值或最大值：再看一次 3.6 節的圖。
    {:g} is not the smallest or largest that Sigmoid puts out: look at the figure in section
    3.6."""
exercise_3 = numbers(
    number(
        0,
        near=0.006,
        mistakes={
            -1: """-1 到 1 是 Tanh 的範圍；現在裝的是 Sigmoid。
                -1 to 1 is the range of Tanh; the layer is Sigmoid now.""",
            1: """最小和最大寫反了。
                Smallest and largest are the wrong way round.""",
        },
        otherwise=NO_RANGE_OF_SIGMOID,
    ),
    number(1, near=0.006, mistakes={}, otherwise=NO_RANGE_OF_SIGMOID),
    number(
        127.5,
        near=0.5,
        praise="""最暗也只是中間的灰。真圖的背景是 -1 的黑，這個生成器永遠畫不出來，\
            辨別器光看背景就能抓到它。
            Its darkest is middle grey. The background of real images is black, -1, which this
            generator can never draw: the discriminator catches it by the background alone.""",
        mistakes={
            0: """範圍對了。p = 0 是全黑，要 x = -1 才行；這個生成器到得了 -1 嗎？
                The range is right. p = 0 is pure black and needs x = -1; can this generator get
                there?""",
            255: """範圍對了。255 是最亮的白，題目問最暗。
                The range is right. 255 is the brightest white; the question is about the
                darkest.""",
        },
        otherwise="""範圍對了，p = {:g} 不對：把最小的 x 換回 0–255。
            The range is right, p = {:g} is not: bring the smallest x back to 0-255.""",
    ),
    example="(-2, 2, 100)",
)


def exercise_4(answer):
    """A generator with 256 hidden units, latent_dim 100."""
    if isinstance(answer, type):
        return wrong("""這是類別本身，還沒建出網路：少了括號。
            This is the class itself, no network yet: the brackets are missing.""")
    if not isinstance(answer, nn.Module):
        return wrong(f"""這是 {type(answer).__name__}，不是 PyTorch 的網路（nn.Module）。
            This is of type {type(answer).__name__}, not a network of PyTorch (nn.Module).""")
    linear = [layer for layer in answer.modules() if isinstance(layer, nn.Linear)]
    _look_at_the_sizes([(layer.in_features, layer.out_features) for layer in linear])
    _look_at_the_images(answer, *linear)
    total = sum(parameter.numel() for parameter in answer.parameters())
    return right(f"""形狀和範圍都對。它有 {total:,} 個參數，是課文那個的 {total / 114064:.1f} 倍。
        Shape and range are right. It has {total:,} parameters, {total / 114064:.1f} times those of
        the lesson's.""")


def _look_at_the_sizes(sizes):
    if len(sizes) != 2:
        raise Wrong(f"""裡面有 {len(sizes)} 個全連接層，題目要和課文一樣多。
            It holds {len(sizes)} fully connected layers; there should be as many as in the
            lesson.""")
    (entrance, hidden), (onward, pixels) = sizes
    if hidden != onward:
        raise Wrong(f"""第一層輸出 {hidden} 個數，第二層卻等著 {onward} 個：接不起來。
            The first layer puts out {hidden} numbers, the second waits for {onward}: they do not
            fit.""")
    if entrance != 100:
        raise Wrong(f"""入口是 {entrance} 個數，潛在向量卻不是這個長度。
            The entrance takes {entrance} numbers, which is not the latent vector's length.""")
    if hidden != 256:
        raise Wrong(f"""中間有 {hidden} 個神經元，還不是題目要的寬度。
            There are {hidden} units in the middle, not the width that was asked for.""")
    if pixels != 784:
        raise Wrong(f"""出口有 {pixels} 個數，不夠或不只一張 28×28 的圖像。
            {pixels} numbers come out, which is not one image of 28×28.""")


@torch.no_grad()
def _look_at_the_images(network, first, second):
    z = 100 * torch.randn(64, 100, generator=torch.Generator().manual_seed(0))
    middle = []  # what reaches the second fully connected layer
    hook = second.register_forward_pre_hook(lambda _, inputs: middle.append(inputs[0].clone()))
    try:
        images = as_tensor(call(network, "generator(z)", z))
    finally:
        hook.remove()
    if images.shape != (64, 784):
        raise Wrong(f"""64 個 z 進去，出來的形狀是 {tuple(images.shape)}。
            64 vectors z went in, and shape {tuple(images.shape)} came out.""")
    low, high = images.min().item(), images.max().item()
    if not -1 <= low <= high <= 1:
        raise Wrong(f"""輸出跑到 {low:.1f} … {high:.1f}，超出像素的範圍：最後少了一層。
            The output runs from {low:.1f} to {high:.1f}, outside the range of pixels: a last layer
            is missing.""")
    if low > -0.5:
        raise Wrong(f"""輸出從來不小於 {low:.1f}，畫不出黑：最後一層的範圍不對。
            The output is never below {low:.1f} and cannot draw black: the last layer has the wrong
            range.""")
    sums = first(z)
    if not middle or torch.equal(middle[0], sums):
        raise Wrong("""兩個全連接層之間沒有激勵函數，疊起來仍然只是一層。
            There is no activation function between the two fully connected layers: together they
            are still one.""")
    if not torch.equal(middle[0], sums.relu()):
        raise Wrong("""中間的激勵函數和課文的生成器不同：負數沒有變成 0。
            The activation function in the middle is not that of the lesson's generator: negatives
            do not become 0.""")


def exercise_5(answer):
    """A function from (N, 784) in [-1, 1] to whole numbers (N, 28, 28) from 0 to 255."""
    greys = torch.arange(2 * 784).view(2, 784) % 200 + 20  # neither black nor white among them
    x = greys / 127.5 - 1 + 0.4 / 127.5  # 0.4 above a whole number, to be rounded down
    x[:, ::2] -= 0.8 / 127.5  # and 0.4 below, to be rounded up
    returned = call(answer, "to_pixels(x)", x)
    found, wanted = as_tensor(returned), greys.view(2, 28, 28)
    if found.shape != wanted.shape:
        return wrong(f"""兩張圖進去，出來的形狀是 {tuple(found.shape)}。
            Two images went in, and shape {tuple(found.shape)} came out.""")
    dtype = str(getattr(returned, "dtype", type(returned).__name__))
    if dtype.removeprefix("torch.") != "uint8":
        return wrong(f"""型別是 {dtype}，不是圖檔用的整數。
            The type is {dtype}, not the whole numbers of an image file.""")
    if found.equal(wanted.double()):
        return right("""生成器的輸出可以存成圖檔了。
            The generator's output is ready for an image file.""")
    wrapped = [(x * 255).to(torch.uint8), (x * 255).round().to(torch.uint8)]
    if any(found.equal(one.view(2, 28, 28).double()) for one in wrapped):
        return wrong("""直接乘以 255 是給 0 到 1 的數用的；這裡有負數，會繞回去變成怪數字。
            Times 255 is for numbers from 0 to 1; here some are negative and wrap around.""")
    if (found - wanted).abs().max() <= 1:
        return wrong("""差一點：有些數少了 1。轉成整數時，小數被直接切掉了。
            Nearly: some numbers are too small by 1. On the way to whole numbers the decimals were
            cut off.""")
    if found.min() == 0 and found.max() == 255:
        return wrong("""這是把每批最暗的當 0、最亮的當 255（像 save_image 的 normalize=True），\
            灰就不準了。
            This calls the batch's darkest 0 and its brightest 255 (as save_image does with
            normalize=True), and the greys are no longer true.""")
    if found.transpose(1, 2).equal(wanted.double()):
        return wrong("""列和行對調了。
            Rows and columns are exchanged.""")
    first = int(found[0, 0, 0])
    return wrong(f"""形狀和型別對了，數不對：x = {x[0, 0]:.4f} 變成了 {first}。
        Shape and type are right, the numbers are not: x = {x[0, 0]:.4f} became {first}.""")
