package io.github.nylaswebhook.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each phrase of each file, as the subject of a mail that has no headers. */
class PhraseFilesTest {
  private static final Set<String> PROOFS = Set.of("auto-reply", "failed", "delayed", "delivered");

  private static final Set<String> HINTS =
      Set.of("auto-reply-maybe", "failed-maybe", "delayed-maybe", "delivered-maybe");

  private static final Set<String> OTHERS =
      Set.of(
          "calendar-request",
          "calendar-reply",
          "calendar-cancel",
          "daemon-name",
          "feedback",
          "text-auto-reply",
          "text-failed",
          "text-failed-maybe",
          "text-delayed-maybe",
          "text-thanks",
          "text-delayed",
          "text-delivered");

  private record Line(String file, String section, String phrase, String source) {}

  private static List<Line> lines() throws IOException {
    List<Line> lines = new ArrayList<>();
    for (String file : PhraseFiles.FILES) {
      try (InputStream in = PhraseFiles.class.getResourceAsStream(file)) {
        new String(in.readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(line -> line.split(" \\| ", 3))
            .forEach(parts -> lines.add(new Line(file, parts[0], parts[1], parts[2])));
      }
    }
    return lines;
  }

  static Stream<Arguments> proofs() throws IOException {
    return subjects(PROOFS);
  }

  static Stream<Arguments> hints() throws IOException {
    return subjects(HINTS);
  }

  private static Stream<Arguments> subjects(Set<String> sections) throws IOException {
    return lines().stream()
        .filter(line -> sections.contains(line.section()))
        .map(line -> Arguments.of(line.file(), line.section(), line.phrase()));
  }

  private static MessageKind kind(String section) {
    return section.startsWith("auto-reply") ? MessageKind.AUTO_REPLY : MessageKind.BOUNCE;
  }

  private static Verdict judge(Message.Builder mail) throws IOException {
    Message message = mail.build();
    return MessageFilter.standard().judge(message, MessageContext.of(message));
  }

  private static Message.Builder mail(String subject) {
    return Message.builder("g", "m").from("a@x.example").subject(subject).body("Text");
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void whatOnlyMachinesWriteIsProof(String file, String section, String phrase) throws Exception {
    for (String subject :
        List.of(
            phrase.replace("…", " x "),
            phrase.replace("…", " y").toUpperCase(java.util.Locale.ROOT))) {
      assertThat(judge(mail(subject)).kind()).as(subject).isEqualTo(kind(section));
    }
  }

  @ParameterizedTest
  @MethodSource("hints")
  void whatPeopleWriteTooNeedsASecondSign(String file, String section, String phrase)
      throws Exception {
    String subject = phrase.replace("…", " x ");
    MessageKind alone = judge(mail(subject)).kind();
    // A hint in one language may be proof in another.
    assertThat(alone).as(subject).isIn(MessageKind.HUMAN, kind(section));
    EmailAddress machine =
        section.startsWith("auto-reply")
            ? new EmailAddress("", "autoresponder@x.example")
            : new EmailAddress("Mail Delivery System", "a@x.example");
    assertThat(judge(mail(subject).from(List.of(machine))).kind())
        .as(subject)
        .isEqualTo(kind(section));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "fi", "pl", "cs", "ru", "tr",
        "ja", "ko", "zh"
      })
  void eachLanguageKnowsEachSortOfMail(String language) throws Exception {
    Set<String> sections = new TreeSet<>();
    lines().stream()
        // Mail servers speak English, whoever runs them.
        .filter(
            line ->
                line.file().equals("phrases/" + language + ".txt")
                    || (language.equals("en") && line.file().equals("phrases/any.txt")))
        .forEach(line -> sections.add(line.section()));
    assertThat(sections)
        .contains(
            "auto-reply",
            "auto-reply-maybe",
            "text-auto-reply",
            "failed",
            "delayed",
            "text-failed",
            "calendar-request",
            "calendar-reply",
            "calendar-cancel");
  }

  @Test
  void eachPhraseIsOfAKnownSectionAndHasASource() throws Exception {
    Set<String> known = new TreeSet<>(PROOFS);
    known.addAll(HINTS);
    known.addAll(OTHERS);
    assertThat(lines())
        .hasSizeGreaterThan(1000)
        .allSatisfy(
            line -> {
              assertThat(known).contains(line.section());
              assertThat(line.source()).isNotBlank();
              assertThat(line.phrase().replace("…", "").strip()).isNotEmpty();
            });
  }
}
