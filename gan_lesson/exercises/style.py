"""The exercises on style transfer: what measures tell, how wide a patch, what L1 chooses."""

from gan_lesson.exercises.answers import choices, number, outside

# Three sets of paintings by their measures: smooth, smooth with grain on top, of other sketches
exercise_1 = choices(
    {"a": "smooth", "b": "grain", "c": "another"},
    names=["smooth", "grain", "another", "brushed"],
    praise="""紋路相同，刷痕和讀對才分得出雜點和別張素描：一個數字不夠，要看一排。
        With the same texture, only brushed and read tell grain from another sketch: one number is
        not enough, it takes the row.""",
    hints={
        "a": """L1 最低，讀對也好，可是紋路只有答案的四分之一。
            L1 is lowest and read is good, but texture is a quarter of the answers'.""",
        "b": """紋路和答案一樣，但是刷痕接近 1：上下和左右變得一樣快的，是什麼？
            texture is that of the answers, but brushed is near 1: what changes as fast to the right
            as downwards?""",
        "c": """紋路和刷痕都像真畫；看看讀對和 L1。
            texture and brushed are those of real paintings; look at read and at L1.""",
    },
)

# Kernels 4, 4, 3 with strides 2, 2, 1 see 4 + 3·2 + 2·4 pixels
exercise_2 = number(
    18,
    praise="""4 + 3·2 + 2·4 = 18。每個 logit 只管 18×18 的一塊：看得出筆觸，看不出每張都一樣。
        4 + 3·2 + 2·4 = 18. Each logit judges a patch of 18×18: enough for strokes, not to see that
        all grounds are alike.""",
    mistakes={
        11: """這是把卷積核的邊長直接相加。第二層的一格，在原圖上隔 2 個像素。
            This adds up the kernels. In the second layer, one pixel on is 2 pixels on in the
            image.""",
        9: """每層都多看「邊長減 1」格沒錯，但步幅讓後面的一格在原圖上變成 2、4 個像素。
            Each layer does add its kernel less 1, but after the strides those pixels lie 2 and 4
            apart in the image.""",
        48: """那是整張圖。12×12 個 logit 各看一小塊，不是都看整張。
            That is the whole image. Each of the 12×12 logits sees a part of it, not all.""",
        4: """那是第一層看的，或是相鄰兩塊的距離。後面兩層還會再看寬一點。
            That is what the first layer sees, or how far apart two patches lie. The next two layers
            see wider.""",
        10: """這是前兩層看的，還有第三層：它多看 2 格，每格在原圖上是 4 個像素。
            That is what the first two layers see. The third sees 2 more, each 4 pixels of the
            image.""",
    },
    otherwise="""{:g} 不對：從 1 格往回推，每層是「(寬 − 1) × 步幅 + 卷積核邊長」。
        {:g} is not it: go back from 1 pixel; each layer makes it (width − 1) × stride +
        kernel.""",
)

# 0.6 with seven in ten, -0.4 with three: the median has the least absolute error
exercise_3 = number(
    0.6,
    praise="""中位數：交出 0.6，平均差 0.3 × 1.0 = 0.3；交出平均 0.3，反而差 0.42。
        The median: 0.6 is off by 0.3 × 1.0 = 0.3 on average, while the mean, 0.3, is off by
        0.42.""",
    mistakes={
        0.3: """這是平均，它讓**平方**誤差最小。L1 是絕對值：算算看 0.3 和 0.6 各差多少。
            This is the mean, which has the least **squared** error. L1 is the absolute one: work
            out how far off 0.3 and 0.6 are.""",
        0.1: """這是兩個值的正中間；它沒有理會七成和三成。
            This is midway between the two values, and ignores seven and three in ten.""",
        -0.4: """這是比較少見的那一種，七成的畫都差了 1.0。
            This is the rarer of the two; seven paintings of ten are off by 1.0.""",
        outside(-0.4, 0.6): """{:g} 在兩個值之外，離兩種畫都更遠。
            {:g} lies outside the two values, further from both kinds.""",
    },
    otherwise="""交出 {:g}，平均差多少？把它往 0.6 挪一點，再算一次。
        How far off is {:g} on average? Move it a little towards 0.6, and work it out again.""",
)
