/* What the search says in Traditional Chinese; Sphinx lacks some of it. */
Documentation.addTranslations({
  locale: "zh_TW",
  messages: {
    "Search Results": "搜尋結果",
    Searching: "搜尋中",
    "Preparing search...": "準備搜尋…",
    "Search finished, found one page matching the search query.": ["找到 ${resultCount} 頁。"],
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
      "沒有找到。換個說法試試；名詞對照列出了課程的用詞。",
    "Hide Search Matches": "不標出搜尋的字",
  },
  plural_expr: "0",
});
