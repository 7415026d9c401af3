package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.internal.Phrases;
import java.util.List;

/** The phrases by which machines' mail is told, from the files beside this package. */
final class PhraseFiles {
  static final List<String> FILES =
      List.of(
              "any", "cs", "da", "de", "en", "es", "fi", "fr", "it", "ja", "ko", "more", "nl", "no",
              "pl", "pt", "ru", "sv", "tr", "zh")
          .stream()
          .map(name -> "phrases/" + name + ".txt")
          .toList();

  private PhraseFiles() {}

  static Phrases of(String... sections) {
    return Phrases.read(PhraseFiles.class, FILES, sections);
  }
}
