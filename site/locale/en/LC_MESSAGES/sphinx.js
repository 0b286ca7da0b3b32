/* What the search says in English, where Sphinx speaks of what is not here. */
Documentation.addTranslations({
  locale: "en",
  messages: {
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
      "Nothing found. Try other words; the glossary lists those that the course uses.",
  },
  plural_expr: "n == 1 ? 0 : 1",
});
