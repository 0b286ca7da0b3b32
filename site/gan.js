/* GANs in the page: one plain script, no library, nothing fetched.
 *
 * Core: networks, the chain rule and Adam by hand, the same numbers as torch's (tests/test_site.py).
 * Below it: custom elements in both languages, by their lang attribute: <gan-training>, a GAN on
 * digits of 8 x 8; <gan-explorer>, a latent space; <gan-plane>, the world of lesson 01;
 * <gan-number> and <gan-characters>, what larger generators draw. Each but the plane has a script
 * of data by its name (gan-training.js), which it asks for once it is seen.
 */
"use strict";

/* Everything that computes. It is a function so that a Worker can be made from its text. */
function ganCore() {
  /* Random numbers of our own, so that a seed gives the same again. */
  class Random {
    constructor(seed) {
      this.state = seed >>> 0;
    }
    next() { // between 0 and 1 (mulberry32)
      this.state = (this.state + 0x6d2b79f5) >>> 0;
      let t = this.state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }
    below(count) {
      return Math.floor(this.next() * count);
    }
    normal(count) { // standard normal (Box and Muller)
      const out = new Float64Array(count);
      for (let i = 0; i < count; i += 2) {
        const r = Math.sqrt(-2 * Math.log(1 - this.next())), angle = 2 * Math.PI * this.next();
        out[i] = r * Math.cos(angle);
        if (i + 1 < count) out[i + 1] = r * Math.sin(angle);
      }
      return out;
    }
  }

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

  /* Fully connected layers, in double precision; weights lie as in torch, (outputs, inputs). `kinds` says what follows
   * each layer: "relu", "leaky" (slope 0.2), "tanh" or "none". */
  class Network {
    constructor(sizes, kinds, random) {
      this.sizes = sizes;
      this.kinds = kinds;
      this.parameters = []; // weight, bias, weight, bias, ...
      for (let i = 0; i + 1 < sizes.length; i++) {
        const bound = 1 / Math.sqrt(sizes[i]); // as torch starts a Linear layer
        for (const count of [sizes[i] * sizes[i + 1], sizes[i + 1]]) {
          const values = new Float64Array(count);
          if (random) for (let k = 0; k < count; k++) values[k] = bound * (2 * random.next() - 1);
          this.parameters.push(values);
        }
      }
      this.gradients = this.parameters.map((values) => new Float64Array(values.length));
    }

    /* x: n rows of inputs. Keeps what backward() needs; returns n rows of outputs. */
    forward(x, n) {
      this.inputs = [x];
      for (let i = 0; i < this.kinds.length; i++) {
        const ins = this.sizes[i], outs = this.sizes[i + 1], kind = this.kinds[i];
        const weight = this.parameters[2 * i], bias = this.parameters[2 * i + 1];
        const y = new Float64Array(n * outs);
        for (let row = 0; row < n; row++)
          for (let o = 0; o < outs; o++) {
            let sum = bias[o];
            for (let k = 0, a = row * ins, w = o * ins; k < ins; k++) sum += x[a + k] * weight[w + k];
            if (kind === "relu") sum = sum > 0 ? sum : 0;
            else if (kind === "leaky") sum = sum > 0 ? sum : 0.2 * sum;
            else if (kind === "tanh") sum = Math.tanh(sum);
            y[row * outs + o] = sum;
          }
        this.inputs.push((x = y));
      }
      return x;
    }

    /* The chain rule. slope: of the loss by each output. Adds to the gradients where `learn`, and
     * returns the slope by each input where `further`. */
    backward(slope, n, learn, further) {
      for (let i = this.kinds.length - 1; i >= 0; i--) {
        const ins = this.sizes[i], outs = this.sizes[i + 1], kind = this.kinds[i];
        const weight = this.parameters[2 * i], x = this.inputs[i], y = this.inputs[i + 1];
        const byWeight = this.gradients[2 * i], byBias = this.gradients[2 * i + 1];
        const before = new Float64Array(n * ins);
        for (let row = 0; row < n; row++)
          for (let o = 0; o < outs; o++) {
            const at = row * outs + o;
            let s = slope[at];
            if (kind === "relu") s = y[at] > 0 ? s : 0;
            else if (kind === "leaky") s = y[at] > 0 ? s : 0.2 * s;
            else if (kind === "tanh") s *= 1 - y[at] * y[at];
            if (s === 0) continue;
            const a = row * ins, w = o * ins;
            if (learn) {
              byBias[o] += s;
              for (let k = 0; k < ins; k++) byWeight[w + k] += s * x[a + k];
            }
            if (i > 0 || further) for (let k = 0; k < ins; k++) before[a + k] += s * weight[w + k];
          }
        slope = before;
      }
      return slope;
    }

    zeroGradients() {
      for (const values of this.gradients) values.fill(0);
    }
  }

  /* Adam (Kingma and Ba 2015), as torch.optim.Adam. */
  class Adam {
    constructor(network, rate, beta1, beta2 = 0.999) {
      Object.assign(this, { network, rate, beta1, beta2, steps: 0 });
      this.means = network.parameters.map((values) => new Float64Array(values.length));
      this.squares = network.parameters.map((values) => new Float64Array(values.length));
    }
    step() {
      this.steps++;
      const { rate, beta1, beta2 } = this;
      const size = rate / (1 - beta1 ** this.steps), root = Math.sqrt(1 - beta2 ** this.steps);
      this.network.parameters.forEach((values, p) => {
        const gradient = this.network.gradients[p], mean = this.means[p], square = this.squares[p];
        for (let i = 0; i < values.length; i++) {
          const g = gradient[i];
          mean[i] = beta1 * mean[i] + (1 - beta1) * g;
          square[i] = beta2 * square[i] + (1 - beta2) * g * g;
          values[i] -= (size * mean[i]) / (Math.sqrt(square[i]) / root + 1e-8);
        }
      });
    }
  }

  /* What each loss makes of the scores: its value, and its slope by each score of n. */
  const mean = (scores, f) => scores.reduce((sum, score) => sum + f(score), 0) / scores.length;
  const slopes = (scores, f) => scores.map((score) => f(score) / scores.length);
  const realIs1 = { value: (s) => softplus(-s), slope: (s) => sigmoid(s) - 1 }; // -log D
  const fakeIs0 = { value: (s) => softplus(s), slope: (s) => sigmoid(s) }; // -log(1 - D)
  const squareTo = (goal) => ({ value: (s) => (s - goal) ** 2 / 2, slope: (s) => s - goal });
  const LOSSES = {
    "non-saturating": { real: realIs1, fake: fakeIs0, generator: realIs1 },
    minimax: {
      real: realIs1,
      fake: fakeIs0,
      generator: { value: (s) => -softplus(s), slope: (s) => -sigmoid(s) }, // log(1 - D)
    },
    "least squares": { real: squareTo(1), fake: squareTo(0), generator: squareTo(1) },
  };

  /* The two steps of every lesson, on two networks and their optimisers. */
  function discriminatorStep(gan, real, fake, n, loss = LOSSES["non-saturating"]) {
    const d = gan.discriminator;
    d.zeroGradients();
    const scoresReal = d.forward(real, n);
    d.backward(slopes(scoresReal, loss.real.slope), n, true, false);
    const scoresFake = d.forward(fake, n);
    d.backward(slopes(scoresFake, loss.fake.slope), n, true, false);
    gan.optimizerD.step();
    return mean(scoresReal, loss.real.value) + mean(scoresFake, loss.fake.value);
  }

  /* `fake` must be what the generator has just drawn. */
  function generatorStep(gan, fake, n, loss = LOSSES["non-saturating"]) {
    gan.generator.zeroGradients();
    const scores = gan.discriminator.forward(fake, n);
    const pull = gan.discriminator.backward(slopes(scores, loss.generator.slope), n, false, true);
    gan.generator.backward(pull, n, true, false);
    gan.optimizerG.step();
    return mean(scores, loss.generator.value);
  }

  /* Two layers each, on scikit-learn's digits of 8 x 8 (N, 64) in [-1, 1]. */
  class DigitsGan {
    constructor({ latent = 32, rate = 1e-3, beta1 = 0, seed = 1 }, pixels) {
      this.random = new Random(seed);
      this.pixels = pixels;
      this.latent = latent;
      this.generator = new Network([latent, 128, 64], ["relu", "tanh"], this.random);
      this.discriminator = new Network([64, 128, 1], ["leaky", "none"], this.random);
      this.optimizerG = new Adam(this.generator, rate, beta1);
      this.optimizerD = new Adam(this.discriminator, rate, beta1);
      this.average = new Network([latent, 128, 64], ["relu", "tanh"]); // of G's weights
      this.fixed = this.random.normal(64 * latent); // the same 64 noises throughout
      this.steps = 0;
      this.follow(0);
    }
    set({ rate, beta1 }) {
      for (const optimizer of [this.optimizerG, this.optimizerD])
        Object.assign(optimizer, { rate, beta1 });
    }
    follow(keep) { // the moving average of the generator's weights
      this.average.parameters.forEach((values, p) => {
        const now = this.generator.parameters[p];
        for (let i = 0; i < values.length; i++) values[i] = keep * values[i] + (1 - keep) * now[i];
      });
    }
    batch(n) {
      const real = new Float64Array(n * 64), count = this.pixels.length / 64;
      for (let row = 0; row < n; row++) {
        const at = 64 * this.random.below(count);
        for (let i = 0; i < 64; i++) real[64 * row + i] = this.pixels[at + i];
      }
      return real;
    }
    step(real = this.batch(64), z = this.random.normal(64 * this.latent)) {
      const n = real.length / 64;
      const fake = this.generator.forward(z, n);
      this.lossD = discriminatorStep(this, real, fake, n);
      this.lossG = generatorStep(this, fake, n);
      this.steps++;
      this.follow(Math.min(0.999, this.steps / (this.steps + 10)));
    }
    look() {
      const { steps, lossD, lossG } = this;
      return { steps, lossD, lossG, images: this.average.forward(this.fixed, 64) };
    }
  }

  /* Train where a Worker or the page says so: messages {start, set, stop}; answers by `answer`. */
  function trainer(answer, pause) {
    let gan = null, running = false, turn = 0; // a loop ends once a later turn has begun
    const go = (mine) => {
      if (!running || mine !== turn) return;
      const end = performance.now() + pause;
      do gan.step(); while (performance.now() < end);
      answer(gan.look());
      setTimeout(go, 0, mine);
    };
    return (message) => {
      if (message.start) gan = new DigitsGan(message.start, message.pixels);
      if (message.set && gan) gan.set(message.set);
      const was = running;
      running = Boolean(gan) && !message.stop && (running || Boolean(message.run));
      if (message.start && !running) answer(gan.look());
      if (running && !was) go(++turn);
    };
  }

  /* The ring and its friends: real points in the plane. */
  const PLACES = {
    ring: (r) => {
      const angle = (r.below(8) * Math.PI) / 4;
      return [0.8 * Math.cos(angle), 0.8 * Math.sin(angle), 0.03];
    },
    grid: (r) => [0.4 * r.below(5) - 0.8, 0.4 * r.below(5) - 0.8, 0.02],
    moons: (r) => {
      const upper = r.below(2), angle = Math.PI * r.next(), [x, y] = [Math.cos(angle), Math.sin(angle)];
      return upper
        ? [(x - 0.5) / 1.8, (y - 0.25) / 1.8, 0.02]
        : [(0.5 - x) / 1.8, (0.25 - y) / 1.8, 0.02];
    },
    spiral: (r) => {
      const t = Math.sqrt(r.next()), angle = 4 * Math.PI * t;
      return [0.9 * t * Math.cos(angle), 0.9 * t * Math.sin(angle), 0.02];
    },
  };

  /* The world of lesson 01: networks 2-64-64-2 and 2-64-64-1, batches of 256 points. */
  class Plane {
    constructor({ place = "ring", seed = 0 } = {}) {
      this.seed = seed;
      this.loss = "non-saturating";
      this.rateD = this.rateG = 1e-3;
      this.show(place);
      this.reset();
    }
    show(place) {
      const random = new Random(7);
      this.world = new Float64Array(8000);
      for (let i = 0; i < 4000; i++) {
        const [x, y, wide] = PLACES[place](random), [dx, dy] = random.normal(2);
        this.world.set([x + wide * dx, y + wide * dy], 2 * i);
      }
    }
    reset() {
      this.random = new Random(this.seed + 1);
      this.generator = new Network([2, 64, 64, 2], ["relu", "relu", "none"], this.random);
      this.discriminator = new Network([2, 64, 64, 1], ["leaky", "leaky", "none"], this.random);
      this.optimizerG = new Adam(this.generator, 1e-3, 0);
      this.optimizerD = new Adam(this.discriminator, 1e-3, 0);
      this.noise = new Random(0).normal(400);
      this.stepsD = this.stepsG = 0;
      this.lossD = this.lossG = NaN;
    }
    batch(n) {
      const real = new Float64Array(2 * n);
      for (let row = 0; row < n; row++) {
        const at = 2 * this.random.below(4000);
        real[2 * row] = this.world[at];
        real[2 * row + 1] = this.world[at + 1];
      }
      return real;
    }
    /* One step of "D" or "G" in numbered sub-steps, as the theatre of lesson 01 shows it. */
    *walk(network, real = null, z = null) {
      const loss = LOSSES[this.loss], n = 256, { generator, discriminator } = this;
      if (network === "D") {
        real ??= this.batch(n);
        yield { number: 1, real };
        z ??= this.random.normal(2 * n);
        yield { number: 2, real };
        const fake = generator.forward(z, n);
        yield { number: 3, real, fake };
        discriminator.zeroGradients();
        const scoresReal = discriminator.forward(real, n);
        discriminator.backward(slopes(scoresReal, loss.real.slope), n, true, false);
        const scoresFake = discriminator.forward(fake, n);
        yield { number: 4, real, fake };
        this.lossD = mean(scoresReal, loss.real.value) + mean(scoresFake, loss.fake.value);
        yield { number: 5, real, fake, value: this.lossD };
        discriminator.backward(slopes(scoresFake, loss.fake.slope), n, true, false);
        yield { number: 6, real, fake };
        this.optimizerD.rate = this.rateD;
        this.optimizerD.step();
        this.stepsD++;
        yield { number: 7, real, fake };
      } else {
        z ??= this.random.normal(2 * n);
        const fake = generator.forward(z, n);
        yield { number: 8, fake };
        const scores = discriminator.forward(fake, n);
        yield { number: 9, fake };
        this.lossG = mean(scores, loss.generator.value);
        yield { number: 10, fake, value: this.lossG };
        generator.zeroGradients();
        const slope = slopes(scores, loss.generator.slope);
        const byPoint = discriminator.backward(slope, n, false, true);
        generator.backward(byPoint, n, true, false);
        yield { number: 11, fake, pull: byPoint.map((s) => -n * s) };
        this.optimizerG.rate = this.rateG;
        this.optimizerG.step();
        this.stepsG++;
        yield { number: 12, fake: generator.forward(z, n) };
      }
    }
    step(network, real, z) {
      for (const part of this.walk(network, real, z)) this.last = part;
    }
    /* Ask the networks something in the middle of a step, and leave what that step remembers. */
    quietly(ask) {
      const kept = [this.generator.inputs, this.discriminator.inputs];
      const found = ask();
      [this.generator.inputs, this.discriminator.inputs] = kept;
      return found;
    }
    says(points) { // between 0, fake, and 1, real
      const scores = this.quietly(() => this.discriminator.forward(points, points.length / 2));
      const squares = this.loss === "least squares";
      return scores.map((s) => (squares ? Math.min(1, Math.max(0, s)) : sigmoid(s)));
    }
    look() { // 200 fakes, always of the same z, and how D pulls each of them
      return this.quietly(() => {
        const fake = this.generator.forward(this.noise, 200);
        const scores = this.discriminator.forward(fake, 200);
        const slope = scores.map(LOSSES[this.loss].generator.slope);
        const pull = this.discriminator.backward(slope, 200, false, true).map((s) => -s);
        return { fake, pull };
      });
    }
  }

  /* --- generators that came ready-made --- */

  /* The numbers behind words of 16 bits, half precision. */
  const POWERS = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** ((exponent || 1) - 25));
  function halves(words) {
    const values = new Float64Array(words.length);
    for (let i = 0; i < words.length; i++) {
      const exponent = (words[i] >> 10) & 31, fraction = words[i] & 1023;
      const size = (exponent ? 1024 + fraction : fraction) * POWERS[exponent];
      values[i] = words[i] >> 15 ? -size : size;
    }
    return values;
  }

  /* The tensors of a safetensors file, by name: { shape, values }. */
  function readSafetensors(bytes) {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const tensors = {};
    for (const [name, { dtype, shape, data_offsets: place }] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const raw = bytes.slice(...place.map((at) => at + 8 + length)).buffer;
      const values = dtype === "F16" ? halves(new Uint16Array(raw)) : new Float32Array(raw);
      tensors[name] = { shape, values: Float64Array.from(values) };
    }
    return tensors;
  }

  /* A fully connected generator: ReLU between its layers, Tanh at the end. */
  function readNetwork(bytes) {
    const tensors = readSafetensors(bytes);
    const layers = Object.keys(tensors).filter((name) => name.endsWith(".weight"));
    layers.sort((a, b) => a.match(/\d+/)[0] - b.match(/\d+/)[0]);
    const shapes = layers.map((name) => tensors[name].shape);
    const kinds = layers.map((_, i) => (i + 1 < layers.length ? "relu" : "tanh"));
    const network = new Network([shapes[0][1], ...shapes.map((shape) => shape[0])], kinds);
    network.parameters = layers.flatMap((name) => [
      tensors[name].values,
      tensors[name.replace("weight", "bias")].values,
    ]);
    return network;
  }

  /* A transposed convolution with kernel 4, stride 2 and padding 1: (ins, s, s) -> (outs, 2s, 2s). */
  function grow(x, side, { shape, values: weight }, bias) {
    const [ins, outs] = shape, wide = 2 * side, y = new Float64Array(outs * wide * wide);
    for (let o = 0; o < outs; o++) y.fill(bias.values[o], o * wide * wide, (o + 1) * wide * wide);
    for (let i = 0; i < ins; i++)
      for (let row = 0; row < side; row++)
        for (let column = 0; column < side; column++) {
          const value = x[(i * side + row) * side + column];
          if (value === 0) continue;
          for (let o = 0; o < outs; o++)
            for (let a = 0; a < 4; a++) {
              const r = 2 * row + a - 1;
              if (r < 0 || r >= wide) continue;
              for (let b = 0; b < 4; b++) {
                const c = 2 * column + b - 1;
                if (c < 0 || c >= wide) continue;
                y[(o * wide + r) * wide + c] += value * weight[((i * outs + o) * 4 + a) * 4 + b];
              }
            }
        }
    return y;
  }

  /* DCGAN's generator with its batch norm folded into the layers before: z -> 28 x 28 pixels. */
  function readConvolutions(bytes) {
    const t = readSafetensors(bytes);
    const first = new Network(t["0.weight"].shape.slice().reverse(), ["relu"]);
    first.parameters = [t["0.weight"].values, t["0.bias"].values];
    return {
      sizes: [first.sizes[0], 784],
      forward(z, n) {
        const images = new Float64Array(784 * n), latent = first.sizes[0];
        for (let row = 0; row < n; row++) {
          const seven = first.forward(z.subarray(row * latent, (row + 1) * latent), 1);
          const fourteen = grow(seven, 7, t["1.weight"], t["1.bias"]).map((v) => Math.max(v, 0));
          const whole = grow(fourteen, 14, t["2.weight"], t["2.bias"]);
          images.set(whole.map(Math.tanh), 784 * row);
        }
        return images;
      },
    };
  }

  /* From one latent vector to another on the sphere (Shoemake 1985). */
  function slerp(a, b, t) {
    const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);
    const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    const angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
    if (angle < 1e-4) return a.map((value, i) => value + t * (b[i] - value));
    const u = Math.sin((1 - t) * angle) / Math.sin(angle), v = Math.sin(t * angle) / Math.sin(angle);
    return a.map((value, i) => u * value + v * b[i]);
  }

  return {
    Random, Network, Adam, DigitsGan, Plane, LOSSES, discriminatorStep, generatorStep,
    trainer, readSafetensors, readNetwork, readConvolutions, slerp,
  };
}

/* --- what the page shows --- */

if (typeof customElements !== "undefined" && !customElements.get("gan-training")) {
  const CORE = ganCore();
  const HERE = document.currentScript?.src || document.baseURI; // the data lies beside this script
  globalThis.GAN_DATA ??= {};
  const REAL = "#0072B2", FAKE = "#D55E00";
  const STYLE = `
    .gan { border: 1px solid #8888; border-radius: 8px; padding: 0.8em; margin: 1em 0; }
    .gan > div, .gan details > div { display: flex; flex-wrap: wrap; gap: 0.6em 1em; align-items: center; margin: 0.4em 0; }
    .gan button, .gan select { font: inherit; padding: 0.25em 0.8em; min-height: 2.2em; cursor: pointer; }
    .gan label { display: inline-flex; gap: 0.4em; align-items: center; }
    .gan canvas { image-rendering: pixelated; background: #fff; max-width: 100%; }
    .gan ol { columns: 2 18em; font-size: 0.85em; margin: 0.5em 0; }
    .gan li { padding: 0 0.3em; } .gan li code { background: none; border: 0; color: inherit; }
    .gan li.now { outline: 2px solid #0072B2; }
    .gan output { font-variant-numeric: tabular-nums; white-space: pre-wrap; }`;

  const pause = () => new Promise((done) => setTimeout(done));

  class Gan extends HTMLElement {
    connectedCallback() {
      if (this.box) return;
      if (!document.getElementById("gan-style")) {
        const style = document.head.appendChild(document.createElement("style"));
        style.id = "gan-style";
        style.textContent = STYLE;
      }
      this.box = this.add(this, "div", { className: "gan" });
      this.ready = new Promise((done) => {
        const watch = new IntersectionObserver((entries) => {
          if (!entries.some((entry) => entry.isIntersecting)) return;
          watch.disconnect();
          pause().then(() => done(this.begin()));
        }, { rootMargin: "100px" });
        pause().then(() => { // one after the other, so that the page answers between them
          this.build();
          watch.observe(this.box);
        });
      });
    }
    build() {} // the controls
    begin() {} // what takes its time, once it is seen; controls wait for it
    /* The bytes of its data, from a script of its own unless they came with the page. */
    async bytes() {
      const name = this.localName;
      if (!GAN_DATA[name])
        await new Promise((done) => {
          const src = new URL(`${name}.js`, HERE);
          this.add(document.head, "script", { src, onload: done, onerror: done });
        });
      if (!GAN_DATA[name]) {
        this.add(this.box, "p", { textContent: this.say(`少了 ${name}.js。`, `${name}.js is missing.`) });
        return new Promise(() => {}); // and there it ends
      }
      const text = atob(GAN_DATA[name]), values = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) values[i] = text.charCodeAt(i);
      await pause();
      return values;
    }
    say(zh, en) {
      return this.lang.startsWith("zh") ? zh : this.lang === "en" || zh === en ? en : `${zh} · ${en}`;
    }
    add(parent, tag, properties = {}) {
      return parent.appendChild(Object.assign(document.createElement(tag), properties));
    }
    row() {
      return this.add(this.box, "div");
    }
    button(parent, zh, en, action) {
      const button = this.add(parent, "button", { type: "button", textContent: this.say(zh, en) });
      button.addEventListener("click", () => this.ready.then(action));
      return button;
    }
    label(parent, zh, en) {
      return this.add(parent, "label", { textContent: this.say(zh, en) });
    }
    choice(parent, zh, en, values, value, action) {
      const select = this.add(this.label(parent, zh, en), "select");
      for (const [key, name] of values)
        this.add(select, "option", { value: key, textContent: name, selected: key === value });
      select.addEventListener("change", () => this.ready.then(() => action(select.value)));
      return select;
    }
    slider(parent, zh, en, min, max, value, action) {
      const label = this.label(parent, zh, en);
      const slider = this.add(label, "input", { type: "range", min, max, step: 0.01, value });
      const shown = this.add(label, "output", { textContent: Number(value).toFixed(2) });
      const show = () => (shown.textContent = Number(slider.value).toFixed(2));
      slider.addEventListener("input", () => {
        show();
        this.ready.then(() => action(Number(slider.value)));
      });
      return (now) => ((slider.value = now), show());
    }
    canvas(parent, width, height, zh, en) {
      const canvas = this.add(parent, "canvas", { width, height });
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", this.say(zh, en));
      return canvas;
    }
  }

  /* Grey images of side x side pixels in [-1, 1], some in a row, with a line between them. */
  function drawImages(canvas, images, side, columns) {
    const count = images.length / (side * side), cell = side + 1;
    canvas.width = columns * cell - 1;
    canvas.height = Math.ceil(count / columns) * cell - 1;
    const context = canvas.getContext("2d");
    const picture = context.createImageData(canvas.width, canvas.height);
    picture.data.fill(255);
    for (let n = 0; n < count; n++)
      for (let i = 0; i < side * side; i++) {
        const x = (n % columns) * cell + (i % side);
        const y = Math.floor(n / columns) * cell + Math.floor(i / side);
        const grey = (images[n * side * side + i] + 1) * 127.5;
        picture.data.fill(grey, 4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 3);
      }
    context.putImageData(picture, 0, 0);
  }

  /* A trainer in a Worker; in slices of the page's own time where a Worker is refused, which some
   * browsers say at once and others by an event. */
  function startTrainer(answer) {
    const told = [];
    let tell;
    const here = () => {
      tell = CORE.trainer(answer, 12);
      told.forEach(tell);
    };
    try {
      const text = `const core = (${ganCore})();
        const take = core.trainer((picture) => postMessage(picture), 100);
        onmessage = (event) => take(event.data);`;
      const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      const worker = new Worker(address);
      worker.onmessage = (event) => answer(event.data);
      worker.onerror = here;
      tell = (message) => worker.postMessage(message);
    } catch {
      here();
    }
    return (message) => {
      told.push(message);
      tell(message);
    };
  }

  customElements.define("gan-training", class extends Gan {
    build() {
      const settings = { latent: 32, rate: 0.002, beta1: 0 };
      this.start = (change = {}) => {
        Object.assign(settings, change);
        this.losses = [];
        const seed = Math.floor(Math.random() * 2 ** 31);
        this.send({ start: { ...settings, seed }, pixels: this.pixels, stop: true });
        this.run(false);
      };
      this.run = (now) => {
        this.running = now;
        toggle.textContent = now ? this.say("停", "Stop") : this.say("開始", "Start");
        this.status.textContent = now ? this.say("訓練中", "training") : this.say("停著", "stopped");
        this.send(now ? { run: true } : { stop: true });
      };
      const top = this.row();
      const toggle = this.button(top, "開始", "Start", () => this.run(!this.running));
      this.button(top, "重來", "Restart", () => this.start());
      const numbers = (...values) => values.map((value) => [String(value), String(value)]);
      this.choice(top, "latent_dim", "latent_dim", numbers(2, 8, 32, 100), "32", (value) =>
        this.start({ latent: Number(value) }));
      const live = (name) => (value) => {
        settings[name] = Number(value);
        this.send({ set: settings });
      };
      this.choice(top, "學習率", "learning rate", numbers(0.0001, 0.0005, 0.001, 0.002, 0.005, 0.02),
        "0.002", live("rate"));
      this.choice(top, "beta1", "beta1", numbers(0, 0.5, 0.9), "0", live("beta1"));
      const middle = this.row();
      this.images = this.canvas(middle, 71, 71, "生成器從同樣 64 個 z 畫的數字",
        "digits that the generator draws from the same 64 z");
      this.images.style.width = "320px";
      this.curve = this.canvas(middle, 320, 160, "損失曲線：實線是辨別器，虛線是生成器",
        "loss curves: D solid, G dashed");
      const bottom = this.row();
      this.numbers = this.add(bottom, "output");
      this.numbers.setAttribute("aria-live", "off");
      this.status = this.add(bottom, "span");
      this.status.setAttribute("role", "status");
    }
    async begin() {
      this.pixels = new Float32Array(await this.bytes()).map((value) => value / 8 - 1);
      this.send = startTrainer((look) => this.show(look));
      this.start();
    }
    disconnectedCallback() { // JupyterLab takes cells out of the page when they scroll away
      if (this.running) this.run(false);
    }
    show({ steps, lossD, lossG, images }) {
      if (steps < (this.losses.at(-1)?.[0] ?? 0)) this.losses = [];
      drawImages(this.images, images, 8, 8);
      if (!steps) this.losses = [];
      else this.losses.push([steps, lossD, lossG]);
      this.numbers.textContent = this.say("步", "steps") + ` ${steps}` + (steps
        ? `   loss_d ${lossD.toFixed(3)}   loss_g ${lossG.toFixed(3)}` : "");
      drawLosses(this.curve, this.losses);
    }
  });

  function drawLosses(canvas, losses) {
    const context = canvas.getContext("2d"), { width, height } = canvas, highest = 3;
    context.clearRect(0, 0, width, height);
    context.font = "11px sans-serif";
    context.fillStyle = context.strokeStyle = "#555";
    context.setLineDash([]);
    for (let level = 0; level <= highest; level++) {
      const y = height - 12 - (level / highest) * (height - 24);
      context.fillText(level, 2, y + 4);
      context.globalAlpha = 0.3;
      context.strokeRect(14, y, width, 0);
      context.globalAlpha = 1;
    }
    const last = losses.at(-1)?.[0] ?? 1, every = Math.max(1, Math.ceil(losses.length / 150));
    for (const [column, colour, dashes, name] of [[1, REAL, [], "loss_d"], [2, FAKE, [5, 3], "loss_g"]]) {
      context.strokeStyle = context.fillStyle = colour;
      context.setLineDash(dashes);
      context.beginPath();
      for (let at = 0; at + every <= losses.length; at += every) {
        const part = losses.slice(at, at + every);
        const value = part.reduce((sum, loss) => sum + loss[column], 0) / part.length;
        const y = height - 12 - (Math.min(value, highest) / highest) * (height - 24);
        context.lineTo(16 + (part[0][0] / last) * (width - 60), y);
      }
      context.moveTo(width - 66, column * 14); // which line is whose, without its colour
      context.lineTo(width - 44, column * 14);
      context.stroke();
      context.fillText(name, width - 40, column * 14 + 4);
    }
  }

  customElements.define("gan-explorer", class extends Gan {
    build() {
      const top = this.row();
      const again = (which) => () => {
        this[which] = this.random.normal(this.latent);
        this.sliders.forEach((show, i) => show(this.a[i]));
        this.draw();
      };
      this.button(top, "換 A", "New A", again("a"));
      this.button(top, "換 B", "New B", again("b"));
      this.t = 0.5;
      this.slider(top, "從 A 走到 B，t", "from A to B, t", 0, 1, 0.5, (t) => {
        this.t = t;
        this.draw();
      });
      const middle = this.row();
      this.big = this.canvas(middle, 86, 28, "A、路上的圖、B", "A, the image on the way, B");
      this.big.style.width = "420px";
      this.way = this.canvas(this.row(), 260, 28, "從 A 到 B 的九張圖", "nine images from A to B");
      this.way.style.width = "640px";
      const some = this.add(this.box, "details");
      this.add(some, "summary", { textContent: this.say("A 的前八個數", "the first eight numbers of A") });
      this.numbers = this.add(some, "div");
    }
    async begin() {
      this.network = CORE.readNetwork(await this.bytes());
      this.random = new CORE.Random(3);
      this.latent = this.network.sizes[0];
      [this.a, this.b] = [this.random.normal(this.latent), this.random.normal(this.latent)];
      this.sliders = Array.from({ length: Math.min(8, this.latent) }, (_, i) =>
        this.slider(this.numbers, `z${i}`, `z${i}`, -3, 3, this.a[i], (value) => {
          this.a[i] = value;
          this.draw();
        }));
      await pause();
      this.draw();
    }
    draw() {
      const some = (ts) => {
        const z = ts.flatMap((t) => [...CORE.slerp(this.a, this.b, t)]);
        return this.network.forward(new Float64Array(z), ts.length);
      };
      drawImages(this.big, some([0, this.t, 1]), 28, 3);
      drawImages(this.way, some([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => i / 8)), 28, 9);
    }
  });

  customElements.define("gan-number", class extends Gan {
    build() {
      const top = this.row();
      this.input = this.add(this.label(top, "你的數字", "your number"), "input", {
        value: "2026", maxLength: 16, inputMode: "numeric",
      });
      this.input.addEventListener("input", () => this.ready.then(() => this.draw()));
      this.button(top, "再寫一次", "Write again", () => this.draw());
      this.canvasOfDigits = this.canvas(this.row(), 28, 28, "寫出來的數字", "the digits as written");
    }
    async begin() {
      this.network = CORE.readNetwork(await this.bytes());
      this.random = new CORE.Random(Date.now());
      await pause();
      this.draw();
    }
    draw() {
      const digits = this.input.value.replace(/\D/g, "");
      const inputs = this.network.sizes[0], z = new Float64Array(inputs * digits.length);
      [...digits].forEach((digit, i) => {
        z.set(this.random.normal(inputs - 10), i * inputs);
        z[(i + 1) * inputs - 10 + Number(digit)] = 1; // the label stands behind z, as ten numbers
      });
      const images = this.network.forward(z, digits.length);
      drawImages(this.canvasOfDigits, images, 28, Math.max(1, digits.length));
      this.canvasOfDigits.style.width = `${Math.max(1, digits.length) * 64}px`;
      this.canvasOfDigits.setAttribute("aria-label", this.say(`寫成 ${digits}`, `written: ${digits}`));
    }
  });

  customElements.define("gan-characters", class extends Gan {
    build() {
      this.button(this.row(), "換一頁", "Another page", () => this.draw());
      this.page = this.canvas(this.row(), 28, 28, "生成器發明的字，一格一個，哪一本字典都沒有",
        "characters that the generator invents, one in each square; no dictionary has them");
      this.page.style.width = "560px";
    }
    async begin() {
      this.network = CORE.readConvolutions(await this.bytes());
      this.random = new CORE.Random(Date.now());
      await pause();
      this.draw();
    }
    draw() {
      const latent = this.network.sizes[0], page = new Float64Array(60 * 784).fill(1);
      const turn = (this.turn = {}); // a newer page takes the place of one that is being written
      const write = (at) => {
        if (this.turn !== turn || at === 60) return;
        page.set(this.network.forward(this.random.normal(4 * latent), 4).map((v) => -v), at * 784);
        drawImages(this.page, page, 28, 12);
        setTimeout(write, 0, at + 4);
      };
      write(0);
    }
  });

  const SUB_STEPS = [
    "real = world[torch.randint(len(world), (256,))]",
    "z = torch.randn(256, 2)",
    "fake = generator(z).detach()",
    "discriminator(real), discriminator(fake)",
    "loss_d = ...",
    "loss_d.backward()",
    "optimizer_d.step()",
    "fake = generator(torch.randn(256, 2))",
    "discriminator(fake)",
    "loss_g = ...",
    "loss_g.backward()",
    "optimizer_g.step()",
  ];

  customElements.define("gan-plane", class extends Gan {
    build() {
      const names = {
        place: [["ring", "圓環", "ring"], ["grid", "方格", "grid"], ["moons", "半月", "moons"],
          ["spiral", "螺旋", "spiral"]],
        loss: [["non-saturating", "非飽和", "non-saturating"], ["minimax", "極小極大", "minimax"],
          ["least squares", "最小平方", "least squares"]],
      };
      const list = (name) => names[name].map(([key, zh, en]) => [key, this.say(zh, en)]);
      const top = this.row();
      const take = (zh, en, network) => this.button(top, zh, en, () => {
        this.finish();
        this.world.step(network);
        this.draw();
      });
      take("D 走一步", "D step", "D");
      take("G 走一步", "G step", "G");
      this.toggle = this.button(top, "連續跑", "Run", () => this.run(!this.running));
      this.button(top, "慢動作", "Slow", () => this.subStep());
      this.button(top, "重來", "Reset", () => {
        this.walk = this.next = null;
        this.world.reset();
        this.draw();
      });
      const second = this.row();
      const rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2].map((rate) => [String(rate), String(rate)]);
      const change = (action) => (value) => (action(value), this.draw());
      this.choice(second, "真的點", "real points", list("place"), "ring", change((place) =>
        this.world.show(place)));
      this.choice(second, "損失", "loss", list("loss"), "non-saturating", change((loss) =>
        (this.world.loss = loss)));
      this.choice(second, "D 的學習率", "D's learning rate", rates, "0.001", (rate) =>
        (this.world.rateD = Number(rate)));
      this.choice(second, "G 的學習率", "G's learning rate", rates, "0.001", (rate) =>
        (this.world.rateG = Number(rate)));
      const middle = this.row();
      this.canvasOfPlane = this.canvas(middle, 440, 440, "平面：真的點、假的點、辨別器的看法",
        "the plane: real points, fakes, and what the discriminator says");
      this.numbers = this.add(this.row(), "output");
      this.numbers.setAttribute("aria-live", "off");
      this.list = this.add(this.box, "ol");
      this.lines = SUB_STEPS.map((code) => {
        const line = this.add(this.list, "li");
        this.add(line, "code", { textContent: code });
        return line;
      });
    }
    async begin() {
      this.world = new CORE.Plane();
      await pause();
      this.draw();
    }
    disconnectedCallback() {
      if (this.running) this.run(false);
    }
    run(now) {
      this.running = now;
      this.toggle.textContent = now ? this.say("停", "Stop") : this.say("連續跑", "Run");
      let drawn = 0;
      const turn = (this.turn = {}); // a loop ends once a later turn has begun
      const slice = () => { // short, so that the page answers meanwhile; drawn in a slice of its own
        if (!this.running || this.turn !== turn) return;
        const begin = performance.now();
        if (begin - drawn > 100) {
          this.draw();
          drawn = performance.now();
        } else {
          do this.advance();
          while (performance.now() - begin < 8);
        }
        setTimeout(slice, 0);
      };
      slice();
    }
    finish() { // what is half walked, to its end
      if (this.walk) for (const part of this.walk) this.world.last = part;
      this.walk = null;
    }
    subStep() {
      this.run(false);
      this.draw(this.advance() ?? this.advance());
    }
    advance() { // one sub-step of D and G in turn; undefined at the end of a step
      this.walk ??= this.world.walk((this.next = this.next === "D" ? "G" : "D"));
      const { value, done } = this.walk.next();
      if (done) this.walk = null;
      return value;
    }
    draw(part = null) {
      this.lines.forEach((line, i) => line.classList.toggle("now", i + 1 === part?.number));
      const { world } = this, canvas = this.canvasOfPlane, context = canvas.getContext("2d");
      const at = (v) => ((v + 1.5) / 3) * canvas.width, count = 41;
      const places = new Float64Array(2 * count * count);
      for (let i = 0; i < count * count; i++) {
        places[2 * i] = (((i % count) + 0.5) / count) * 3 - 1.5;
        places[2 * i + 1] = 1.5 - ((Math.floor(i / count) + 0.5) / count) * 3;
      }
      const ground = new ImageData(count, count);
      world.says(places).forEach((says, i) => {
        const [from, to] = says < 0.5 ? [[239, 163, 107], says * 2] : [[125, 184, 222], 2 - says * 2];
        ground.data.set([...from.map((c) => c + (255 - c) * to), 255], 4 * i);
      });
      this.ground ??= Object.assign(document.createElement("canvas"), { width: count, height: count });
      this.ground.getContext("2d").putImageData(ground, 0, 0);
      context.drawImage(this.ground, 0, 0, canvas.width, canvas.height);
      const seen = part ?? { real: world.world.subarray(0, 400), ...world.look() };
      context.fillStyle = REAL;
      for (let i = 0; seen.real && i < 400; i += 2)
        context.fillRect(at(seen.real[i]) - 2, at(-seen.real[i + 1]) - 2, 4, 4);
      context.strokeStyle = FAKE;
      for (let i = 0; seen.fake && i < 400; i += 2) {
        const x = at(seen.fake[i]), y = at(-seen.fake[i + 1]);
        context.beginPath();
        context.moveTo(x - 3, y - 3);
        context.lineTo(x + 3, y + 3);
        context.moveTo(x - 3, y + 3);
        context.lineTo(x + 3, y - 3);
        context.stroke();
      }
      context.strokeStyle = "#000";
      for (let i = 0; seen.pull && i < 400; i += 16) {
        const x = at(seen.fake[i]), y = at(-seen.fake[i + 1]);
        const [dx, dy] = [seen.pull[i] * 30, -seen.pull[i + 1] * 30], size = Math.hypot(dx, dy);
        const share = Math.min(1, 60 / (size || 1)), [tx, ty] = [x + dx * share, y + dy * share];
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(tx, ty);
        const turn = Math.atan2(dy, dx);
        for (const side of [2.6, -2.6]) {
          context.moveTo(tx, ty);
          context.lineTo(tx + 5 * Math.cos(turn + side), ty + 5 * Math.sin(turn + side));
        }
        context.stroke();
      }
      const loss = (value) => (Number.isNaN(value) ? "–" : value.toFixed(3));
      this.numbers.textContent = `D ${world.stepsD}   G ${world.stepsG}   ` +
        `loss_d ${loss(world.lossD)}   loss_g ${loss(world.lossG)}`;
    }
  });
}
