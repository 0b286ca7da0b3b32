/* Formulas are drawn a few at a time, so that the page answers between them. */
MathJax.startup = {
  async pageReady() {
    const wait = [...document.querySelectorAll(".math, .output_area")];
    const some = async () => {
      const end = performance.now() + 10;
      while (wait.length && performance.now() < end) await MathJax.typesetPromise([wait.shift()]);
      if (wait.length) return setTimeout(some);
      for (const formula of document.querySelectorAll("mjx-container[display]")) {
        if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0; // keys can scroll it
      }
    };
    setTimeout(some);
  },
};
