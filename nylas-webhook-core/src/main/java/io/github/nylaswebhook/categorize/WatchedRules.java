package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules of a file, read anew when it has changed. Looks at the file when it is used, at most
 * once a second, without a thread of its own. A file that is missing, can't be read or holds
 * something else than rules changes nothing: the rules that were read last stay in force, which is
 * logged once for each change as a warning, and told by {@link #problem()}. Safe for use by many
 * threads; of those that come at once, one reads, and the others go on with the rules that they
 * have.
 */
public final class WatchedRules implements Categorizer {
  /** How often the file is looked at, at most. */
  public static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A file may change twice within a tick of its file system's clock, which has up to 2 s. */
  private static final Duration TICK = Duration.ofSeconds(3);

  private static final Logger LOG = LoggerFactory.getLogger(WatchedRules.class);

  private final Path file;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile RuleSet rules;
  private volatile Optional<String> problem = Optional.empty();
  private volatile long checkedAt;
  // The rest is the lock's.
  private @Nullable Stamp stamp;
  private byte[] content;

  /** What tells one state of a file from another without reading it. */
  private record Stamp(long size, FileTime modified, @Nullable Object key) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }

    /** Whether the file may still change without its stamp doing so. */
    boolean isFresh() {
      return modified.toInstant().isAfter(Instant.now().minus(TICK));
    }
  }

  WatchedRules(Path file, LongSupplier nanoTime) throws IOException {
    this.file = file;
    this.nanoTime = nanoTime;
    // Before the content: a change in between is seen at the next look.
    Stamp first = Stamp.of(file);
    content = RuleFile.bytes(file);
    rules = RuleFile.parse(content, RuleFile.format(file));
    stamp = first.isFresh() ? null : first;
    checkedAt = nanoTime.getAsLong();
  }

  @Override
  public Classification categorize(Message message, MessageContext context) {
    return rules().categorize(message, context);
  }

  /** The rules in force, after a look at the file if it is time for one. */
  public RuleSet rules() {
    if (nanoTime.getAsLong() - checkedAt >= INTERVAL.toNanos() && lock.tryLock()) {
      try {
        look();
        checkedAt = nanoTime.getAsLong();
      } finally {
        lock.unlock();
      }
    }
    return rules;
  }

  /**
   * Why the rules in force aren't those of the file, in one line or several; empty if they are.
   * Looks at the file too, if it is time.
   */
  public Optional<String> problem() {
    rules();
    return problem;
  }

  private void look() {
    try {
      Stamp now = Stamp.of(file);
      if (now.equals(stamp)) {
        return;
      }
      byte[] bytes = RuleFile.bytes(file);
      boolean same = Arrays.equals(bytes, content);
      stamp = now.isFresh() ? null : now;
      if (same && problem.isEmpty()) {
        return;
      }
      content = bytes;
      rules = RuleFile.parse(bytes, RuleFile.format(file));
      problem = Optional.empty();
      LOG.info("The rules of {} were read anew", file);
    } catch (NoSuchFileException e) {
      stamp = null;
      keepOld("there is no such file");
    } catch (AccessDeniedException e) {
      // Its message is only the file's name.
      keepOld("it may not be read");
    } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
      keepOld(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private void keepOld(String why) {
    String said = file + ": " + why;
    if (!problem.equals(Optional.of(said))) {
      LOG.warn("The rules stay as they were, since the file's can't be used: {}", said);
      problem = Optional.of(said);
    }
  }
}
