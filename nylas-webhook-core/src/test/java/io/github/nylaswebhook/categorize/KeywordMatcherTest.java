package io.github.nylaswebhook.categorize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.message.MessageText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeywordMatcherTest {
  private static List<String> found(String text, boolean inflected, String... keywords) {
    KeywordMatcher.Builder builder = new KeywordMatcher.Builder();
    for (String keyword : keywords) {
      builder.add(keyword, inflected);
    }
    List<String> found = new ArrayList<>();
    builder.build().find(text, (id, folded, start, end) -> found.add(keywords[id]));
    return found;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          can't log in   | I can't log in             | true
          can't log in   | I can’t  log\tin!          | true
          can't log in   | I can log in               | false
          not working    | It is not. Working on it   | false
          not working    | not, working               | true
          e-mail         | my e-mail                  | true
          e-mail         | my email                   | true
          e-mail         | emails                     | true
          email          | my email                   | true
          404            | error 404.                 | true
          404            | 4040                       | false
          c++            | in C++ and C               | true
          c++            | a c compiler               | false
          c#             | C# code                    | true
          .net           | the .NET runtime           | true
          .net           | www.example.net            | false
          .net           | a net                      | false
          #1             | see #1                     | true
          #1             | see #12                    | false
          #1             | 1                          | false
          24/7           | open 24/7                  | true
          rechnung       | Eine RECHNUNG              | true
          rechnung       | Rechnungsadresse           | false
          störung        | STÖRUNG                    | true
          störung        | Sto\u0308rung              | true
          Størung        | størung                    | true
          ошибка         | ОШИБКА!                    | true
          σφαλμα         | ΣΦΑΛΜΑ                     | true
          λογος          | ΛΟΓΟΣ                      | true
          iptal          | İptal                      | true
          urgent         | ｕｒｇｅｎｔ                  | true
          invoice        | in\u00advoice              | true
          发票           | 请给我开发票                 | true
          发票           | 请给我开发                   | false
          환불           | 환불을 원합니다              | true
          返金           | 返金してください              | true
          คืนเงิน         | ขอคืนเงินด้วยครับ             | true
          API错误        | 出现api错误了                | true
          エラー          | ｴﾗｰが出ます                 | true
          down           | 下载download完成             | false
          हेल्प           | हेल्प चाहिए                  | true
          invoice        | 请把invoice发给我            | true
          invoice        | Invoice를 보내 주세요        | true
          api            | APIがダウンしています         | true
          404            | 出现404错误                 | true
          invoice        | 请把invoices发给我           | true
          invoice        | 𠀀invoice𠀀                | true
          voice          | 请把invoice发给我            | false
          close account  | close 请 account           | false
          can't log in   | I can´t log in             | true
          can't log in   | I canʼt log in             | true
          can't log in   | I cant log in              | true
          doesn't work   | It doesnt work             | true
          we're          | we were                    | false
          fee            | an RSS feed                | false
          sit down       | our sites down             | false
          not working    | Notes working              | false
          plan           | two planes                 | false
          plan           | planning                   | true
          agree          | agreeing, agreed           | true
          tie            | tying                      | true
          cancel         | canceled                   | true
          crash          | crashes                    | true
          box            | boxes                      | true
          """)
  void aKeywordIsFoundAsAPersonReadsIt(String keyword, String text, boolean is) {
    String unescaped = text.translateEscapes().replace("\\u0308", "\u0308");
    unescaped = unescaped.replace("\\u00ad", "\u00AD");
    assertThat(!found(unescaped, true, keyword).isEmpty()).isEqualTo(is);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "!?", "++", "…"})
  void aKeywordWithoutLettersOrDigitsIsRefused(String keyword) {
    assertThatThrownBy(() -> Condition.words(keyword))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no letters or digits");
  }

  @ParameterizedTest
  @CsvSource({"invoices,false", "invoice,true", "INVOICE,true"})
  void aPhraseMatchesWithoutItsInflections(String text, boolean is) {
    assertThat(!found(text, false, "invoice").isEmpty()).isEqualTo(is);
  }

  @Test
  void phrasesThatOverlapAreAllFound() {
    assertThat(found("close my account now", true, "close my account", "my account", "account now"))
        .containsExactlyInAnyOrder("close my account", "my account", "account now");
    assertThat(found("我要退款退款单", true, "退款", "退款单", "要退", "款"))
        .containsExactlyInAnyOrder("要退", "退款", "款", "退款", "款", "退款单");
  }

  @Test
  void spaceOfAnyLengthIsPartOfWhatIsFound() {
    KeywordMatcher.Builder builder = new KeywordMatcher.Builder();
    builder.add("장애 없음", true);
    List<String> found = new ArrayList<>();
    builder
        .build()
        .find("a 장애 \t 없음", (id, text, start, end) -> found.add(text.substring(start, end)));
    assertThat(found).containsExactly("장애 \t 없음");
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "a",
            "b",
            "ab",
            "abs",
            "A",
            "ä",
            "Ä",
            " ",
            " ",
            " ",
            "-",
            "'",
            "1",
            "ing",
            "é",
            "发",
            "票",
            "İ",
            "Σ",
            "ﬁ",
            "\u0308",
            "\uD83D\uDE00",
            "\uD840\uDC00",
            "\n",
            ", ")
        .list()
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }

  /** What it has to find, without tables, hashes and trees. */
  private static Set<String> plainly(String text, List<String> keywords) {
    Set<String> found = new LinkedHashSet<>();
    for (String paragraph : text.split("\n\n", -1)) {
      List<String> words = words(paragraph);
      for (String keyword : keywords) {
        List<String> row = words(keyword);
        for (int i = 0; i + row.size() <= words.size(); i++) {
          boolean all = true;
          for (int k = 0; k < row.size(); k++) {
            all &= Inflections.of(row.get(k)).contains(words.get(i + k));
          }
          if (all) {
            found.add(keyword);
          }
        }
      }
    }
    return found;
  }

  private static List<String> words(String text) {
    String folded =
        MessageText.fold(text)
            .replace("i\u0307", "i")
            // Nothing goes on over a word of a script without spaces, but another may touch it.
            .replaceAll("\\p{IsHan}", " 发 ");
    return Arrays.stream(folded.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{Nd}\\p{M}]+"))
        .filter(word -> !word.isEmpty())
        .toList();
  }

  @Property(tries = 2000)
  void itFindsWhatAPlainSearchFinds(@ForAll @From("texts") String text) {
    List<String> keywords = List.of("a", "b", "ab", "abs", "a b", "ab a", "b b a", "ä", "1", "aä1");
    Set<String> found = new LinkedHashSet<>(found(text, true, keywords.toArray(String[]::new)));
    assertThat(found).isEqualTo(plainly(text, keywords));
  }
}
