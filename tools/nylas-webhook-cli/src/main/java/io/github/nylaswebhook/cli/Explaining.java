package io.github.nylaswebhook.cli;

import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.message.Message;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Set;
import okio.Buffer;
import okio.BufferedSource;
import okio.Okio;

/**
 * Reads messages and reports what they are. What was read is reported before more is waited for, so
 * that it can follow a stream that doesn't end. Used once.
 */
final class Explaining {
  /** Written out in pieces of about this size while there is more to read. */
  private static final int PIECE = 1 << 16;

  private final MessageFilter filter = MessageFilter.standard();
  private final Categorizer rules;
  private final Set<String> ownAddresses;
  private final Report report;
  private final OutputStream out;
  private final BrokenLines brokenLines;
  private final Buffer pending = new Buffer();
  private boolean someBroken;

  /** Is told of each line that couldn't be read. */
  interface BrokenLines {
    void broken(long line, String error);
  }

  Explaining(
      Categorizer rules,
      Set<String> ownAddresses,
      Report report,
      OutputStream out,
      BrokenLines brokenLines) {
    this.rules = rules;
    this.ownAddresses = ownAddresses;
    this.report = report;
    this.out = out;
    this.brokenLines = brokenLines;
  }

  /**
   * Reads to the end, or until nobody reads the report any more.
   *
   * @return whether everything could be explained
   * @throws IOException if the input can't be read
   * @throws UnusableException if the output can't be written
   */
  boolean all(InputStream in) throws IOException, UnusableException {
    try {
      BufferedSource source = Okio.buffer(Okio.source(new Flushing(in)));
      JsonLines lines = new JsonLines(source, JsonLines.MAX_LINE);
      for (JsonLines.Line line; (line = lines.next()) != null; ) {
        explain(lines, line);
        if (pending.size() > PIECE) {
          flush();
        }
      }
      flush();
    } catch (UnwritableException e) {
      // The words are the system's; where they tell of a pipe, head or less has seen enough.
      String why = String.valueOf(e.getMessage());
      if (!why.toLowerCase(Locale.ROOT).contains("pipe")) {
        throw new UnusableException("the output can't be written: " + why);
      }
    }
    return !someBroken;
  }

  private void explain(JsonLines lines, JsonLines.Line line) {
    try {
      for (Object candidate : NylasMessages.candidates(lines.object(line))) {
        try {
          explain(NylasMessages.message(candidate));
        } catch (BrokenInputException e) {
          broken(line.number(), e.what());
        }
      }
    } catch (BrokenInputException e) {
      broken(line.number(), e.what());
    } catch (OutOfMemoryError e) {
      broken(line.number(), "too much for the memory there is; java -Xmx4g -jar … gives it more");
    }
  }

  /** A mail that upsets a filter or a rule is one line's trouble, not the end of all. */
  private void explain(Message message) throws BrokenInputException {
    Explanation explanation;
    try {
      explanation = Explanation.of(message, filter, rules, ownAddresses);
      explanation.context().text();
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw new BrokenInputException("a message that can't be explained: " + e);
    }
    report.explain(explanation, pending);
  }

  private void broken(long line, String error) {
    someBroken = true;
    report.broken(line, error, pending);
    brokenLines.broken(line, error);
  }

  private void flush() throws UnwritableException {
    try {
      pending.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UnwritableException(e);
    }
  }

  /** Tells trouble with the output from trouble with the input, in the midst of which it comes. */
  private static final class UnwritableException extends IOException {
    private static final long serialVersionUID = 1;

    UnwritableException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private final class Flushing extends FilterInputStream {
    Flushing(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      flush();
      return super.read(bytes, offset, length);
    }
  }
}
