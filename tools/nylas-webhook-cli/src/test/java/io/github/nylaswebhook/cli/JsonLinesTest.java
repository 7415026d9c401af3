package io.github.nylaswebhook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import okio.Buffer;
import okio.BufferedSource;
import okio.Okio;
import okio.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class JsonLinesTest {
  private static List<String> read(String text, long maxLine) throws IOException {
    JsonLines lines = new JsonLines(new Buffer().writeUtf8(text), maxLine);
    List<String> all = new ArrayList<>();
    for (JsonLines.Line line; (line = lines.next()) != null; ) {
      all.add(line.number() + (line.tooLong() ? "!" : ":" + line.text().readUtf8()));
    }
    return all;
  }

  @Test
  void aLineMayBeAsLongAsTheLimit() throws IOException {
    assertThat(read("12345678\n123456789\n1\n12345678", 8))
        .containsExactly("1:12345678", "2!", "3:1", "4:12345678");
    assertThat(read("123456789", 8)).containsExactly("1!");
    assertThat(read("12345678\r\n1\r\n", 8)).containsExactly("1!", "2:1\r");
  }

  @Test
  void anObjectOverSeveralLinesIsHeldToTheSameLimit() throws IOException {
    assertThat(read("{\n \"a\": 1,\n \"b\": 2\n}\n{}", 30))
        .containsExactly("1:{\n \"a\": 1,\n \"b\": 2}", "5:{}");
    assertThat(read("{\n \"a\": 1,\n \"b\": 2\n}\n{}", 12)).containsExactly("1!", "5:{}");
    assertThat(read("{\n \"a\": 1,\n \"bbbbbbbbb\": 2\n}\n{}", 12)).containsExactly("1!", "5:{}");
  }

  @Test
  void aBraceAloneIsNoBeginningUnlessAMemberFollowsFurtherIn() throws IOException {
    assertThat(read("{\n{\"a\":1}\n{\n\"a\"\n{\n  1\n{", 30))
        .containsExactly("1:{", "2:{\"a\":1}", "3:{", "4:\"a\"", "5:{", "6:  1", "7:{");
  }

  @Test
  void numbersCountBlankLines() throws IOException {
    assertThat(read("\n \n{\n\n  \"a\": 1\n\n},\n\n{}\n", 30))
        .containsExactly("3:{\n  \"a\": 1}", "9:{}");
  }

  /** If each blank were looked for from the line's beginning, this would take hours. */
  @Test
  @Timeout(60)
  void blanksWithoutEndAreCutOff() throws Exception {
    String blanks = " ".repeat(30_000_000);
    JsonLines lines =
        new JsonLines(
            new Buffer().writeUtf8(blanks).writeUtf8("\n").writeUtf8(blanks).writeUtf8("{}"),
            JsonLines.MAX_LINE);
    JsonLines.Line line = lines.next();
    assertThat(line.number()).isEqualTo(2);
    assertThat(lines.object(line)).isEmpty();
  }

  @Test
  void aLineThatIsTooLongIsNotHeld() throws IOException {
    long limit = 100_000;
    long[] mostHeld = new long[1];
    BufferedSource[] buffered = new BufferedSource[1];
    Source endless =
        new Source() {
          private long left = 50 * limit;

          @Override
          public long read(Buffer sink, long byteCount) {
            mostHeld[0] = Math.max(mostHeld[0], sink.size());
            if (left == 0) {
              return -1;
            }
            long now = Math.min(left, byteCount);
            sink.write(new byte[(int) now]);
            left -= now;
            return now;
          }

          @Override
          public okio.Timeout timeout() {
            return okio.Timeout.NONE;
          }

          @Override
          public void close() {}
        };
    buffered[0] = Okio.buffer(endless);
    JsonLines lines = new JsonLines(buffered[0], limit);
    JsonLines.Line line = lines.next();
    assertThat(line.tooLong()).isTrue();
    assertThat(mostHeld[0]).isLessThan(limit + 2 * 8192);
    assertThatThrownBy(() -> lines.object(line))
        .isInstanceOf(BrokenInputException.class)
        .hasMessage("longer than 100000 bytes");
    assertThat(lines.next()).isNull();
  }
}
