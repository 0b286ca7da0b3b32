/* Formulas are drawn a few at a time, so that the page answers between them. */
MathJax.startup = {
  async pageReady() {
    const wait = [...document.querySelectorAll(".math, .output_area")];
    const some = async () => {
      const end = performance.now() + 10;
      while (wait.length && performance.now() < end) await MathJax.typesetPromise([wait.shift()]);
      if (wait.length) setTimeout(some);
    };
    setTimeout(some);
  },
};
