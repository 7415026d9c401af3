package io.github.nylaswebhook.internal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** Streams of bodies that may be compressed, and never give more than a cap. */
public final class Bodies {
  /** Most notifications fit in. */
  private static final int FIRST_BUFFER = 16 << 10;

  private Bodies() {}

  /** Said instead of going on when a stream passes its cap. */
  public static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(long cap) {
      super("it is larger than the cap of " + cap + " bytes");
    }
  }

  /** The body, inflated if it is gzip, failing with {@link TooLargeException} past the cap. */
  public static InputStream open(InputStream wire, boolean gzip, long cap) throws IOException {
    return gzip ? new Capped(new GZIPInputStream(wire, 8192), cap) : new Capped(wire, cap);
  }

  /**
   * What a stream has, at most so many bytes. Never asks for none, as {@link
   * InputStream#readNBytes(int)} does at its end: some containers wait for more even then.
   */
  public static byte[] read(InputStream in, int most) throws IOException {
    byte[] bytes = new byte[Math.min(most, FIRST_BUFFER)];
    int length = 0;
    while (length < most) {
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(most, 2L * length));
      }
      int n = in.read(bytes, length, bytes.length - length);
      if (n < 0) {
        break;
      }
      length += n;
    }
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  private static final class Capped extends FilterInputStream {
    private final long cap;
    private long left;

    Capped(InputStream in, long cap) {
      super(in);
      this.cap = cap;
      this.left = cap;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      count(Math.max(n, 0));
      return n;
    }

    private void count(int n) throws TooLargeException {
      left -= n;
      if (left < 0) {
        throw new TooLargeException(cap);
      }
    }
  }
}
