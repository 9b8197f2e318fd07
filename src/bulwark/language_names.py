"""What the languages of the panel call themselves.

Babel knows these names too, but reads a megabyte for each: too much for a menu on every sign-in page. A test compares.
"""

from __future__ import annotations

from typing import Final

OWN_NAMES: Final = {
    "en": "English",
    "ar": "العربية",
    "ca": "Català",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "es": "Español",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "he": "עברית",
    "hu": "Magyar",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lv": "Latviešu",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sv": "Svenska",
    "tr": "Türkçe",
    "uk": "Українська",
    "zh-Hans": "中文 (简体)",
    "zh-Hant": "中文 (繁體)",
}
