package io.github.nylaswebhook.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ProgressTest {
  /** UTF-8 has no lone surrogates. */
  private static boolean encodes(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  @Property
  void whatIsWrittenAsJsonIsReadBack(@ForAll Map<String, String> entries) {
    Assume.that(
        entries.entrySet().stream().allMatch(e -> encodes(e.getKey()) && encodes(e.getValue())));
    Progress progress = new Progress(entries);
    assertThat(Progress.fromJson(progress.toJson())).isEqualTo(progress);
  }

  @Property
  void anEntryMoreLeavesTheOthers(
      @ForAll Map<String, String> entries, @ForAll String name, @ForAll String value) {
    Progress before = new Progress(entries);
    Progress after = before.with(name, value);
    assertThat(after.get(name)).contains(value);
    assertThat(after.has(name)).isTrue();
    entries.forEach(
        (key, old) -> assertThat(after.get(key)).contains(key.equals(name) ? value : old));
    assertThat(before.entries()).isEqualTo(entries);
  }

  @Example
  void nothingIsAnEmptyObject() {
    assertThat(Progress.NONE.toJson()).isEqualTo("{}");
    assertThat(Progress.fromJson("{}")).isEqualTo(Progress.NONE);
  }

  @Example
  void whatIsNoProgressIsRefused() {
    for (String wrong : new String[] {"", "[]", "{", "null", "{} {}"}) {
      assertThatThrownBy(() -> Progress.fromJson(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
