"""What commands say, in three languages: one catalogue (`words.toml`), read when the first word is needed."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from drd.cli.common import Common
from drd.domain.language import Language, Text

_CATALOGUE = Path(__file__).with_name("words.toml")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Give the whole catalogue: key, language, text."""
    return tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))


class Words:
    """Speaks one language."""

    def __init__(self, language: Language) -> None:
        """Take the language."""
        self.language = language

    def say(self, key: str, **values: object) -> str:
        """Give the text of a key; `values` fill its places. Raises KeyError for a key that is not in the catalogue."""
        return catalogue()[key][self.language.value].format(**values)

    def of(self, texts: Mapping[str, str] | None, otherwise: str = "") -> str:
        """Give a language map's text in this language, or in Dutch, or what stands for a missing text."""
        return Text.from_json(texts).say(self.language) if texts else otherwise


def words_of(common: Common) -> Words:
    """Speak as the common options say; English where nobody said."""
    return Words(Language(common.lang) if common.lang else Language.EN)
