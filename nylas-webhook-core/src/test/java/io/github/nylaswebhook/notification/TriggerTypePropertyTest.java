package io.github.nylaswebhook.notification;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

class TriggerTypePropertyTest {
  @Provide
  Arbitrary<String> bases() {
    return Arbitraries.of(
            "message", "created", "intelligence", "order", "truncate", "legacyish", "x", "2", "_")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(segments -> String.join(".", segments));
  }

  @Property
  void suffixesAreFlagsInAnyOrderAndCombination(
      @ForAll("bases") String base, @ForAll @Size(max = 7) List<TriggerFlag> suffixes) {
    StringBuilder type = new StringBuilder(base);
    suffixes.forEach(flag -> type.append('.').append(flag.name().toLowerCase(Locale.ROOT)));
    assertThat(TriggerType.of(type.toString())).isEqualTo(new TriggerType(base));
    assertThat(TriggerType.flagsOf(type.toString())).isEqualTo(Set.copyOf(suffixes));
  }

  @Property
  void anyStringIsATrigger(@ForAll String type) {
    assertThat(type).startsWith(TriggerType.of(type).value());
    assertThat(TriggerType.flagsOf(type)).isNotNull();
  }

  @Example
  void aSuffixInTheMiddleBelongsToTheBase() {
    assertThat(TriggerType.of("message.truncated.created"))
        .isEqualTo(new TriggerType("message.truncated.created"));
    assertThat(TriggerType.flagsOf("message.truncated.created")).isEmpty();
    assertThat(TriggerType.of("message.truncated.created.cleaned"))
        .isEqualTo(new TriggerType("message.truncated.created"));
  }

  @Example
  void aSuffixAloneIsABase() {
    assertThat(TriggerType.of("truncated")).isEqualTo(new TriggerType("truncated"));
    assertThat(TriggerType.flagsOf("truncated")).isEmpty();
  }

  @Example
  void suffixesAreInLowerCase() {
    assertThat(TriggerType.of("message.created.TRUNCATED"))
        .isEqualTo(new TriggerType("message.created.TRUNCATED"));
  }
}
