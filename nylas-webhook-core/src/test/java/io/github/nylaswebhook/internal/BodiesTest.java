package io.github.nylaswebhook.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodiesTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_383, 16_384, 16_385, 40_000, 100_000})
  void readsWhatThereIsAndNoMoreThanAsked(int most) throws IOException {
    byte[] sent = new byte[40_000];
    new Random(1).nextBytes(sent);

    byte[] read = Bodies.read(new Container(sent), most);

    assertThat(read).isEqualTo(Arrays.copyOf(sent, Math.min(most, sent.length)));
  }

  /** Gives some at a time, and, asked for nothing, waits for ever, as Tomcat 10.1 does. */
  private static final class Container extends InputStream {
    private final InputStream in;

    Container(byte[] bytes) {
      in = new ByteArrayInputStream(bytes);
    }

    @Override
    public int read() {
      throw new AssertionError("byte by byte");
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      assertThat(length).isPositive();
      return in.read(buffer, offset, Math.min(length, 777));
    }
  }
}
