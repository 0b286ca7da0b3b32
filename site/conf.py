"""Sphinx's settings for both languages of the site; build.py says which by a tag."""

import itertools
import os
import re
from pathlib import Path

import sphinx.search
from sphinx.search import SearchLanguage

CHINESE = tags.has("zh")  # noqa: F821 - Sphinx puts it there

project = author = "GAN 課程" if CHINESE else "GAN lessons"
project_copyright = "the GAN lessons authors"
language = "zh_TW" if CHINESE else "en"
extensions = ["myst_nb"]
templates_path = ["templates"]
locale_dirs = [str(Path(__file__).parent / "_build" / "locale")]
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "看程式碼" if CHINESE else "Show code"
nb_code_prompt_hide = "收起程式碼" if CHINESE else "Hide code"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header", "misc.highlighting_failure"]

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["gan.css"]
html_copy_source = False
html_show_search_summary = False  # it would fetch pages, which file:// forbids
mathjax_path = "../../mathjax.js"  # from _static; both languages share it
mathjax3_config = {"options": {"enableMenu": False}}
mathjax_config_path = "maths.js"
html_sidebars = {"**": ["lessons"]}
html_theme_options = {
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button", "language"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["licence"],
    "footer_end": [],
    "show_prev_next": True,
    "navigation_with_keys": False,
    "search_bar_text": "搜尋" if CHINESE else "Search",
}
html_context = {
    "chinese": CHINESE,
    "default_mode": "auto",
    "repository": os.environ.get("GITHUB_REPOSITORY"),  # where GitHub builds the site
}


class Pairs(SearchLanguage):
    """Chinese words have no spaces: look for characters, and for pairs of neighbours.

    Where the site has most pairs of a longer word, those: 卷積神經網路 leads to 卷積 and 神經網路.
    """

    lang, language_name = "zh", "Chinese"
    words = r"[\u3400-\u9fff]+|[A-Za-z0-9_\u00c0-\u024f]+"
    js_splitter_code = f"""
var splitQuery = (query) => (query.match(/{words}/g) || []).flatMap((word) => {{
  if (word < "\\u3400" || word.length < 3) return [word];
  const pairs = [...word].slice(1).map((letter, at) => word[at] + letter);
  const {{ terms, titleterms }} = Search._index;
  const known = pairs.filter((pair) => (terms[pair] ?? titleterms[pair]) !== undefined);
  return 2 * known.length > pairs.length ? known : pairs;
}});
"""

    def split(self, text):
        """Words, Chinese characters and pairs of them."""
        for word in re.findall(self.words, text):
            if word > "\u3400":
                yield from word
                yield from map("".join, itertools.pairwise(word))
            else:
                yield word


sphinx.search.languages["zh"] = Pairs


def setup(app):
    """What MyST-NB names in English only is named by what stands in it: Show code, Hide code."""

    def quiet(app, pagename, templatename, context, doctree):
        label = ' aria-label="Toggle hidden content"'
        context["body"] = context.get("body", "").replace(label, "")

    app.connect("html-page-context", quiet)
