"""Texts for people, in their languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages drd speaks. Dutch is the one that every text must have."""

    NL = "nl"
    EN = "en"
    FR = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text in up to three languages; what is missing falls back to Dutch."""

    nl: str
    en: str = ""
    fr: str = ""

    def say(self, language: Language) -> str:
        """Give the text in this language, or in Dutch."""
        return str(getattr(self, language.value)) or self.nl

    def missing(self) -> tuple[Language, ...]:
        """Name the languages that fall back to Dutch."""
        return tuple(language for language in Language if not getattr(self, language.value))

    def to_json(self) -> dict[str, str]:
        """Give the language map, without what is missing."""
        return {
            language.value: str(getattr(self, language.value)) for language in Language if getattr(self, language.value)
        }

    @classmethod
    def from_json(cls, texts: Mapping[str, str]) -> "Text":
        """Read a language map."""
        return cls(nl=texts.get("nl", ""), en=texts.get("en", ""), fr=texts.get("fr", ""))
