package io.github.nylaswebhook.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhrasesTest {
  private static Phrases phrases(String... sections) {
    return Phrases.read(PhrasesTest.class, List.of("phrases.txt"), sections);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Exactly this            | a
          exactly  THIS           | a
          ｅｘａｃｔｌｙ　this      | a
          exactly this and more   | -
          not exactly this        | -
          Prefix: whatever        | b
          Prefix:                 | b
          a Prefix: no            | -
          Réponse auto : x        | b
          begin and end           | c
          begin end               | -
          beginend                | -
          begin the middle of end | c
          one two three           | -
          one xx two yy three     | d
          one three two           | -
          it ends here            | e
          it’s the apostrophe     | f
          """)
  void aPhraseIsAWholeLine(String line, String section) {
    Optional<Phrases.Phrase> found = phrases("a", "b", "c", "d", "e", "f").find(Phrases.fold(line));
    assertThat(found.map(Phrases.Phrase::section).orElse("-")).isEqualTo(section);
  }

  @Test
  void onlyTheSectionsThatWereAskedForCount() {
    assertThat(phrases("b").find("exactly this")).isEmpty();
    assertThat(phrases("b").size()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"broken.txt", "missing.txt"})
  void aFileThatIsNotSoundIsNamed(String name) {
    assertThatThrownBy(() -> Phrases.read(PhrasesTest.class, List.of(name), "a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(name);
  }
}
