package io.github.nylaswebhook.categorize;

import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import okio.Buffer;

/** Rules that are kept in a file. */
public final class RuleFile {
  private RuleFile() {}

  /**
   * Reads a file of rules.
   *
   * @throws IOException if it can't be read, or holds no rules
   */
  public static RuleSet read(Path file) throws IOException {
    try (JsonReader reader = JsonReader.of(new Buffer().write(Files.readAllBytes(file)))) {
      reader.beginObject();
      if (reader.hasNext()) {
        throw new IOException(file + " holds rules, which aren't understood yet");
      }
      reader.endObject();
    }
    return RuleSet.standard();
  }
}
