package io.github.nylaswebhook.test;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Writes what came of each case of the contract, from which a table can be made. */
final class EndpointReport implements TestWatcher, AfterAllCallback {
  private static final Path FOLDER = Path.of("target", "endpoint-contract");

  private final Map<String, String> results = new ConcurrentHashMap<>();

  @Override
  public void testSuccessful(ExtensionContext context) {
    note(context, "passed");
  }

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    note(context, "left out: " + cause.getMessage());
  }

  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    note(context, "left out: " + reason.orElse("disabled"));
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    note(context, "failed");
  }

  private void note(ExtensionContext context, String result) {
    // What a subclass adds has no tag, and is not of the contract.
    if (!context.getTags().isEmpty()) {
      results.put(
          String.join(",", context.getTags()) + "." + context.getRequiredTestMethod().getName(),
          result);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    Object test = context.getTestInstance().orElse(null);
    if (!(test instanceof WebhookEndpointContract contract)) {
      return;
    }
    Properties report = new Properties();
    report.setProperty("container", contract.container());
    new TreeMap<>(results).forEach((name, result) -> report.setProperty("case." + name, result));
    Files.createDirectories(FOLDER);
    try (Writer out =
        Files.newBufferedWriter(FOLDER.resolve(test.getClass().getName() + ".properties"))) {
      report.store(out, null);
    }
  }
}
