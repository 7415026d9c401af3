package io.github.nylaswebhook.categorize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class WatchedRulesTest {
  private static final Logger LOG = (Logger) LoggerFactory.getLogger(WatchedRules.class);

  @TempDir private Path folder;
  private Path file;
  private final AtomicLong nanos = new AtomicLong();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    file = folder.resolve("rules.json");
    log.start();
    LOG.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    LOG.detachAppender(log);
  }

  private void write(String category) throws IOException {
    Files.writeString(
        file, "{\"rules\":[{\"category\":\"" + category + "\",\"any\":[{\"words\":\"x\"}]}]}");
  }

  private static String category(WatchedRules rules) {
    Message mail = Message.builder("g", "m").subject("x").build();
    return rules.categorize(mail, MessageContext.of(mail)).category();
  }

  private void passes(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private List<String> warnings() {
    return log.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void newRulesAreInForceASecondLaterAndNoSooner() throws IOException {
    write("one");
    WatchedRules rules = new WatchedRules(file, nanos::get);
    write("two");
    passes(999);
    assertThat(category(rules)).isEqualTo("one");
    passes(1);
    assertThat(category(rules)).isEqualTo("two");
    // The same size within the same tick of the file system's clock.
    FileTime modified = Files.getLastModifiedTime(file);
    write("six");
    Files.setLastModifiedTime(file, modified);
    passes(1000);
    assertThat(category(rules)).isEqualTo("six");
  }

  @Test
  void aFileThatIsLongUnchangedIsNotReadAgain() throws IOException {
    write("one");
    FileTime old = FileTime.from(Instant.now().minusSeconds(3600));
    Files.setLastModifiedTime(file, old);
    WatchedRules rules = new WatchedRules(file, nanos::get);
    write("two");
    Files.setLastModifiedTime(file, old);
    passes(1000);
    assertThat(category(rules)).isEqualTo("one");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(1800)));
    passes(1000);
    assertThat(category(rules)).isEqualTo("two");
  }

  @Test
  void aBadFileLeavesTheOldRulesInForceAndSaysSoOnce() throws IOException {
    write("one");
    WatchedRules rules = new WatchedRules(file, nanos::get);
    assertThat(rules.problem()).isEmpty();
    Files.writeString(file, "{\"rules\":[{}]}");
    for (int i = 0; i < 3; i++) {
      passes(1000);
      assertThat(category(rules)).isEqualTo("one");
    }
    assertThat(rules.problem().orElseThrow()).contains(file.toString(), "$.rules[0]");
    assertThat(warnings()).singleElement().asString().contains("$.rules[0]");
    Files.delete(file);
    for (int i = 0; i < 3; i++) {
      passes(1000);
      assertThat(category(rules)).isEqualTo("one");
    }
    assertThat(rules.problem().orElseThrow()).contains("no such file");
    assertThat(warnings()).hasSize(2);
    write("one");
    passes(1000);
    assertThat(rules.problem()).isEmpty();
    assertThat(category(rules)).isEqualTo("one");
  }

  @Test
  void withoutRulesThereIsNothingToBeginWith() throws IOException {
    assertThatThrownBy(() -> RuleFile.watching(file)).isInstanceOf(IOException.class);
    Files.writeString(file, "{");
    assertThatThrownBy(() -> RuleFile.watching(file)).isInstanceOf(RuleFormatException.class);
  }

  @Test
  void noMessageIsLostWhileTheFileIsBeingWritten() throws Exception {
    write("one");
    WatchedRules rules = new WatchedRules(file, nanos::get);
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        readers.add(
            threads.submit(
                () -> {
                  while (!done.get()) {
                    passes(1000);
                    assertThat(category(rules)).isIn("one", "two");
                  }
                }));
      }
      for (int i = 0; i < 200; i++) {
        write(i % 2 == 0 ? "two" : "one");
      }
      done.set(true);
      for (Future<?> reader : readers) {
        reader.get(30, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    write("last");
    passes(1000);
    assertThat(category(rules)).isEqualTo("last");
  }
}
