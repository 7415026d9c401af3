package io.github.nylaswebhook.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncodedWordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          plain                                        | plain
          =?utf-8?Q?Gr=C3=B6=C3=9Fe?=                  | Größe
          =?UTF-8?q?a_b?=                              | a b
          =?iso-8859-1?Q?R=E9ponse?= automatique       | Réponse automatique
          =?utf-8?B?w6TDtsO8?=                         | äöü
          =?utf-8?b?w6TDtsO8?=                         | äöü
          =?utf-8?Q?a?= =?utf-8?Q?b?=                  | ab
          =?utf-8?Q?a?= x =?utf-8?Q?b?=                | a x b
          =?utf-8*de?Q?a?=                             | a
          =?ISO-2022-JP?B?GyRCN29MPhsoQg==?=           | 件名
          =?no-such-charset?Q?a?=                      | =?no-such-charset?Q?a?=
          =?utf-8?X?a?=                                | =?utf-8?X?a?=
          =?utf-8?B?!?=                                | ``
          =?utf-8?Q?a                                  | =?utf-8?Q?a
          =?utf-8?Q?100=?=                             | 100=
          a =? b                                       | a =? b
          =??Q?a?=                                     | =??Q?a?=
          """)
  void whatIsEncodedSoundlyIsDecoded(String value, String text) {
    assertThat(EncodedWords.decode(value)).isEqualTo(text);
  }

  @Property
  void whateverIsEncodedComesBack(@ForAll String text) {
    byte[] bytes = text.getBytes(UTF_8);
    String word = "=?utf-8?B?" + Base64.getEncoder().encodeToString(bytes) + "?=";
    assertThat(EncodedWords.decode("x\r\n " + word)).isEqualTo("x " + new String(bytes, UTF_8));
  }

  @Property
  void nothingThatIsGivenThrows(@ForAll String value) {
    assertThat(EncodedWords.decode("=?" + value)).isNotNull();
    assertThat(EncodedWords.decode("=?utf-8?Q?" + value + "?=")).isNotNull();
  }

  @Test
  void whatOnlyLooksEncodedTakesNoTime() {
    for (String piece : new String[] {"=?a", "=?", "=?utf-8?q?a", "=?x-no?q?a?="}) {
      String value = piece.repeat(200_000);
      assertTimeoutPreemptively(
          Duration.ofSeconds(5), () -> assertThat(EncodedWords.decode(value)).isEqualTo(value));
    }
  }
}
