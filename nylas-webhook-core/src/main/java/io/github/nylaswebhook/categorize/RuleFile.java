package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.categorize.RuleFormatException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rules that are kept in a file: JSON, or YAML where its name ends in {@code .yaml} or {@code .yml}
 * and {@code org.snakeyaml:snakeyaml-engine} is on the class path. The format is described by the
 * JSON Schema (draft 2020-12) {@code rules.schema.json} in this package.
 */
public final class RuleFile {
  /** How large a file may be, in bytes: 4 MiB, which holds some 100,000 keywords. */
  public static final int MAX_SIZE = 4 << 20;

  private static final String STANDARD = "standard-rules.json";

  /** What a file's text is written in. */
  public enum Format {
    JSON,
    /** YAML 1.2; needs {@code org.snakeyaml:snakeyaml-engine}. */
    YAML
  }

  private RuleFile() {}

  /**
   * Reads a file of rules.
   *
   * @throws RuleFormatException if it holds something else than rules; says what is wrong, and
   *     where
   * @throws IOException if it can't be read, is larger than {@link #MAX_SIZE}, or is YAML, and what
   *     reads YAML isn't there
   */
  public static RuleSet read(Path file) throws IOException {
    return parse(bytes(file), format(file));
  }

  /**
   * Reads rules from a text.
   *
   * @throws RuleFormatException if it holds something else than rules; says what is wrong, and
   *     where
   * @throws IOException if it is YAML, and what reads YAML isn't there
   */
  public static RuleSet parse(String text, Format format) throws IOException {
    List<Problem> problems = new ArrayList<>();
    String marked = text.startsWith("\uFEFF") ? text.substring(1) : text;
    FileNode file;
    if (format == Format.JSON) {
      file = JsonFile.read(marked, problems);
    } else {
      try {
        file = YamlFile.read(marked, problems);
      } catch (NoClassDefFoundError e) {
        throw new IOException(
            "rules in YAML need org.snakeyaml:snakeyaml-engine on the class path; JSON doesn't", e);
      }
    }
    return RuleReader.read(file, problems);
  }

  /**
   * Categorizes by the rules of a file, and by its new ones when it has changed.
   *
   * @throws IOException as {@link #read} does, if it can't be read now; later on, the rules that
   *     were read last stay in force
   */
  public static WatchedRules watching(Path file) throws IOException {
    return new WatchedRules(file, System::nanoTime);
  }

  static byte[] bytes(Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] bytes = stream.readNBytes(MAX_SIZE + 1);
      if (bytes.length > MAX_SIZE) {
        throw new IOException("a file of rules has at most " + MAX_SIZE + " bytes");
      }
      return bytes;
    }
  }

  static Format format(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".yaml") || name.endsWith(".yml") ? Format.YAML : Format.JSON;
  }

  static RuleSet parse(byte[] bytes, Format format) throws IOException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new RuleFormatException(new Problem("$", 1, "bytes that aren't UTF-8", "UTF-8"));
    }
    return parse(text, format);
  }

  /** The rules that come with this. */
  static RuleSet standard() {
    try (InputStream file = RuleFile.class.getResourceAsStream(STANDARD)) {
      if (file == null) {
        throw new IllegalStateException("There is no " + STANDARD + ": a jar built wrongly");
      }
      return parse(file.readAllBytes(), Format.JSON);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
