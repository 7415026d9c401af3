package io.github.nylaswebhook.zendesk;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.categorize.Priority;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TagsTest {
  @ParameterizedTest
  @CsvSource({
    "billing, billing",
    "Technical Support, technical_support",
    "'  Fire & smoke!  ', fire_smoke",
    "'a, b', a_b",
    "a/b-c:d_e, a/b-c:d_e",
    "Größe, größe",
    "日本語, 日本語",
    "'a\uD83D\uDE00b', a_b",
    "C++, c",
  })
  void areWordsThatZendeskTakes(String tag, String normalized) {
    assertThat(Tags.normalized(tag)).isEqualTo(normalized);
  }

  @ParameterizedTest
  @CsvSource({"''", "' '", "'!?'", "'\uD83D\uDE00'"})
  void areLeftOutWhereNothingIsLeft(String tag) {
    assertThat(Tags.normalized(tag)).isEmpty();
    assertThat(Tags.of(Tickets.of(Tickets.mail("m"), Priority.LOW, false, tag, Set.of(tag))))
        .isEmpty();
  }

  @Test
  void beginWithTheCategoryAndHaveEachOnce() {
    assertThat(
            Tags.of(
                Tickets.of(
                    Tickets.mail("m"),
                    Priority.LOW,
                    false,
                    "Billing",
                    Set.of("vip", "BILLING", "a b", "A-B", "a_b"))))
        .containsExactly("billing", "a-b", "a_b", "vip");
  }

  @Test
  void areBoundedInLengthAndNumber() {
    Set<String> many = IntStream.range(0, 500).mapToObj(i -> "tag" + i).collect(Collectors.toSet());
    assertThat(Tags.of(Tickets.of(Tickets.mail("m"), Priority.LOW, false, "c", many))).hasSize(50);
    assertThat(Tags.normalized("x".repeat(79) + " y")).isEqualTo("x".repeat(79));
    assertThat(Tags.normalized("\uD835\uDD38".repeat(300))).isEqualTo("\uD835\uDD38".repeat(80));
  }
}
