"""The catalogues: every language says every sentence, with all its values and markup, in all its plural forms."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from bulwark import language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babel.messages.catalog import Catalog

SOURCE = Path(language.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
PROMISED = (
    "ar", "ca", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hu", "it", "ja",
    "ko", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sv", "tr", "uk",
    "zh-Hans", "zh-Hant",
)  # fmt: skip
VALUE = re.compile(r"%\((\w+)\)s")
MARKUP = re.compile(r"</?[a-z][^>]*>")
VERBATIM = re.compile(r"`[^`]+`")
EXCLAIMS = re.compile(r"[!!]")

Key = tuple[str, str]  # context (or nothing) and message; of a plural the singular
Forms = tuple[str, ...]


@cache
def sentences() -> frozenset[Key]:
    return frozenset(
        (context or "", message if isinstance(message, str) else message[0])
        for _file, _line, message, _comments, context in extract_from_dir(
            SOURCE, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
        )
    )


@cache
def catalogue(tag: str) -> Catalog:
    folder = tag.replace("-", "_")
    with (language.CATALOGUES / folder / "LC_MESSAGES" / "bulwark.po").open("rb") as text:
        return read_po(text, locale=folder)


@cache
def spoken(tag: str) -> dict[Key, tuple[Forms, Forms]]:
    return {
        (message.context or "", forms(message.id)[0]): (forms(message.id), forms(message.string))
        for message in catalogue(tag)
        if message.id
    }


def forms(text: str | Sequence[str] | None) -> Forms:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def test_the_promised_languages_are_there() -> None:
    assert sorted(set(language.available()) - {"en"}) == sorted(PROMISED)


@pytest.mark.parametrize("tag", PROMISED)
def test_every_sentence_is_translated_and_none_is_left_over(tag: str) -> None:
    known = spoken(tag)

    missing = sorted(key for key in sentences() if key not in known or not all(known[key][1]))

    assert missing == []
    assert sorted(set(known) - sentences()) == []


@pytest.mark.parametrize("tag", PROMISED)
def test_no_translation_is_a_guess(tag: str) -> None:
    assert [message.id for message in catalogue(tag) if message.fuzzy and message.id] == []


@pytest.mark.parametrize("tag", PROMISED)
def test_every_count_has_as_many_forms_as_the_language(tag: str) -> None:
    wanted = catalogue(tag).num_plurals

    assert [one for one, (source, said) in spoken(tag).items() if len(source) > 1 and len(said) != wanted] == []


@pytest.mark.parametrize("tag", PROMISED)
def test_a_translation_keeps_every_value_of_its_sentence(tag: str) -> None:
    for source, said in spoken(tag).values():
        wanted = set(VALUE.findall(" ".join(source)))
        for form in said:
            assert set(VALUE.findall(form)) <= wanted, form
        assert set(VALUE.findall(" ".join(said))) == wanted, source


@pytest.mark.parametrize("tag", PROMISED)
def test_a_translation_keeps_markup_percent_signs_and_what_is_verbatim(tag: str) -> None:
    for source, said in spoken(tag).values():
        for form in said:
            assert Counter(MARKUP.findall(form)) == Counter(MARKUP.findall(source[-1])), form
            assert VALUE.sub("", form).count("%") == VALUE.sub("", source[-1]).count("%"), form
            assert Counter(VERBATIM.findall(form)) == Counter(VERBATIM.findall(source[-1])), form


@pytest.mark.parametrize("tag", PROMISED)
def test_no_sentence_exclaims_or_says_oops(tag: str) -> None:
    for source, said in spoken(tag).values():
        for text in (*source, *said):
            assert not EXCLAIMS.search(text), text
            assert "oops" not in text.lower()
